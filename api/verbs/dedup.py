"""`kura dedup run`: everybody enrolled against everybody, as a JSON file, cases, and pages that show each pair."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from biometrics.records import Subject
    from enrollment.deduplication import ReportedPair
    from enrollment.engine.service import Deduplicated, EnrollmentService

SUMMARY = "compare everybody enrolled with everybody and report possible duplicates"

_STDOUT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    run_parser = verbs.add_parser("run", help="compare, open a case per pair, and write the pages")
    run_parser.add_argument(
        "--json",
        nargs="?",
        const=_STDOUT,
        metavar="FILE",
        help="write the pairs as JSON to FILE, or to standard output",
    )
    run_parser.add_argument(
        "--page", type=Path, metavar="FILE", help="where to write the page (default: in the home's reports)"
    )
    shared.add_gallery(run_parser)
    shared.add_actor(run_parser)
    shared.add_home(run_parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the comparison; 0 when it is complete, whatever it found."""
    from contextlib import ExitStack

    from api import serving, wiring
    from api.command_line import DONE, MISUSE
    from api.installation import open_installation
    from api.pages.dedup_page import page_paths, write_dedup_pages
    from api.pages.pair_views import pair_views
    from api.progress import progress_display

    if arguments.page is not None and str(arguments.page) == arguments.json:
        shared.complain("--page and --json name the same file")
        return MISUSE
    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    for target in (arguments.page, arguments.json):
        if target not in (None, _STDOUT):
            shared.require_writable(Path(target))
    with progress_display() as progress, ExitStack() as opened:
        with serving.open_service(installation, actor, create=False, progress=progress) as service:
            done = service.deduplicate(progress, gallery_id=arguments.gallery)
            subjects = _subjects(done, service)
        reported, documents = _in_order([(one, _document(one, subjects)) for one in done.pairs])
        registry = opened.enter_context(wiring.open_registry(installation, create=False))
        summary = {
            "persons": done.persons,
            "simulated_subjects": registry.counts().simulated_subjects,
            "pairs": len(reported),
            "generation": done.generation,
            "policy": installation.settings.policy.version,
        }
        pages = page_paths(arguments.page or installation.reports / f"dedup-{done.generation}.html", len(reported))
        document = {**summary, "pages": [str(path) for path in pages], "pairs": documents}
        _write_json(document, arguments.json)  # before the pages: a report must not depend on pictures
        shown = {name.replace("_", " "): str(value) for name, value in summary.items()}
        write_dedup_pages(pages, pair_views(reported, registry, progress), shown)
    if arguments.json == _STDOUT:
        shared.print_json(document)
    else:
        _print_summary(documents, summary, pages)
    return DONE


def _subjects(done: Deduplicated, service: EnrollmentService) -> dict[str, Subject]:
    """Return everybody in a pair, whom the audit trail then names as shown."""
    from enrollment.operations.subjects import SUBJECTS, NamedSubjects

    named = sorted({subject_id for one in done.pairs for subject_id in (one.pair.a, one.pair.b)})
    found = service.call(SUBJECTS, NamedSubjects(subject_ids=tuple(named))) if named else ()
    return {subject.subject_id: subject for subject in found}


def _in_order(found: list[tuple[ReportedPair, dict[str, Any]]]) -> tuple[list[ReportedPair], list[dict[str, Any]]]:
    found.sort(key=lambda one: (-one[1]["score"], one[1]["a"], one[1]["b"]))
    return [one for one, _ in found], [document for _, document in found]


def _document(reported: ReportedPair, subjects: dict[str, Subject]) -> dict[str, Any]:
    pair = reported.pair
    first, second = sorted((subjects[pair.a], subjects[pair.b]), key=lambda subject: subject.label)
    return {
        "a": first.label,
        "b": second.label,
        "a_simulated": first.simulated,
        "b_simulated": second.simulated,
        "outcome": pair.finding.value,
        "score": pair.score,
        "fmr": pair.fmr.value,
        "extrapolated": pair.fmr.extrapolated,
        "scores": {position.value: score.value for position, score in pair.scores.items()},
        "case_id": reported.case_id,
        "subject_a": first.subject_id,
        "subject_b": second.subject_id,
    }


def _write_json(document: dict[str, Any], target: str | None) -> None:
    import json

    from biometrics.files import write_whole

    if target not in (None, _STDOUT):
        write_whole(Path(target), (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def _print_summary(documents: list[dict[str, Any]], summary: dict[str, Any], pages: list[Path]) -> None:
    duplicates = sum(document["outcome"] == "duplicate" for document in documents)
    wording = "1 pair is a probable duplicate" if duplicates == 1 else f"{duplicates} pairs are probable duplicates"
    doubtful = len(documents) - duplicates
    print(f"{summary['persons']} persons compared with each other: {wording}, {doubtful} are doubtful")
    if summary["simulated_subjects"]:
        print(f"{summary['simulated_subjects']} of the persons recorded are simulated")
    if documents:
        print(f"every pair is open as a case; see them side by side in {pages[0]}")
