"""What records hold, as JSON output, text and pictures show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from api.pages.drawing import draw_minutiae
from biometrics.arrays import ColorPixels
from biometrics.errors import BiometricsError
from biometrics.image_writing import write_png
from biometrics.images import decode_finger_image, read_file
from biometrics.interchange import finger_image_reading, minutiae_reading
from biometrics.interchange.finger_image_record import FingerImage
from biometrics.interchange.minutiae_record import FingerView
from biometrics.pictures import DecodedPicture
from biometrics.positions import Position
from biometrics.templates import MinutiaSet

_MOST_DRAWN = 4_000_000
"""Pixels; 4 inches square, as large as a slap. What a record declares beyond is no print, and not drawn."""


class PictureFolder:
    """Where pictures of inspected files are written, each under a name of its own.

    Parameters
    ----------
    folder
        It is made when it is written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def place(self, inspected: Path, kind: str) -> Path:
        """Return `a.finger.png` for a file named `a`, and `a.2.finger.png` for the next one of that name."""
        name, number = f"{inspected.stem}.{kind}.png", 1
        while name in self._taken:
            number += 1
            name = f"{inspected.stem}.{number}.{kind}.png"
        self._taken.add(name)
        return self._folder / name


def describe_view(view: FingerView) -> dict[str, Any]:
    """Return a finger of a minutiae record; its size is in pixels at 500 ppi."""
    return {
        "position": view.position.value,
        "impression": view.impression.name.lower(),
        "quality": view.quality,
        "minutiae": len(view.minutiae),
        "width": view.minutiae.width,
        "height": view.minutiae.height,
    }


def describe_image(image: FingerImage) -> dict[str, Any]:
    """Return a picture of a finger image record as the record describes it."""
    return {
        "position": image.position.value,
        "impression": image.impression.name.lower(),
        "quality": image.quality,
        "compression": image.compression.name.lower(),
        "width": image.width,
        "height": image.height,
        "ppi": image.ppi,
    }


def describe_picture(picture: DecodedPicture, position: Position) -> dict[str, Any]:
    """Return a picture that stands for itself."""
    height, width = picture.pixels.shape[:2]
    return {"position": position.value, "width": width, "height": height, "ppi": picture.ppi}


def finger_line(finger: dict[str, Any]) -> str:
    """Return one finger, described by any of these, as a line of text."""
    unknown = finger["position"] == Position.UNKNOWN.value
    parts = ["unknown finger" if unknown else finger["position"].replace("_", " ")]
    if finger.get("impression", "unknown") != "unknown":
        parts.append(finger["impression"].replace("_", " "))
    if "minutiae" in finger:
        parts.append(f"{finger['minutiae']} minutiae")
    if "compression" in finger:
        parts.append(finger["compression"].replace("_", " "))
    resolution = f" at {finger['ppi']:g} ppi" if finger.get("ppi") else ""
    parts.append(f"{finger['width']} x {finger['height']} pixels{resolution}")
    if finger.get("quality") is not None:
        parts.append(f"quality {finger['quality']}")
    return ", ".join(parts)


def record_document(path: Path, pictures: PictureFolder | None) -> dict[str, Any] | None:
    """Describe a record; None for any other file.

    A finger image record of one picture is an image like any other: of it only what the record says is described, and
    nothing under `usable`.

    Parameters
    ----------
    path
        The file.
    pictures
        Where drawings of the minutiae and decoded pictures are written; None writes none.

    Raises
    ------
    BiometricsError
        When the record is damaged, naming the file.
    """
    data = read_file(path)
    try:
        if data.startswith(minutiae_reading.START):
            return _minutiae_document(path, data, pictures)
        if data.startswith(finger_image_reading.START):
            return _image_document(path, data, pictures)
    except BiometricsError as error:
        raise error.at(str(path)) from error.__cause__
    return None


def _minutiae_document(path: Path, data: bytes, pictures: PictureFolder | None) -> dict[str, Any]:
    record = minutiae_reading.read_minutiae_record(data)
    notes, drawn = list(record.notes), []
    for number, view in enumerate(record.views, start=1):
        target = _target(path, pictures, number, len(record.views))
        if target is None:
            continue
        if view.minutiae.width * view.minutiae.height > _MOST_DRAWN:
            notes.append(f"finger {number} is too large to be drawn")
            continue
        write_png(target, draw_minutiae(_paper(view.minutiae), view.minutiae), simulated=record.simulated)
        drawn.append(str(target))
    return {
        "image": str(path),
        "usable": True,
        "simulated": record.simulated,
        "record": record.standard.value,
        "fingers": [describe_view(view) for view in record.views],
        "notes": notes,
        "pictures": drawn,
    }


def _image_document(path: Path, data: bytes, pictures: PictureFolder | None) -> dict[str, Any]:
    record = finger_image_reading.read_finger_image_record(data)
    said = {"record": record.standard.value, "fingers": [describe_image(image) for image in record.images]}
    if len(record.images) == 1:
        return said
    notes, drawn, simulated = list(record.notes), [], record.simulated
    for number, image in enumerate(record.images, start=1):
        picture = decode_finger_image(image)
        notes += [f"finger {number}: {note}" for note in picture.notes]
        simulated = simulated or picture.simulated
        target = _target(path, pictures, number, len(record.images))
        if target is not None:
            write_png(target, picture.pixels, picture.ppi, simulated=simulated)
            drawn.append(str(target))
    known = {"image": str(path), "usable": True, "simulated": simulated}
    return {**known, **said, "notes": notes, "pictures": drawn}


def _target(path: Path, pictures: PictureFolder | None, number: int, count: int) -> Path | None:
    if pictures is None:
        return None
    return pictures.place(path, "finger" if count == 1 else f"finger{number}")


def _paper(minutiae: MinutiaSet) -> ColorPixels:
    return np.full((minutiae.height, minutiae.width, 3), 255, dtype=np.uint8)
