"""Drawn test cards, visibly simulated, as what a camera sees."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

WORD = "SIMULATED"


def card(number: int, *, width: int = 320, height: int = 240) -> Image.Image:
    """Draw a card whose bar moves with its number."""
    image = Image.new("RGB", (width, height), (214, 222, 235))
    pen = ImageDraw.Draw(image)
    centre, radius = (width // 2, height // 2), height // 4
    pen.ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=(196, 160, 132))
    pen.rectangle((number * 8 % width, 0, number * 8 % width + 12, height), fill=(31, 58, 147))
    pen.text((8, height - 32), f"{WORD} {number}", fill=(20, 20, 20), font_size=24)
    return image


def jpeg(number: int = 0, *, width: int = 320, height: int = 240, gray: bool = False) -> bytes:
    """Encode a card, or a plain one where it is too small to be drawn."""
    drawn = card(number, width=width, height=height) if min(width, height) >= 64 else Image.new("RGB", (width, height))
    encoded = io.BytesIO()
    (drawn.convert("L") if gray else drawn).save(encoded, "JPEG", quality=80)
    return encoded.getvalue()


def write_clip(path: Path, *, frames: int = 30, width: int = 640, height: int = 480) -> None:
    """Write a film of JPEG pictures one after the other, as browsers take it in place of a camera."""
    path.write_bytes(b"".join(jpeg(number, width=width, height=height) for number in range(frames)))


def is_card(pixels: np.ndarray) -> bool:
    """Whether it shows the middle of a card: the colour of its disc."""
    height, width = pixels.shape[:2]
    middle = pixels[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(middle - (196, 160, 132)).max() < 40)
