"""Steps that have a run worked on, and what they say when they are interrupted."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs.dedup_steps.choosing import run_store
from api.verbs.dedup_steps.outputs import Presentation, outputs_agree

if TYPE_CHECKING:
    from api.installation import Installation
    from biometrics.protocols import Progress
    from enrollment.deduplication.state import RunState
    from enrollment.deduplication.store import RunStore
    from enrollment.engine.service import EnrollmentService

Work = Callable[["EnrollmentService", "RunStore", "Progress"], "RunState"]


def work_on(arguments: argparse.Namespace, work: Work) -> int:
    """Have a run worked on to its end and present it; 0 when it is complete, whatever it found."""
    from api import serving
    from api.command_line import DONE, MISUSE
    from api.installation import open_installation
    from api.progress import progress_display
    from enrollment.deduplication.state import read_report

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    if not outputs_agree(arguments):
        return MISUSE
    store = run_store(installation)
    _require_idle(store)
    with progress_display() as progress:
        with serving.open_service(installation, actor, create=False, progress=progress) as service:
            with _saying_how_to_go_on(installation):
                state = work(service, store, progress)
            presentation = Presentation.of(read_report(store, state.run_id), service)
        lines = presentation.write(arguments, installation, progress)
    for line in lines:
        print(line)
    return DONE


def _require_idle(store: RunStore) -> None:
    """Name the run that is worked on rather than the process that owns the registry for it."""
    from enrollment.deduplication.turn import busy_error, who_runs

    running = who_runs(store.folder)
    if running is not None:
        raise busy_error(store.folder, running)


@contextmanager
def _saying_how_to_go_on(installation: Installation) -> Iterator[None]:
    from biometrics.errors import BiometricsError

    known = set(run_store(installation).run_ids())
    try:
        yield
    except KeyboardInterrupt as interruption:
        runs = run_store(installation).run_ids()
        begun = [run_id for run_id in runs if run_id not in known]
        command = " ".join(("kura dedup resume", *begun[-1:]))
        said = BiometricsError("interrupted; the cases that were opened stay", remedy=f"go on with {command}")
        raise KeyboardInterrupt(said) from interruption
