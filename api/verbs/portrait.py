"""`kura portrait`: a portrait for a document, cut out of a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import BiometricsError

if TYPE_CHECKING:
    from biometrics.arrays import Pixels
    from biometrics.extraction import Extraction
    from models.face.portrait import PortraitPlan

SUMMARY = "cut a portrait of 35 x 45 out of a picture, upright, and say what could be better; nothing is recorded"

_SUFFIXES = (".png", ".jpg", ".jpeg")

_JPEG_QUALITY = 95
"""The portrait of a document is compressed once more by whoever personalises it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("picture", type=Path, metavar="PICTURE", help="of one person, with room around the head")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"portrait to write: {', '.join(_SUFFIXES)}"
    )
    parser.add_argument(
        "--width-px",
        type=shared.positive,
        metavar="N",
        help="width of the portrait (default: as in the picture); it is never enlarged",
    )
    shared.add_language(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Cut the portrait; 3 when the picture does not allow it."""
    from api.command_line import BAD_INPUT, DONE, MISUSE
    from biometrics.files import write_whole
    from biometrics.images import read_image

    if arguments.out.suffix.lower() not in _SUFFIXES:
        shared.complain(f"name FILE as one of {', '.join(_SUFFIXES)}, not {arguments.out.name}")
        return MISUSE
    shared.require_writable(arguments.out)
    image = read_image(arguments.picture)
    if arguments.out.exists() and arguments.out.samefile(arguments.picture):
        shared.complain(f"{arguments.out} would be written over the picture itself; name another FILE")
        return MISUSE
    try:
        extraction, plan, portrait = _cut(image.pixels, image.simulated, arguments)
    except BiometricsError as error:
        raise error.at(str(arguments.picture)) from error.__cause__
    document = _document(arguments, extraction)
    document["notes"] = [*image.notes, *extraction.warnings]
    if portrait is not None and plan is not None:
        document |= _portrait_document(portrait, plan)
        write_whole(arguments.out, _encoded(portrait, arguments.out, image.simulated))
        document["portrait"] = str(arguments.out)
    shared.print_json(document) if arguments.json else _print(document, arguments.language)
    return BAD_INPUT if portrait is None else DONE


def _cut(
    pixels: Pixels, simulated: bool, arguments: argparse.Namespace
) -> tuple[Extraction, PortraitPlan | None, Pixels | None]:
    from dataclasses import replace

    from api import wiring
    from api.installation import look_at_installation
    from biometrics.errors import SampleError
    from biometrics.positions import Position
    from biometrics.samples import BiometricSample, now_utc
    from models.face.portrait import cut_portrait, plan_portrait, steadied

    extractor = wiring.load_face_extractor(look_at_installation(arguments.home))
    sample = BiometricSample(position=Position.FACE, pixels=pixels, captured_at=now_utc(), simulated=simulated)
    extraction = extractor.extract(sample)
    if extraction.template is None:
        return extraction, None, None
    if extraction.turned_quarters:
        raise SampleError(extraction.warnings[0], remedy="turn the picture upright first")
    face = steadied(
        pixels, extractor.detect(sample)[0], lambda turned: extractor.detect(replace(sample, pixels=turned))
    )
    plan = plan_portrait(face, width=sample.width, height=sample.height)
    return extraction, plan, cut_portrait(pixels, plan, arguments.width_px)


def _encoded(portrait: Pixels, out: Path, simulated: bool) -> bytes:
    from PIL import Image

    from biometrics.image_writing import encode_jpeg, encode_png

    if out.suffix.lower() == ".png":
        return encode_png(portrait, simulated=simulated)
    return encode_jpeg(Image.fromarray(portrait), quality=_JPEG_QUALITY, simulated=simulated)


def _document(arguments: argparse.Namespace, extraction: Extraction) -> dict[str, Any]:
    from api.advice import reason_document, verdict_document

    return {
        "image": str(arguments.picture),
        "quality": extraction.quality.value,
        "verdicts": [verdict_document(verdict, arguments.language) for verdict in extraction.verdicts],
        "reasons": [reason_document(reason, arguments.language) for reason in extraction.reasons],
    }


def _portrait_document(portrait: Pixels, plan: PortraitPlan) -> dict[str, Any]:
    from models.face.portrait import LEAST_EYE_DISTANCE_PX

    eyes_px = plan.eye_distance_px * portrait.shape[1] / plan.width_px
    return {
        "width": portrait.shape[1],
        "height": portrait.shape[0],
        "eye_distance_px": eyes_px,
        "enough_pixels": eyes_px >= LEAST_EYE_DISTANCE_PX,
        "head_share": plan.head_share,
        "eye_line_share": plan.eye_line,
        "aside_share": plan.aside,
        "roll_removed_deg": plan.roll_deg,
    }


def _print(document: dict[str, Any], language: str) -> None:
    from api.advice import verdict_line

    for verdict in document["verdicts"]:
        print(verdict_line(verdict, language))
    for line in document["notes"]:
        print(line)
    for reason in document["reasons"]:
        print(f"not cut: {reason['advice']}")
    if "portrait" in document:
        print(f"{document['portrait']}: {document['width']} x {document['height']} pixels")
        if not document["enough_pixels"]:
            print(f"the eyes are {document['eye_distance_px']:.0f} pixels apart; documents ask for 90")
