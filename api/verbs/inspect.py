"""`kura inspect`: what the models see in an image, or what a record holds, in words and as a picture."""

from __future__ import annotations

import argparse
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.record_views import PictureFolder
    from biometrics.arrays import ColorPixels
    from enrollment.preparation import Extractors, PreparedSample

SUMMARY = "show quality, minutiae or the aligned face of images, and what records hold; nothing is recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="images, records, or folders")
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="folder for the pictures (default: the current folder)"
    )
    parser.add_argument("--no-pictures", action="store_true", help="print only")
    shared.add_images(parser)
    shared.add_language(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Inspect each image; 3 when one could not be used."""
    from api.command_line import BAD_INPUT, DONE, describe
    from api.record_views import PictureFolder, record_document
    from biometrics.errors import BiometricsError, ConfigurationError
    from enrollment.intake import gather
    from enrollment.preparation import prepare_sample

    given = {"modality": arguments.modality, "position": arguments.position, "ppi": arguments.ppi}
    # Each path by itself: whose the images are does not matter here, so equal names may stand side by side.
    intakes = [gather([path], **given) for path in arguments.images]
    documents: list[dict[str, Any]] = [
        {"image": one.label, "usable": False, "error": describe(one.error)} for part in intakes for one in part.refused
    ]
    sources = [source for part in intakes for one in part.submissions for source in one.sources]
    extractors = cache(partial(_load_extractors, arguments.home))  # records need none
    pictures = None if arguments.no_pictures else PictureFolder(arguments.out)
    for source in sources:
        try:
            record = record_document(source.path, pictures) or {}
            if "usable" not in record:
                prepared = prepare_sample(source, extractors())
                record = _inspect(prepared, extractors(), pictures, arguments.language) | record
            documents.append(record)
        except ConfigurationError:  # of the installation: no image is to blame
            raise
        except BiometricsError as error:
            documents.append({"image": str(source.path), "usable": False, "error": describe(error)})
    if arguments.json:
        shared.print_json(documents)
    else:
        for document in documents:
            _print(document, arguments.language)
    return DONE if all(document["usable"] for document in documents) else BAD_INPUT


def _load_extractors(home: Path | None) -> Extractors:
    from api import wiring
    from api.installation import look_at_installation
    from api.progress import progress_display

    with progress_display() as progress:
        return wiring.load_extractors(look_at_installation(home), progress)


def _inspect(
    prepared: PreparedSample, extractors: Extractors, pictures: PictureFolder | None, language: str
) -> dict[str, Any]:
    from api.advice import reason_document, verdict_document
    from api.attack_views import evidence_document, verdict_words
    from biometrics.image_writing import write_png

    extraction = prepared.extraction
    document: dict[str, Any] = {
        "image": str(prepared.source.path),
        "usable": extraction.template is not None,
        "modality": prepared.sample.modality.value,
        "width": prepared.sample.width,
        "height": prepared.sample.height,
        "ppi": prepared.sample.ppi,
        "simulated": prepared.sample.simulated,
        "quality": extraction.quality.value,
        "quality_algorithm": extraction.quality.algorithm,
        "components": dict(extraction.quality.components),
        "attack_detection": verdict_words(extraction.pad),
        "attack_evidence": evidence_document(extraction.pad),
        "notes": [*prepared.image.notes, *extraction.warnings],
        "verdicts": [verdict_document(verdict, language) for verdict in extraction.verdicts],
        "reasons": [reason_document(reason, language) for reason in extraction.reasons],
    }
    if extraction.template is not None:
        document["model"] = extraction.template.format.model_id
        document |= _body(prepared)
    picture = None if pictures is None else _picture(prepared, extractors)
    if pictures is not None and picture is not None:
        path = pictures.place(prepared.source.path, prepared.sample.modality.value)
        write_png(path, picture, simulated=prepared.sample.simulated)
        document["picture"] = str(path)
    return document


def _body(prepared: PreparedSample) -> dict[str, Any]:
    from biometrics.templates import MinutiaSet

    template = prepared.extraction.template
    if template is None:
        return {}
    if isinstance(template.body, MinutiaSet):
        return {"minutiae": len(template.body)}
    return {"dimension": len(template.body.vector), "raw_norm": template.body.raw_norm}


def _picture(prepared: PreparedSample, extractors: Extractors) -> ColorPixels | None:
    from api.pages.drawing import at_template_scale, draw_minutiae
    from api.wiring import aligned_face
    from biometrics.positions import Modality

    template, sample = prepared.extraction.template, prepared.sample
    if template is None:
        return None
    if sample.modality is Modality.FINGER and sample.ppi is not None:
        return draw_minutiae(at_template_scale(sample.pixels, sample.ppi), template.minutiae)
    return aligned_face(extractors, sample, prepared.extraction)


def _print(document: dict[str, Any], language: str) -> None:
    from api.record_views import finger_line

    print(f"{document['image']}: {'usable' if document['usable'] else 'not usable'}")
    if "error" in document:
        error = document["error"]
        print(f"  {error['message']}" + (f" ({error['remedy']})" if error["remedy"] else ""))
        return
    if document["simulated"]:
        print("  simulated: shows nobody")
    if "record" in document:
        print(f"  {document['record']} with {shared.counted(len(document['fingers']), 'finger')}")
        for finger in document["fingers"]:
            print(f"    {finger_line(finger)}")
    if "modality" in document:
        _print_sample(document, language)
    for line in document["notes"]:
        print(f"  {line}")
    for picture in document.get("pictures", [document["picture"]] if "picture" in document else []):
        print(f"  picture: {picture}")


def _print_sample(document: dict[str, Any], language: str) -> None:
    from api.advice import verdict_line

    resolution = f" at {document['ppi']:g} ppi" if document["ppi"] else ""
    print(f"  {document['modality']}, {document['width']} x {document['height']} pixels{resolution}")
    print(f"  quality {document['quality']} of 100 ({document['quality_algorithm']})")
    for one in document["verdicts"]:
        print(f"    {verdict_line(one, language)}")
    for name, value in document["components"].items():
        print(f"    {name.replace('_', ' ')}: {value:.3g}")
    if "minutiae" in document:
        print(f"  {document['minutiae']} minutiae, model {document['model']}")
    elif "dimension" in document:
        print(f"  {document['dimension']} numbers, norm {document['raw_norm']:.2f}, model {document['model']}")
    if document["modality"] == "face" and "model" in document:
        evidence = document["attack_evidence"]
        told = evidence["reason"] or f"score {evidence['score']:.2f}, threshold {evidence['threshold']:g}"
        print(f"  presentation attack: {document['attack_detection']} ({told})")
    for reason in document["reasons"]:
        print(f"  {reason['advice']}")
