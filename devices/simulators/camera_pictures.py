"""What a simulated camera shows: the pictures of a folder, a video, or a test card that moves and says SIMULATED."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from biometrics.arrays import ColorPixels, Pixels
from biometrics.errors import CaptureError
from biometrics.image_writing import encode_jpeg
from biometrics.images import SUFFIXES, read_image
from devices.cameras.clips import Clip

CARD_SIZE = (1280, 720)
_CARD_FRAMES = 50
_QUALITY = 90
_MOST_RTP_SIDE = 2_040
_PICTURE_S = 1.0
"""For which each picture of a folder is shown."""


class CameraPictures:
    """Pictures without end, as JPEG files marked as simulated.

    Parameters
    ----------
    source
        A folder of pictures, a video file, or None for the test card.
    fps
        Frames per second of cards and folders; videos have their own.
    size
        Width and height of the test card.
    for_rtp
        Whether pictures are cut and scaled to what JPEG in RTP allows: multiples of 8 pixels, at most 2,040 (RFC 2435).

    Raises
    ------
    CaptureError
        When there is no such source, or nothing in it can be shown.
    """

    def __init__(
        self,
        source: Path | None = None,
        *,
        fps: float = 25.0,
        size: tuple[int, int] = CARD_SIZE,
        for_rtp: bool = False,
    ) -> None:
        self._source, self.fps = source, fps
        self._size, self._for_rtp = size, for_rtp
        self._cards: dict[int, bytes] = {}
        if source is not None and not source.is_dir():
            clip = Clip(source, str(source))
            self.fps = clip.fps
            clip.close()
        self._folder = _folder(source) if source is not None and source.is_dir() else []

    def jpegs(self) -> Iterator[bytes]:
        """Yield them one after the other, as fast as they are asked for."""
        if self._source is None:
            return self._test_cards()
        return self._of_folder() if self._folder else self._of_clip(self._source)

    def paced(self) -> Iterator[bytes]:
        """Yield them at their rate; what was missed is not made up for."""
        due = time.monotonic()
        for jpeg in self.jpegs():
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1.0) + 1 / self.fps
            yield jpeg

    def _test_cards(self) -> Iterator[bytes]:
        number = 0
        while True:
            if number not in self._cards:
                self._cards[number] = self._encoded(draw_test_card(number, *self._size))
            yield self._cards[number]
            number = (number + 1) % _CARD_FRAMES

    def _of_folder(self) -> Iterator[bytes]:
        while True:
            for path in self._folder:
                jpeg = self._encoded(read_image(path).pixels)
                for _ in range(max(1, round(_PICTURE_S * self.fps))):
                    yield jpeg

    def _of_clip(self, path: Path) -> Iterator[bytes]:
        while True:
            clip = Clip(path, str(path))
            try:
                shown = 0
                while (pixels := clip.read()) is not None:
                    shown += 1
                    yield self._encoded(pixels)
            finally:
                clip.close()
            if not shown:
                raise CaptureError("the video holds no frame that can be read", source=str(path))

    def _encoded(self, pixels: Pixels) -> bytes:
        image = Image.fromarray(pixels).convert("RGB")
        if self._for_rtp:
            image.thumbnail((_MOST_RTP_SIDE, _MOST_RTP_SIDE))
            width, height = (max(16, side - side % 16) for side in image.size)
            image = image.crop((0, 0, width, height))
        return encode_jpeg(image, quality=_QUALITY, simulated=True)


def draw_test_card(number: int, width: int, height: int) -> ColorPixels:
    """Draw one picture of the test card: a ramp, a bar that goes round in 50 pictures, its number and SIMULATED."""
    ramp = np.linspace(40, 215, width).astype(np.uint8)
    card = np.repeat(np.stack([ramp, ramp[::-1], np.full(width, 128, np.uint8)], axis=1)[None], height, axis=0)
    left = number % _CARD_FRAMES * width // _CARD_FRAMES
    card[:, left : left + max(4, width // 40)] = 255
    image = Image.fromarray(card)
    draw = ImageDraw.Draw(image)
    draw.text((width // 2, height // 3), "SIMULATED", "black", ImageFont.load_default(height // 6), anchor="mm")
    draw.text((width // 2, 2 * height // 3), f"{number:02d}", "black", ImageFont.load_default(height // 4), anchor="mm")
    return np.array(image, dtype=np.uint8)


def _folder(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not found:
        raise CaptureError("no picture lies in the folder", source=str(folder), remedy="name a folder with pictures")
    read_image(found[0])
    return found
