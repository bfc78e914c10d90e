"""`kura convert`: fingerprints between pictures, image records and minutiae records."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import BiometricsError
from biometrics.positions import Position

if TYPE_CHECKING:
    from api.conversion import Source
    from biometrics.interchange.minutiae_record import MinutiaeRecord

SUMMARY = "convert fingerprints: pictures to WSQ, JPEG 2000, PNG, image records or templates, records to other records"

_PICTURES = {"png": "PNG", "wsq": "WSQ", "jp2": "JPEG2000_LOSSLESS"}
_IMAGE_RECORDS = ("iso-19794-4-2011", "iso-19794-4-2005")
_MINUTIAE_RECORDS = ("iso-19794-2-2005", "iso-19794-2-2011", "ansi-378-2004", "ansi-378-2009")
_FORMATS = (*_PICTURES, *_IMAGE_RECORDS, *_MINUTIAE_RECORDS)

_BY_SUFFIX = {
    ".png": "png",
    ".wsq": "wsq",
    ".jp2": "jp2",
    ".fir": "iso-19794-4-2011",
    ".fmr": "iso-19794-2-2005",
    ".iso": "iso-19794-2-2005",
    ".ansi": "ansi-378-2004",
}

_COMPRESSIONS = {
    "png": "PNG",
    "wsq": "WSQ",
    "jp2": "JPEG2000_LOSSLESS",
    "jp2-lossy": "JPEG2000_LOSSY",
    "jpeg": "JPEG",
    "raw": "RAW",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a picture of a finger, or a record")
    parser.add_argument("target", type=Path, metavar="TARGET", help="the file to write")
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        metavar="FORMAT",
        help=f"what to write: one of {', '.join(_FORMATS)} (default: told from TARGET's name)",
    )
    parser.add_argument(
        "--compression",
        choices=_COMPRESSIONS,
        help="of the pictures inside an image record (default: png, which loses nothing)",
    )
    parser.add_argument(
        "--view", type=shared.positive, metavar="N", help="of a record with several fingers, the one to take"
    )
    parser.add_argument(
        "--position", type=_finger, help="which finger, where the source does not say it: a name or an ISO code"
    )
    parser.add_argument("--ppi", type=shared.resolution, help="pixels per inch of pictures, whatever the source says")
    shared.add_json(parser)


def _finger(text: str) -> Position:
    try:
        position = Position.parse(text)
    except BiometricsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if position is Position.FACE:
        raise argparse.ArgumentTypeError("these formats hold fingers, not faces")
    return position


def run(arguments: argparse.Namespace) -> int:
    """Convert one file."""
    from api.command_line import DONE, MISUSE
    from api.conversion import chosen_view, described, read_source
    from biometrics.files import write_whole
    from biometrics.images import read_file

    wanted = arguments.format or _BY_SUFFIX.get(arguments.target.suffix.lower())
    if wanted is None:
        shared.complain(f"say with --format what {arguments.target} is to be: one of {', '.join(_FORMATS)}")
        return MISUSE
    if arguments.compression and wanted not in _IMAGE_RECORDS:
        shared.complain(f"leave out --compression: it is of pictures inside image records, not of {wanted}")
        return MISUSE
    shared.require_writable(arguments.target)
    try:
        data = read_file(arguments.source)
        if arguments.target.exists() and arguments.target.samefile(arguments.source):
            shared.complain(f"{arguments.target} would be written over itself; name another TARGET")
            return MISUSE
        source = read_source(data)
        if arguments.view is not None:
            source = chosen_view(source, arguments.view)
        source = described(source, arguments.position or Position.UNKNOWN, arguments.ppi)
        data, record = _converted(source, wanted, arguments)
    except BiometricsError as error:
        raise error.at(str(arguments.source)) from error.__cause__
    write_whole(arguments.target, data)
    document = _document(arguments, wanted, source, record)
    shared.print_json(document) if arguments.json else _print(document)
    return DONE


def _converted(source: Source, wanted: str, arguments: argparse.Namespace) -> tuple[bytes, MinutiaeRecord | None]:
    from api import wiring
    from api.conversion import extracted, rewritten, to_image_record, to_picture
    from api.installation import look_at_installation
    from api.progress import progress_display
    from biometrics.interchange.finger_image_record import Compression, FingerImageStandard
    from biometrics.interchange.minutiae_record import MinutiaeStandard

    if wanted in _PICTURES:
        return to_picture(source, Compression[_PICTURES[wanted]]), None
    if wanted in _IMAGE_RECORDS:
        compression = Compression[_COMPRESSIONS[arguments.compression or "png"]]
        return to_image_record(source, FingerImageStandard(wanted), compression), None
    if source.minutiae is not None:
        return rewritten(source.minutiae, MinutiaeStandard(wanted))
    with progress_display() as progress:
        extractor = wiring.load_extractors(look_at_installation(arguments.home), progress).finger
    return extracted(source, MinutiaeStandard(wanted), extractor)


def _document(
    arguments: argparse.Namespace, wanted: str, source: Source, record: MinutiaeRecord | None
) -> dict[str, Any]:
    from api.record_views import describe_picture, describe_view

    views = [] if record is None else [describe_view(view) for view in record.views]
    return {
        "source": str(arguments.source),
        "target": str(arguments.target),
        "format": wanted,
        "simulated": source.simulated,
        "fingers": views or [describe_picture(one.picture, one.position) for one in source.prints],
        "notes": list(source.notes),
    }


def _print(document: dict[str, Any]) -> None:
    from api.record_views import finger_line

    simulated = ", simulated" if document["simulated"] else ""
    print(f"{shared.printable(document['target'])}: {document['format']}{simulated}")
    for finger in document["fingers"]:
        print(f"  {finger_line(finger)}")
    for note in document["notes"]:
        print(f"  {note}")
