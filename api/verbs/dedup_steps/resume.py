"""`kura dedup resume`: an interrupted run worked on to its end."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.dedup_steps.choosing import add_run, last_unfinished, run_store
from api.verbs.dedup_steps.outputs import add_outputs
from api.verbs.dedup_steps.working import work_on

if TYPE_CHECKING:
    from biometrics.protocols import Progress
    from enrollment.deduplication.state import RunState
    from enrollment.engine.service import EnrollmentService

NAME, SUMMARY = "resume", "go on with a run that was interrupted: its result is as if it had not been"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(step, "the last unfinished one")
    add_outputs(step)
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Go on with a run."""
    from api.installation import open_installation

    run_id = last_unfinished(run_store(open_installation(arguments.home, create=False)), arguments.run)

    def work(service: EnrollmentService, progress: Progress) -> RunState:
        return service.resume_deduplication(progress, run_id=run_id)

    return work_on(arguments, work, run_id)
