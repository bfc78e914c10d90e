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
    from biometrics.protocols import Progress
    from enrollment.deduplication.state import RunState
    from enrollment.deduplication.store import RunStore
    from enrollment.engine.service import EnrollmentService

Work = Callable[["EnrollmentService", "Progress"], "RunState"]


def work_on(arguments: argparse.Namespace, work: Work, named: str | None = None) -> int:
    """Have a run, a new one or the one that is named, worked on to its end and present it; 0 when it is complete."""
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
            with _saying_how_to_go_on(store, named):
                state = work(service, progress)
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
def _saying_how_to_go_on(store: RunStore, named: str | None) -> Iterator[None]:
    """Let whatever ends the work early say how to go on with the run: the one that is named, or was begun here."""
    from biometrics.errors import BiometricsError

    known = set(store.run_ids())
    try:
        yield
    except (KeyboardInterrupt, BiometricsError) as ended:
        begun = [named] if named else [run_id for run_id in store.run_ids() if run_id not in known]
        if not begun:
            raise
        command = f"kura dedup resume {begun[-1]}"
        if isinstance(ended, KeyboardInterrupt):
            said = BiometricsError("interrupted; the cases that were opened stay", remedy=f"go on with {command}")
            raise KeyboardInterrupt(said) from ended
        if named is None:
            shared.complain(f"the run that was begun is kept: {command} goes on with it")
        raise
