"""Comparison of fingerprint minutiae: `prepare` a print once, then `compare` it with others; scores are on `SCALE`."""

from matching.minutiae.column import PrintColumn
from matching.minutiae.comparison import SCALE, MatchTrace, compare, trace, warm_up
from matching.minutiae.record import PreparedPrint, prepare

__all__ = ["SCALE", "MatchTrace", "PreparedPrint", "PrintColumn", "compare", "prepare", "trace", "warm_up"]
