"""What is fuzzed: a parser, inputs that it takes, and the errors by which it may refuse the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parser that may return, or raise what it documents, and nothing else.

    Parameters
    ----------
    name
        For reports and commands.
    seeds
        Makes valid inputs, small ones, of nobody real.
    parse
        Reads one input to its end.
    refused
        The errors that it documents.
    repair
        Makes checksums and signatures of a changed input fit again, so that what lies behind them is reached.
    words
        What belongs to the format and is hard to guess.
    is_json
        Whether inputs are JSON documents, which are changed as such too.
    growth_mb
        By how much one input may make the process grow.
    """

    name: str
    seeds: Callable[[], tuple[bytes, ...]]
    parse: Callable[[bytes], object]
    refused: tuple[type[Exception], ...]
    repair: Callable[[bytes], bytes] | None = None
    words: tuple[bytes, ...] = ()
    is_json: bool = False
    growth_mb: int = 400

    def repaired(self, data: bytes) -> bytes:
        """Return an input whose checksums fit, where the format has any."""
        return data if self.repair is None else self.repair(data)
