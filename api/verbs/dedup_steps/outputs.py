"""What a run leaves for people and programs: JSON with its pairs, and pages that show each pair."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs.dedup_steps.documents import pair_document, state_document
from api.verbs.dedup_steps.lines import page_summary, summary_lines

if TYPE_CHECKING:
    from api.installation import Installation
    from biometrics.protocols import Progress
    from biometrics.records import Subject
    from enrollment.deduplication.state import RunReport
    from enrollment.engine.service import EnrollmentService

STDOUT = "-"

_NAMED_AT_ONCE = 10_000


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add --json and --page."""
    parser.add_argument(
        "--json",
        nargs="?",
        const=STDOUT,
        metavar="FILE",
        help="write figures and pairs as JSON to FILE, or to standard output",
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="write a page with pictures of the pairs side by side; it lies in the clear, so remove it after use",
    )


def outputs_agree(arguments: argparse.Namespace) -> bool:
    """Return whether the results can be written where they shall be, saying why not; before hours are spent on them.

    Raises
    ------
    StorageError
        When a file cannot be written.
    """
    if arguments.page is not None and str(arguments.page) == arguments.json:
        shared.complain("--page and --json name the same file")
        return False
    for target in (arguments.page, arguments.json):
        if target not in (None, STDOUT):
            shared.require_writable(Path(target))
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """A report ready to be shown: with whoever is in its pairs, whom the audit trail then names as shown."""

    report: RunReport
    subjects: dict[str, Subject]

    @classmethod
    def of(cls, report: RunReport, service: EnrollmentService) -> Presentation:
        """Return a report with the persons of its pairs."""
        from enrollment.operations.subjects import SUBJECTS, NamedSubjects

        named = sorted({subject_id for one in report.pairs for subject_id in (one.pair.a, one.pair.b)})
        subjects: dict[str, Subject] = {}
        for begin in range(0, len(named), _NAMED_AT_ONCE):
            asked = NamedSubjects(subject_ids=tuple(named[begin : begin + _NAMED_AT_ONCE]))
            subjects |= {one.subject_id: one for one in service.call(SUBJECTS, asked)}
        return cls(report=report, subjects=subjects)

    def write(self, arguments: argparse.Namespace, installation: Installation, progress: Progress) -> Sequence[str]:
        """Write JSON and pages where the arguments say, and return what to print."""
        from api import wiring
        from api.pages.dedup_page import MOST_PAIRS_SHOWN, page_paths, write_dedup_pages
        from api.pages.pair_views import pair_views

        state = self.report.state
        with ExitStack() as opened:
            registry = opened.enter_context(wiring.open_registry(installation, create=False))
            simulated = registry.counts().simulated_subjects
            # A page shows pictures of people: it is written where somebody asks for it, never by the way.
            shown = self.report.pairs[:MOST_PAIRS_SHOWN] if arguments.page else ()
            pages = page_paths(arguments.page, len(shown)) if arguments.page else ()
            document = self._document(simulated, pages)
            _write_json(document, arguments.json)  # before the pages: a report must not depend on pictures
            if pages:
                summary = page_summary(state, simulated, len(shown))
                write_dedup_pages(pages, pair_views(shown, registry, progress), summary)
        if arguments.json == STDOUT:
            shared.print_json(document)
            return ()
        return summary_lines(state, simulated, arguments.page)

    def _document(self, simulated: int, pages: Sequence[Path]) -> dict[str, Any]:
        return {
            **state_document(self.report.state),
            "simulated_subjects": simulated,
            "pages": [str(path) for path in pages],
            "pairs": [pair_document(one, self.subjects) for one in self.report.pairs],
        }


def _write_json(document: dict[str, Any], target: str | None) -> None:
    import json

    from biometrics.files import write_whole

    if target not in (None, STDOUT):
        write_whole(Path(target), (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
