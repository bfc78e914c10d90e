"""`kura case show`: what there is to look at; scores and verdicts only after one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.case_steps import inputs

NAME, SUMMARY, ROLE = "show", "show a case you hold, or judged before", "examiner"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_case(step)
    step.add_argument("--pictures", type=shared.folder, metavar="DIR", help="write the pictures to a folder")


def run(arguments: argparse.Namespace) -> int:
    """Show, and write the pictures where that is asked."""
    from api.case_views import picture_names, view_document, view_lines
    from biometrics.case_views import RevealedView
    from enrollment.operations.adjudication import CASE_PICTURE, VIEW_CASE, CasePicture, NamedCase

    with asking.service(arguments) as service:
        view = service.call(VIEW_CASE, NamedCase(case_id=arguments.case))
        names = {} if arguments.pictures is None else picture_names(view)
        written = []
        for name, sample in names.items():
            data = service.call(CASE_PICTURE, CasePicture(case_id=arguments.case, sha256=sample.sha256))
            written.append(_write(data, arguments.pictures / name, simulated=sample.simulated))
    document = view_document(view) | {"pictures": written}
    lines = [*view_lines(document, revealed=isinstance(view, RevealedView)), *(f"picture: {one}" for one in written)]
    return asking.report(arguments, document, lines)


def _write(data: bytes, path: Path, *, simulated: bool) -> str:
    """Write a stored picture as PNG."""
    from biometrics.image_writing import write_png
    from biometrics.images import decode_image

    picture = decode_image(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, picture.pixels, picture.ppi, simulated=simulated)
    return str(path)
