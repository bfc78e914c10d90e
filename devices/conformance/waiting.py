"""How long tests wait."""

from __future__ import annotations

import time
from collections.abc import Callable

PROMPT_S = 5.0
"""Within this an end that was asked for must have come: generous, for busy machines; drivers aim at 0.2 s."""


def within(seconds: float, doing: Callable[[], object]) -> None:
    """Do something that must not take longer than that, also when it raises."""
    begun = time.monotonic()
    try:
        doing()
    finally:
        took = time.monotonic() - begun
        assert took < seconds, f"it took {took:.1f} s"
