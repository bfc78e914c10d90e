"""What is seen in one frame: hints for people, and a score by which frames compete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from devices.contract import Frame
from enrollment.capture.hints import Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one frame shows.

    Parameters
    ----------
    hints
        What to do, the most pressing first; nothing where all is well.
    score
        0-100, predicts the quality that extraction will find; None when the frame shows nothing that could be taken.
    """

    hints: tuple[Hint, ...]
    score: float | None

    @property
    def good(self) -> bool:
        """Whether nothing keeps the frame from being taken by itself."""
        return self.score is not None and not any(hint.blocking for hint in self.hints)


@runtime_checkable
class Looker(Protocol):
    """Looks at the frames of one stream one after the other; it remembers the last one, to see what moves."""

    @property
    def praise(self) -> Hint:
        """What to say where there is nothing to do."""
        ...

    def look(self, frame: Frame) -> Look:
        """Look at the next frame, of any size and content."""
        ...
