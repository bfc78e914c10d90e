"""The public-domain portrait, spoiled in the ways that verdicts on faces are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from biometrics.arrays import ColorPixels
from tests.models.known_face import as_jpeg, noise, portrait, scaled, turned

Change: TypeAlias = Callable[[ColorPixels], ColorPixels]

EYES = ((229, 193), (310, 197))
"""In the portrait, pixels."""

_EYE_DISTANCE = 81
_DARK, _WHITE = (18, 16, 16), (255, 255, 255)


def relit(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    """Change what becomes of each level, 0 to 1."""
    table = np.clip(np.round(255 * change(np.arange(256) / 255)), 0, 255).astype(np.uint8)
    return lambda pixels: table[pixels]


def tinted(red: float, green: float, blue: float) -> Change:
    return lambda pixels: np.clip(pixels * np.array([red, green, blue]), 0, 255).astype(np.uint8)


def blurred(sigma: float) -> Change:
    return lambda pixels: np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def moved(length: int) -> Change:
    return lambda pixels: np.asarray(cv2.blur(pixels, (length, 1)), np.uint8)


def beside(share: float) -> Change:
    """Put a copy of the given size beside the person, who stays in the middle."""

    def change(pixels: ColorPixels) -> ColorPixels:
        small = scaled(pixels, share)
        padded = np.full((pixels.shape[0], small.shape[1], 3), 128, np.uint8)
        filled = padded.copy()
        filled[: small.shape[0]] = small
        return np.hstack([padded, pixels, filled])

    return change


def half_dark(level: float) -> Change:
    """Light half of the face with the given share of the light."""

    def change(pixels: ColorPixels) -> ColorPixels:
        share = np.where(np.arange(pixels.shape[1]) < 268, 1.0, level)
        return np.asarray(pixels * share[None, :, None], np.uint8)

    return change


def before(wall: ColorPixels) -> Change:
    """Put the person before a wall."""

    def change(pixels: ColorPixels) -> ColorPixels:
        rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
        head = ((columns - 265) / 125) ** 2 + ((rows - 230) / 195) ** 2 <= 1
        return np.where((head | (rows > 400))[:, :, None], pixels, wall)

    return change


def wall(left: int, right: int) -> ColorPixels:
    levels = np.where(np.arange(512) < 265, left, right).astype(np.uint8)
    return np.repeat(np.repeat(levels[None, :, None], 3, axis=2), 600, axis=0)


def skin_coloured_wall() -> ColorPixels:
    tone = np.median(portrait()[230:330, 220:310].reshape(-1, 3), axis=0)
    return np.full((600, 512, 3), tone, np.uint8)


def in_dark_glasses(pixels: ColorPixels) -> ColorPixels:
    spoiled = pixels.copy()
    for x, y in EYES:
        cv2.ellipse(spoiled, (x, y + 4), (29, 22), 0, 0, 360, _DARK, -1)
    cv2.line(spoiled, EYES[0], EYES[1], _DARK, 5)
    return spoiled


def with_closed_eyes(pixels: ColorPixels) -> ColorPixels:
    """Paint lids of the colour of the cheeks, and lashes."""
    spoiled = pixels.copy()
    for x, y in EYES:
        cheek = np.median(spoiled[y + 24 : y + 32, x - 12 : x + 12].reshape(-1, 3), axis=0)
        cv2.ellipse(spoiled, (x, y), (27, 19), 0, 0, 360, cheek.tolist(), -1)
        cv2.ellipse(spoiled, (x, y - 2), (20, 10), 0, 10, 170, (40, 25, 20), 4)
    return blurred(1.0)(spoiled)


def with_glare(pixels: ColorPixels) -> ColorPixels:
    spoiled = pixels.copy()
    for x, y in EYES:
        cv2.ellipse(spoiled, (x - 4, y + 16), (26, 16), 0, 0, 360, _WHITE, -1)
    return spoiled


SPOILED: dict[str, Change] = {
    "face.count.none": lambda _: noise(300, 300),
    "face.count.several": beside(0.9),
    "face.count.bystanders": beside(0.3),
    "face.size.too_small": lambda pixels: scaled(pixels, 0.15),
    "face.size.small": lambda pixels: scaled(pixels, 0.35),
    "face.pose.tilted": lambda pixels: turned(pixels, 28),
    "face.centring.cut_off": lambda pixels: pixels[200:],
    "face.centring.off_centre": lambda pixels: np.pad(pixels, ((0, 0), (400, 0), (0, 0))),
    "face.sharpness.blurred": blurred(6),
    "face.sharpness.soft": blurred(4),
    "face.sharpness.moved": moved(25),
    "face.sharpness.compressed": lambda pixels: as_jpeg(pixels, 3),
    "face.exposure.too_dark": relit(lambda level: 0.1 * level),
    "face.exposure.too_bright": relit(lambda level: 2.0 * level),
    "face.exposure.flat": relit(lambda level: 0.4 + 0.1 * level),
    "face.exposure.uneven": half_dark(0.15),
    "face.eyes.covered": in_dark_glasses,
    "face.eyes.closed": with_closed_eyes,
    "face.eyes.glare": with_glare,
    "face.background.busy": lambda pixels: pixels,  # flags
    "face.background.shadow": before(wall(200, 130)),
    "face.background.like_face": before(skin_coloured_wall()),
    "face.colour.cast": tinted(1.2, 1.0, 0.5),
    "face.usefulness.low": relit(lambda level: 2.0 * level),
    "face.usefulness.unusable": relit(lambda level: 5.0 * level),
}
"""What makes each advice apply to the portrait; advice on turned heads needs points instead, see
`test_face_quality`."""
