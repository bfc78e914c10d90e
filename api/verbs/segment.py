"""`kura segment`: a picture of four fingers or two thumbs becomes one picture per finger."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import BiometricsError
from biometrics.positions import Position

if TYPE_CHECKING:
    from biometrics.images import ImageFile
    from biometrics.slaps import Slap
    from models.finger.slap import SegmentedFinger, SlapSegmentation

SUMMARY = "cut a picture of four fingers or two thumbs into single fingers with their names; nothing is recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("picture", type=Path, metavar="PICTURE", help="of fingers pressed together, pointing up")
    parser.add_argument(
        "--slap", choices=("right", "left", "thumbs"), required=True, help="four fingers of which hand, or both thumbs"
    )
    parser.add_argument(
        "--missing",
        type=_fingers,
        default=frozenset(),
        metavar="NAMES",
        help="fingers of the slap that were not pressed, names or ISO codes parted by commas",
    )
    parser.add_argument(
        "--out", type=shared.folder, default=Path(), metavar="DIR", help="for the pictures (default: here)"
    )
    parser.add_argument("--ppi", type=shared.resolution, help="pixels per inch, whatever the file says; usually 500")
    shared.add_json(parser)


def _fingers(text: str) -> frozenset[Position]:
    try:
        return frozenset(Position.parse(name) for name in text.split(",") if name.strip())
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(arguments: argparse.Namespace) -> int:
    """Cut the picture up; 3 when another number of fingers was found than expected."""
    from api.command_line import BAD_INPUT, DONE
    from biometrics.images import read_image
    from biometrics.samples import BiometricSample, check_ppi, now_utc
    from biometrics.slaps import Slap
    from models.finger.slap import segment_slap

    slap = Slap(arguments.slap)
    try:
        image = read_image(arguments.picture)
        sample = BiometricSample(
            position=Position.UNKNOWN,
            pixels=image.pixels,
            ppi=check_ppi(image.ppi if arguments.ppi is None else arguments.ppi),
            captured_at=now_utc(),
            simulated=image.simulated,
        )
        found = segment_slap(sample, slap, arguments.missing)
    except BiometricsError as error:
        raise error.at(str(arguments.picture)) from error.__cause__
    document = _document(arguments, slap, found, image)
    shared.print_json(document) if arguments.json else _print(document)
    return DONE if found.complete else BAD_INPUT


def _document(arguments: argparse.Namespace, slap: Slap, found: SlapSegmentation, image: ImageFile) -> dict[str, Any]:
    return {
        "image": str(arguments.picture),
        "slap": slap.value,
        "iso_code": slap.iso_code,
        "complete": found.complete,
        "expected": [position.value for position in found.expected],
        "rotation_deg": found.rotation_deg,
        "simulated": image.simulated,
        "fingers": [_written(arguments, place, finger) for place, finger in enumerate(found.fingers, start=1)],
        "notes": [*image.notes, *found.warnings],
    }


def _written(arguments: argparse.Namespace, place: int, finger: SegmentedFinger) -> dict[str, Any]:
    """Write one finger's picture and describe it."""
    from dataclasses import asdict

    from biometrics.image_writing import write_png

    sample = finger.sample
    name = f"finger_{place}" if sample.position is Position.UNKNOWN else sample.position.value
    path = arguments.out / f"{arguments.picture.stem}.{name}.png"
    write_png(path, sample.pixels, sample.ppi, simulated=sample.simulated)
    box = {part: round(value, 1) for part, value in asdict(finger.box).items() if part != "tip_mm"}
    return {"position": sample.position.value, "iso_code": sample.position.iso_code, "box": box, "picture": str(path)}


def _print(document: dict[str, Any]) -> None:
    found, expected = len(document["fingers"]), len(document["expected"])
    simulated = " (simulated: shows nobody)" if document["simulated"] else ""
    image = shared.printable(document["image"])
    print(f"{image}: {found} of {expected} fingers, hand turned {document['rotation_deg']:.0f} degrees{simulated}")
    for finger in document["fingers"]:
        box = finger["box"]
        size = f"{box['width']:.0f} x {box['height']:.0f} pixels at {box['x']:.0f}, {box['y']:.0f}"
        picture = shared.printable(finger["picture"])
        print(f"  {finger['position']}: {size}, turned {box['angle_deg']:.0f} degrees: {picture}")
    for line in document["notes"]:
        print(f"  {line}")
