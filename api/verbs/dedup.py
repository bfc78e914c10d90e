"""`kura dedup run`: everybody enrolled against everybody, as a JSON file, cases, and pages that show each pair."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from enrollment.deduplication import ReportedPair
    from registry.store import Registry

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
    shared.add_home(run_parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the comparison; 0 when it is complete, whatever it found."""
    from api import wiring
    from api.command_line import DONE, MISUSE
    from api.installation import open_installation
    from api.pages.dedup_page import page_paths, write_dedup_pages
    from api.pages.pair_views import pair_views
    from api.progress import progress_display
    from enrollment.deduplication import report_duplicates

    if arguments.page is not None and str(arguments.page) == arguments.json:
        shared.complain("--page and --json name the same file")
        return MISUSE
    installation = open_installation(arguments.home, create=False)
    for target in (arguments.page, arguments.json):
        if target not in (None, _STDOUT):
            shared.require_writable(Path(target))
    policy = installation.settings.policy
    with wiring.open_registry(installation, create=False) as registry, progress_display() as progress:
        gallery = wiring.open_gallery(registry, installation, progress, gallery_id=arguments.gallery)
        found = [(one, _document(one, registry)) for one in report_duplicates(gallery, registry, policy, progress)]
        found.sort(key=lambda one: (-one[1]["score"], one[1]["a"], one[1]["b"]))
        reported, documents = [one for one, _ in found], [document for _, document in found]
        summary = {
            "persons": gallery.size,
            "simulated_subjects": registry.counts().simulated_subjects,
            "pairs": len(reported),
            "generation": gallery.generation,
            "policy": policy.version,
        }
        pages = page_paths(arguments.page or installation.reports / f"dedup-{gallery.generation}.html", len(reported))
        document = {**summary, "pages": [str(path) for path in pages], "pairs": documents}
        _write_json(document, arguments.json)  # before the pages: a report must not depend on pictures
        shown = {name.replace("_", " "): str(value) for name, value in summary.items()}
        write_dedup_pages(pages, pair_views(reported, registry, progress), shown)
    if arguments.json == _STDOUT:
        shared.print_json(document)
    else:
        _print_summary(documents, summary, pages)
    return DONE


def _document(reported: ReportedPair, registry: Registry) -> dict[str, Any]:
    pair = reported.pair
    first, second = sorted((registry.subject(pair.a), registry.subject(pair.b)), key=lambda subject: subject.label)
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
