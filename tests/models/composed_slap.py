"""Slaps whose fingers are known: simulated prints laid side by side as a hand lies on a scanner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from biometrics.arrays import GrayPixels
from biometrics.positions import Position
from devices.simulated import MasterPrint, Touch, fingers_of, grow_master, impress

HEIGHT, WIDTH = 1500, 1600

RIGHT_FOUR = (Position.RIGHT_INDEX, Position.RIGHT_MIDDLE, Position.RIGHT_RING, Position.RIGHT_LITTLE)
LEFT_FOUR = (Position.LEFT_LITTLE, Position.LEFT_RING, Position.LEFT_MIDDLE, Position.LEFT_INDEX)
THUMBS = (Position.LEFT_THUMB, Position.RIGHT_THUMB)
"""As they lie from left to right."""

_TIP_MM = {"index": -8.0, "middle": 0.0, "ring": -4.0, "little": -18.0, "thumb": -5.0}
"""How high fingertips reach, beside the middle finger's."""

_FAN_DEG = {"index": 4.0, "middle": 1.0, "ring": -2.0, "little": -7.0, "thumb": 0.0}
"""How fingers of a right hand spread, counter-clockwise."""

_MM = 500 / 25.4

Ink = Float32[NDArray[np.float32], "_ _"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFinger:
    """Where a fingertip lies: the middle of its print, its width (pixels), and its turn, counter-clockwise."""

    position: Position
    x: float
    y: float
    width: float
    angle_deg: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComposedSlap:
    """The picture, uint8 [1500, 1600] at 500 ppi, and its fingers from left to right."""

    pixels: GrayPixels
    fingers: tuple[TrueFinger, ...]


def compose_slap(
    fingers: tuple[Position, ...],
    *,
    person: int = 0,
    seed: int = 0,
    rotation_deg: float = 0.0,
    missing: tuple[Position, ...] = (),
    gap_mm: float = 2.5,
    phalanges: bool = True,
    halo: float = 0.0,
    noise: float = 4.0,
    wetness: float = 0.0,
) -> ComposedSlap:
    """Return the slap of these fingers, with `missing` lifted off.

    Parameters
    ----------
    rotation_deg
        Of the hand, counter-clockwise.
    gap_mm
        Between neighbours where they are widest; fingers touch at 0.
    phalanges
        Whether the middle phalanges touch too, below a crease.
    halo
        Grey levels by which moisture around the fingers darkens the ground.
    """
    random = np.random.default_rng([seed, person])
    left_hand = fingers in (LEFT_FOUR,)
    ink = np.zeros((HEIGHT, WIDTH), np.float32)
    true = []
    widths = [_width(person, position) for position in fingers]
    across = -(sum(widths) + gap_mm * _MM * (len(fingers) - 1)) / 2
    for position, width in zip(fingers, widths, strict=True):
        digit = position.value.partition("_")[2]
        middle_x, across = across + width / 2, across + width + gap_mm * _MM
        if position in missing:
            continue
        fan = (-_FAN_DEG[digit] if left_hand else _FAN_DEG[digit]) + random.uniform(-2, 2)
        up = (_TIP_MM[digit] + 14.0 + random.uniform(-2, 2)) * _MM
        x, y = _turned(middle_x, -up, rotation_deg)
        x, y, angle = x + WIDTH / 2, y + HEIGHT / 2, rotation_deg + fan
        touch = Touch(
            area=float(random.uniform(0.85, 1.0)),
            wetness=wetness + float(random.normal(0, 0.1)),
            speckle=0.4,
            patches=0.2,
            seed=int(random.integers(1 << 30)),
        )
        _lay(ink, _fingertip(person, position, touch), x, y, angle)
        if phalanges:
            # Half the fingertip, a crease, half the phalanx.
            below = _turned(0.0, 0.66 * width * math.sqrt(touch.area) + random.uniform(0.6, 2.0) * _MM + 150, angle)
            _lay(ink, _phalanx(int(random.integers(1 << 30)), width * 0.85), x + below[0], y + below[1], angle)
        true.append(TrueFinger(position=position, x=x, y=y, width=width * math.sqrt(touch.area), angle_deg=angle))
    moist = cv2.GaussianBlur(np.asarray(ink > 0.3, np.float32), (0, 0), 25.0)
    levels = 228.0 - halo * moist - (228.0 - 50.0) * ink + random.normal(0, noise, ink.shape)
    return ComposedSlap(pixels=np.clip(levels, 0, 255).astype(np.uint8), fingers=tuple(true))


def _turned(x: float, y: float, degrees: float) -> tuple[float, float]:
    """Return a point, y down, turned counter-clockwise as one sees it."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return x * cos + y * sin, y * cos - x * sin


def _lay(ink: Ink, print_: Ink, x: float, y: float, degrees: float) -> None:
    """Press a print, its middle at (x, y), onto the ink."""
    height, width = print_.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += (x - width / 2, y - height / 2)
    laid = cv2.warpAffine(print_, turn, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    np.maximum(ink, np.clip(laid, 0.0, 1.0), out=ink)


@lru_cache(maxsize=64)
def _master(person: int, position: Position) -> MasterPrint:
    return grow_master(fingers_of(person)[position])


def _width(person: int, position: Position) -> float:
    return 300.0 * fingers_of(person)[position].scale


def _fingertip(person: int, position: Position, touch: Touch) -> Ink:
    pixels = impress(_master(person, position), touch).astype(np.float32)
    return np.asarray(np.clip((212.0 - pixels) / 164.0, 0.0, 1.0), np.float32)


def _phalanx(seed: int, width: float) -> Ink:
    """Return wavy ridges across a blunt pad, 16 mm long, whose upper end is a ragged crease."""
    random = np.random.default_rng(seed)
    height, width_px = 320, int(width)
    down, right = np.mgrid[0:height, 0:width_px].astype(np.float32)
    bend = 0.0006 * (right - width_px / 2) ** 2 + 6 * np.sin(right / 40 + random.uniform(0, 6))
    ridges = 0.5 + 0.5 * np.sin(2 * np.pi * (down + bend) / 9.5)
    ragged = np.interp(np.arange(width_px), np.linspace(0, width_px, 9), random.uniform(0, 14, 9))
    edge = (np.abs(right - width_px / 2) / (width_px / 2)) ** 6
    inside = (down > ragged + 12 * edge) & (down < height - 10 - 30 * edge) & (edge < 0.9)
    return np.asarray(cv2.GaussianBlur((ridges * inside).astype(np.float32), (0, 0), 0.8), np.float32)
