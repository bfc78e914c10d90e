"""`kura verify`: one person's samples against one enrolled person, or against another image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from enrollment.preparation import Extractors
    from enrollment.recognition import Verification

SUMMARY = "compare samples with one enrolled person (--person), or two images with each other"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="samples of one person; or two images")
    parser.add_argument("--person", help="identifier of the enrolled person")
    shared.add_images(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, say yes or no, and return 0 or 1; 3 for unusable samples."""
    from api import wiring
    from api.command_line import MISUSE
    from api.progress import progress_display

    if arguments.person is None and len(arguments.images) != 2:
        shared.complain("name the enrolled person with --person, or give exactly two images")
        return MISUSE
    with progress_display() as progress:
        extractors = wiring.load_extractors(progress)
    answer, simulated = (
        _against_image(arguments, extractors) if arguments.person is None else _against_person(arguments, extractors)
    )
    document = {**simulated, **_document(answer)}
    shared.print_json(document) if arguments.json else _print(document)
    return shared.answer_code(positive=answer.positive, judged=not answer.reasons)


def _against_person(arguments: argparse.Namespace, extractors: Extractors) -> tuple[Verification, dict[str, bool]]:
    from api import wiring
    from api.installation import open_installation
    from biometrics.errors import RecordNotFoundError
    from enrollment.recognition import verify
    from enrollment.submission import check_label

    installation = open_installation(arguments.home, create=False)
    with wiring.open_registry(installation, create=False) as registry:
        subject = registry.subject_by_label(check_label(arguments.person, "--person"))
        if subject is None:
            raise RecordNotFoundError(
                "nobody is enrolled under this identifier", source=arguments.person, remedy="see kura registry persons"
            )
        claimed = [reference.template for reference in registry.references(subject.subject_id)]
    probe = shared.prepare_person(arguments.images, arguments, extractors)
    answer = verify(probe, claimed, wiring.load_calibrations(installation), installation.settings.policy)
    return answer, {"probe_simulated": probe.simulated, "reference_simulated": subject.simulated}


def _against_image(arguments: argparse.Namespace, extractors: Extractors) -> tuple[Verification, dict[str, bool]]:
    from api import wiring
    from api.installation import Installation, home_folder
    from api.settings import read_settings
    from enrollment.recognition import compare

    home = home_folder(arguments.home)
    installation = Installation(home=home, settings=read_settings(home))
    first, second = (shared.prepare_person([image], arguments, extractors) for image in arguments.images)
    answer = compare(first, second, wiring.load_calibrations(installation), installation.settings.policy)
    return answer, {"probe_simulated": first.simulated, "reference_simulated": second.simulated}


def _document(answer: Verification) -> dict[str, Any]:
    compared = shared.candidate_document(answer.candidate) if answer.candidate else {}
    return {
        "match": answer.positive,
        "largest_fmr": answer.largest_fmr,
        "comparable": answer.candidate is not None,
        "reasons": [{"code": reason.value, "advice": reason.advice} for reason in answer.reasons],
        **compared,
    }


def _print(document: dict[str, Any]) -> None:
    sides = {"probe_simulated": "the samples", "reference_simulated": "what they are compared with"}
    simulated = [side for name, side in sides.items() if document[name]]
    if simulated:
        print(f"simulated: {' and '.join(simulated)}")
    for reason in document["reasons"]:
        print(f"not compared: {reason['advice']}")
    if document["reasons"]:
        return
    if not document["comparable"]:
        print("no match: the two share no finger or face that could be compared")
        return
    mark = " (extrapolated)" if document["extrapolated"] else ""
    verdict = "match" if document["match"] else "no match"
    print(f"{verdict}: false match rate {document['fmr']:.1e}{mark}, threshold {document['largest_fmr']:.1e}")
    for place, value in document["scores"].items():
        print(f"  {place}: {value:.3f}")
