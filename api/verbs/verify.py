"""`kura verify`: one person's samples against one enrolled person, or against another image or template record."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import probing

if TYPE_CHECKING:
    from biometrics.decisions import Reason
    from biometrics.templates import Template
    from enrollment.preparation import Extractors
    from enrollment.recognition import Verification

SUMMARY = "compare samples with one enrolled person (--person), or two images or template records with each other"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """What one file of two comes to: templates, or the reasons why there are none."""

    templates: tuple[Template, ...]
    simulated: bool
    reasons: tuple[Reason, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="samples of one person; or two images or minutiae records"
    )
    parser.add_argument("--person", help="identifier of the enrolled person")
    shared.add_images(parser)
    shared.add_actor(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, say yes or no, and return 0 or 1; 3 for unusable samples."""
    from api.command_line import MISUSE

    if arguments.person is None and len(arguments.images) != 2:
        shared.complain("name the enrolled person with --person, or give exactly two images")
        return MISUSE
    if arguments.person is not None:
        answer, said = _against_person(arguments, _extractors(arguments))
    elif any(_is_record(path) for path in arguments.images):
        answer, said = _against_record(arguments)
    else:
        answer, said = _against_image(arguments, _extractors(arguments))
    document = {"calibrated": True, **said, **_document(answer)}
    shared.print_json(document) if arguments.json else _print(document)
    return probing.answer_code(positive=answer.positive, judged=not answer.reasons)


def _extractors(arguments: argparse.Namespace) -> Extractors:
    from api import wiring
    from api.installation import look_at_installation
    from api.progress import progress_display

    with progress_display() as progress:
        return wiring.load_extractors(look_at_installation(arguments.home), progress)


def _against_person(arguments: argparse.Namespace, extractors: Extractors) -> tuple[Verification, dict[str, bool]]:
    from api import serving
    from api.installation import open_installation
    from enrollment.submission import check_label

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    label = check_label(arguments.person, "--person")
    probe = probing.prepare_person(arguments.images, arguments, extractors)
    with serving.open_service(installation, actor, create=False) as service:
        verified = service.verify(probe, label)
    simulated = {"probe_simulated": probe.simulated, "reference_simulated": verified.subject.simulated}
    return verified.answer, simulated


def _against_image(arguments: argparse.Namespace, extractors: Extractors) -> tuple[Verification, dict[str, bool]]:
    from api import wiring
    from api.installation import look_at_installation
    from enrollment.recognition import compare

    installation = look_at_installation(arguments.home)
    first, second = (probing.prepare_person([image], arguments, extractors) for image in arguments.images)
    answer = compare(first, second, wiring.load_calibrations(installation), installation.settings.policy)
    return answer, {"probe_simulated": first.simulated, "reference_simulated": second.simulated}


def _is_record(path: Path) -> bool:
    from biometrics.images import read_file
    from biometrics.interchange.minutiae_reading import START

    return read_file(path).startswith(START)


def _against_record(arguments: argparse.Namespace) -> tuple[Verification, dict[str, bool]]:
    """Compare by the minutiae alone, at least one side of which was extracted by nobody knows whom."""
    from api import wiring
    from api.installation import look_at_installation
    from biometrics.interchange.minutiae_record import by_minutiae_alone
    from enrollment.recognition import Verification, verify_templates

    installation = look_at_installation(arguments.home)
    sides = [_side(path, arguments) for path in arguments.images]
    said = {"probe_simulated": sides[0].simulated, "reference_simulated": sides[1].simulated, "calibrated": False}
    policy = installation.settings.policy
    reasons = tuple(reason for side in sides for reason in side.reasons)
    first, second = (by_minutiae_alone(side.templates) for side in sides)
    if not (first and second):
        return Verification(candidate=None, largest_fmr=policy.verification_fmr, reasons=reasons), said
    return verify_templates(first, second, wiring.load_calibrations(installation), policy), said


def _side(path: Path, arguments: argparse.Namespace) -> _Side:
    from biometrics.errors import BiometricsError
    from biometrics.images import read_file
    from biometrics.interchange.minutiae_reading import read_minutiae_record

    if not _is_record(path):
        prepared = probing.prepare_person([path], arguments, _extractors(arguments))
        reasons = () if prepared.templates else prepared.reasons
        return _Side(templates=prepared.templates, simulated=prepared.simulated, reasons=reasons)
    try:
        record = read_minutiae_record(read_file(path))
    except BiometricsError as error:
        raise error.at(str(path)) from error.__cause__
    return _Side(templates=record.templates, simulated=record.simulated)


def _document(answer: Verification) -> dict[str, Any]:
    compared = probing.candidate_document(answer.candidate) if answer.candidate else {}
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
    if not document["calibrated"]:
        print("  that rate holds for minutiae that Kura extracts; for those of other extractors it is a guess")
    for place, value in document["scores"].items():
        print(f"  {place}: {value:.3f}")
