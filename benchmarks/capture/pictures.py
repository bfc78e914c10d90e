"""Frames to look at: simulated fingers on scanners, a public-domain portrait before cameras; and bursts of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import cv2
import numpy as np

from api.demo.portraits import PORTRAITS, read_portrait
from biometrics.arrays import ColorPixels, GrayPixels, Pixels
from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.simulated import CLEAN, ORDINARY, WORN, MasterPrint, Profile, fingers_of, grow_master, take_impression
from models.face.align import to_color

SLAP_HEIGHT_PX, SLAP_WIDTH_PX = 1500, 1600
"""3 by 3.2 inches at 500 ppi, the window of scanners for four fingers."""

_PERSON = 2_000_000
"""The first of those simulated here."""

_GROUND_LEVEL = 226
_TIP_DOWN_PX = {"index": 260, "middle": 100, "ring": 180, "little": 460}
"""How far below the window's edge the pictures of single fingers begin."""

_NOISE_LEVELS = 3.0

_FACE_HEIGHT_SHARE = 0.9
"""Of a frame that the portrait fills."""


def finger_frame(number: int) -> GrayPixels:
    """Return a frame of one finger, [400, 336] at 500 ppi; every eighth shows the same touch, in other noise."""
    touch = number % 8
    return _with_noise(take_impression(_master(_PERSON, Position.RIGHT_INDEX), touch, CLEAN), number)


def slap_frame(number: int) -> GrayPixels:
    """Return a frame of the right four fingers, [1500, 1600] at 500 ppi, in other noise each time."""
    return _with_noise(_slap(), number)


def face_frame(number: int, height: int, width: int) -> ColorPixels:
    """Return a frame of a portrait in the public domain, in other noise each time.

    Raises
    ------
    ConfigurationError
        When no package carries one.
    """
    return _with_noise(_face_before_a_wall(height, width), number)


def simulated_prints(fingers: int, touches: int) -> Iterator[tuple[int, GrayPixels]]:
    """Yield prints with the number of their finger, each another person's, of all profiles in turn."""
    profiles: Sequence[Profile] = (ORDINARY, WORN, CLEAN)
    for finger in range(fingers):
        master = grow_master(fingers_of(_PERSON + 1 + finger)[Position.RIGHT_INDEX])
        for touch in range(1, touches + 1):
            yield finger, take_impression(master, touch, profiles[touch % len(profiles)])


def public_portraits() -> list[ColorPixels]:
    """Return the portraits in the public domain that installed packages carry.

    Raises
    ------
    ConfigurationError
        When there is none.
    """
    found = [pixels for pixels in map(read_portrait, PORTRAITS) if pixels is not None]
    if not found:
        raise ConfigurationError("no portrait in the public domain is installed", remedy="install matplotlib")
    return [to_color(pixels) for pixels in found]


@lru_cache(maxsize=8)
def _master(person: int, position: Position) -> MasterPrint:
    return grow_master(fingers_of(person)[position])


@lru_cache(maxsize=1)
def _slap() -> GrayPixels:
    picture = np.full((SLAP_HEIGHT_PX, SLAP_WIDTH_PX), _GROUND_LEVEL, np.uint8)
    for place, position in enumerate(Slap.RIGHT.fingers):
        print_ = take_impression(_master(_PERSON, position), 1, CLEAN)
        left, top = 40 + place * 390, _TIP_DOWN_PX[position.value.removeprefix("right_")]
        part = picture[top : top + print_.shape[0], left : left + print_.shape[1]]
        np.minimum(part, print_[: part.shape[0], : part.shape[1]], out=part)
    return picture


@lru_cache(maxsize=4)
def _face_before_a_wall(height: int, width: int) -> ColorPixels:
    portrait = public_portraits()[0]
    scale = _FACE_HEIGHT_SHARE * height / portrait.shape[0]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    person = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=method), np.uint8)
    frame = np.full((height, width, 3), 190, np.uint8)
    top, left = height - person.shape[0], (width - person.shape[1]) // 2
    frame[top:, left : left + person.shape[1]] = person
    return frame


def _with_noise(pixels: Pixels, number: int) -> Pixels:
    noise = np.random.default_rng(number).standard_normal(pixels.shape, dtype=np.float32) * np.float32(_NOISE_LEVELS)
    return np.asarray(np.clip(pixels + noise, 0, 255), np.uint8)
