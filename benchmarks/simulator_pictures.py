"""Draws the pictures of docs/simulator.md anew: `python -m benchmarks.simulator_pictures [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from biometrics.arrays import GrayPixels
from biometrics.files import write_whole
from biometrics.image_writing import encode_png
from biometrics.positions import FINGERS, Position
from devices.simulated import (
    ORDINARY,
    WORN,
    FingerTraits,
    MasterPrint,
    PatternClass,
    draw_touch,
    fingers_of,
    grow_master,
    impress,
    take_impression,
)

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"

_PERSON, _SEED = 31, 7
_SHADES = 36
"""Of grey; more would only make the files larger."""
_CAPTION_PX, _GAP_PX = 26, 8


def draw_pictures() -> dict[str, bytes]:
    """Return every picture as a marked PNG file, by its file name."""
    return {
        "simulator_classes.png": _sheet("one master of each class", _classes(), columns=5, width_px=200),
        "simulator_impressions.png": _sheet("one finger, six touches", _touches(), columns=3, width_px=220),
        "simulator_person.png": _sheet("the ten fingers of one person", _person(), columns=5, width_px=150),
    }


def _classes() -> dict[str, GrayPixels]:
    return {
        pattern.value: _as_gray(
            grow_master(FingerTraits(position=Position.RIGHT_INDEX, pattern=pattern, genes=_SEED, seed=_SEED))
        )
        for pattern in PatternClass
    }


def _touches() -> dict[str, GrayPixels]:
    traits = fingers_of(_PERSON)[Position.RIGHT_INDEX]
    master = grow_master(traits)
    ordinary = replace(draw_touch(traits, 1, ORDINARY), rotation_deg=0.0, shift_px=(0.0, 0.0), wetness=0.0, area=0.9)
    touches = {
        "ordinary": ordinary,
        "dry": replace(ordinary, wetness=-0.7),
        "moist": replace(ordinary, wetness=0.7),
        "partial": replace(ordinary, area=0.35, press_px=(35.0, 60.0)),
        "rotated": replace(ordinary, rotation_deg=32.0, twist_deg=-12.0),
    }
    worn = take_impression(grow_master(replace(traits, wear=1.3)), 4, WORN)
    return {**{name: impress(master, touch) for name, touch in touches.items()}, "worn": worn}


def _person() -> dict[str, GrayPixels]:
    traits = fingers_of(_PERSON)
    return {position.value.replace("_", " "): take_impression(grow_master(traits[position]), 1) for position in FINGERS}


def _as_gray(master: MasterPrint) -> GrayPixels:
    return np.asarray(np.clip(127.5 - 127.5 * master.ridges, 0, 255), dtype=np.uint8)


def _sheet(title: str, pictures: Mapping[str, GrayPixels], *, columns: int, width_px: int) -> bytes:
    """Return the pictures side by side, each under its name, below a headline that says that they are simulated."""
    height_px = max(round(width_px * picture.shape[0] / picture.shape[1]) for picture in pictures.values())
    across, down = width_px + _GAP_PX, height_px + _CAPTION_PX
    rows = -(-len(pictures) // columns)
    sheet = Image.new("L", (columns * across + _GAP_PX, rows * down + _CAPTION_PX + _GAP_PX), 255)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    draw.text((_GAP_PX, 4), f"SIMULATED: {title}; nobody's fingers", fill=0, font=font)
    for place, (name, picture) in enumerate(pictures.items()):
        left, top = _GAP_PX + place % columns * across, _CAPTION_PX + place // columns * down
        smaller = cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA)
        shade = 255 // (_SHADES - 1)
        sheet.paste(Image.fromarray((np.rint(smaller / shade) * shade).astype(np.uint8)), (left, top + _CAPTION_PX))
        draw.text((left, top + 4), name, fill=0, font=font)
    return encode_png(np.asarray(sheet), simulated=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, data in draw_pictures().items():
        write_whole(folder / name, data, mode=0o644)
