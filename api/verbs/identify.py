"""`kura identify`: one person's samples against everybody enrolled."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import probing

if TYPE_CHECKING:
    from biometrics.records import Subject
    from biometrics.scores import Candidate
    from enrollment.engine.service import Identified

SUMMARY = "search one person among everybody enrolled; nothing is recorded about the probe"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="samples of one person")
    parser.add_argument("--limit", type=shared.positive, default=10, help="most candidates to list (default: 10)")
    shared.add_gallery(parser)
    shared.add_images(parser)
    shared.add_actor(parser)
    shared.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Search, list the candidates, and return 0 when there is one, 1 when there is none, 3 where none can be said."""
    from api import serving, wiring
    from api.installation import open_installation
    from api.progress import progress_display
    from enrollment.portraits import portrait_warnings

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    with (
        progress_display() as progress,
        serving.open_service(installation, actor, create=False, progress=progress) as service,
    ):
        service.state(arguments.gallery)  # what could not be searched is refused before it takes time
        extractors = wiring.load_extractors(installation, progress)
        probe = probing.prepare_person(arguments.images, arguments, extractors, gallery_id=arguments.gallery)
        identified = service.identify(probe, arguments.limit)
        answer = identified.answer
        # Only what could be compared can be unlike.
        warnings = [] if answer.found is None else list(portrait_warnings(probe, service))
    document = {"probe_simulated": probe.simulated, "warnings": warnings, **_document(identified)}
    shared.print_json(document) if arguments.json else _print(document)
    complete = answer.found is not None and answer.found.complete
    return probing.answer_code(positive=answer.positive, judged=answer.positive or complete)


def _document(identified: Identified) -> dict[str, Any]:
    answer = identified.answer
    document: dict[str, Any] = {
        "found": answer.positive,
        "largest_fmr": answer.largest_fmr,
        "reasons": [{"code": reason.value, "advice": reason.advice} for reason in answer.reasons],
    }
    if answer.found is None:
        return document
    return document | {
        "gallery_size": answer.found.gallery_size,
        "compared": answer.found.compared,
        "generation": answer.found.generation,
        "complete": answer.found.complete,
        "candidates": list(map(_candidate, answer.found.candidates, identified.subjects)),
    }


def _candidate(candidate: Candidate, subject: Subject) -> dict[str, Any]:
    return {"person": subject.label, "simulated": subject.simulated, **probing.candidate_document(candidate)}


def _print(document: dict[str, Any]) -> None:
    if document["probe_simulated"]:
        print("the samples are simulated: they show nobody")
    for warning in document["warnings"]:
        print(f"warning: {shared.printable(warning)}")
    for reason in document["reasons"]:
        print(f"not searched: {reason['advice']}")
    if "candidates" not in document:
        return
    print(f"{document['compared']} of {document['gallery_size']} persons compared")
    for rank, one in enumerate(document["candidates"], start=1):
        scores = ", ".join(f"{place} {value:.3f}" for place, value in one["scores"].items())
        mark = ", extrapolated" if one["extrapolated"] else ""
        person = shared.named(one["person"], one["simulated"])
        print(f"{rank:3}. {person}  false match rate {one['fmr']:.1e}{mark}  ({scores})")
    if not document["complete"]:
        print("this list is not complete: nothing follows about who is not in it")
    elif not document["candidates"]:
        print("nobody found")
