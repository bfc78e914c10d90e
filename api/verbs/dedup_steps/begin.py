"""`kura dedup run`: a run begun and worked on to its end."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.dedup_steps.outputs import add_outputs
from api.verbs.dedup_steps.working import work_on

if TYPE_CHECKING:
    from biometrics.protocols import Progress
    from enrollment.deduplication.state import RunState
    from enrollment.engine.service import EnrollmentService

NAME, SUMMARY = "run", "compare, open a case per pair, and write the pages; may be interrupted and gone on with"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "--new",
        action="store_true",
        help="compare only who came or changed since the last finished run, with everybody",
    )
    add_outputs(step)
    shared.add_gallery(step)
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Make a run."""

    def work(service: EnrollmentService, progress: Progress) -> RunState:
        return service.deduplicate(progress, gallery_id=arguments.gallery, only_new=arguments.new)

    return work_on(arguments, work)
