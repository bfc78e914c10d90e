"""What a preview tells about the frames of one stream: as lines, as JSON, or on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.devices.changing_hints import ChangingHints
from api.devices.lookers import Lookers
from api.devices.texts import text
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.contract import DeviceInfo, Frame
from enrollment.capture.preview import Previewer


@dataclass(slots=True, kw_only=True)
class Seeing:
    """Looks at the frames of one stream; where it cannot tell what to do, it tells how large they are.

    Parameters
    ----------
    previewer
        Looks at each frame; None where nothing can be judged.
    language
        Of whoever reads.
    note
        Why nothing can be judged; empty where it can.
    """

    previewer: Previewer | None
    language: str
    note: str = ""
    count: int = 0
    _hints: ChangingHints = field(init=False)
    _size: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._hints = ChangingHints(self.language)

    @classmethod
    def of(
        cls, info: DeviceInfo, positions: Sequence[Position], slap: Slap | None, lookers: Lookers, language: str
    ) -> Seeing:
        """Return what tells about a device's frames while these positions are presented.

        Raises
        ------
        CaptureError
            When the device captures something else.
        ModelUnavailableError
            When a model can neither be found nor built.
        """
        looker = lookers.of(info, positions, slap)
        if looker is None:
            return cls(previewer=None, language=language, note=text("preview.unjudged", language))
        if positions[0] is Position.UNKNOWN and info.slaps:
            return cls(previewer=None, language=language, note=text("preview.unnamed", language))
        return cls(previewer=Previewer(looker), language=language)

    def lines(self, frame: Frame) -> list[str]:
        """Return what is new with the next frame: its size, or what there is to do."""
        lines: list[str] = []
        self.count += 1
        if frame.pixels.shape[:2] != self._size:
            self._size = frame.pixels.shape[:2]
            height, width = self._size
            lines.append(f"{frame.number}: {text('preview.size', self.language, width=width, height=height)}")
        told = self._hints.changed(self.previewer.see(frame)) if self.previewer else None
        return [*lines, f"{frame.number}: {told}"] if told else lines

    def told(self, frame: Frame) -> list[str]:
        """Return what there is to do, or why nobody knows."""
        self.count += 1
        if self.previewer is None:
            return [self.note]
        return [hint.text(self.language) for hint in self.previewer.see(frame).hints]

    def document(self, frame: Frame) -> dict[str, Any]:
        """Return what is to be known of the next frame as JSON has it."""
        self.count += 1
        height, width = frame.pixels.shape[:2]
        document = {
            "frame": frame.number,
            "captured_at": frame.captured_at.isoformat(),
            "width": width,
            "height": height,
            "judged": self.previewer is not None,
        }
        if self.previewer is None:
            return document
        seen = self.previewer.see(frame)
        return document | {
            "hints": [
                {"key": hint.key, "blocking": hint.blocking, "told": hint.text(self.language)} for hint in seen.hints
            ],
            "score": seen.look.score,
            "progress": round(seen.progress, 2),
            "took_ms": round(1000 * seen.took_s, 1),
        }
