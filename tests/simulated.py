"""Pictures for tests that need no real data: touches of simulated fingers, and a public-domain portrait."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from biometrics.arrays import ColorPixels, GrayPixels
from biometrics.positions import Position
from devices.simulated import CLEAN, MasterPrint, Touch, draw_touch, fingers_of, grow_master, impress


@lru_cache(maxsize=64)
def impression(person: int, touch: int | Touch = 0) -> GrayPixels:
    """Return a touch of a simulated person's right index finger, [400, 336] at 500 ppi: a clean one by its number."""
    master = _master(person)
    pixels = impress(master, draw_touch(master.traits, touch, CLEAN) if isinstance(touch, int) else touch)
    pixels.setflags(write=False)
    return pixels


@lru_cache(maxsize=1)
def portrait() -> ColorPixels:
    """Return matplotlib's public-domain portrait of Grace Hopper (US Navy, 1984), [600, 512, 3]."""
    path = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    pixels.setflags(write=False)
    return pixels


@lru_cache(maxsize=64)
def _master(person: int) -> MasterPrint:
    return grow_master(fingers_of(person)[Position.RIGHT_INDEX])
