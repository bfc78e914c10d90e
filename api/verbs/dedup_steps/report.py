"""`kura dedup report`: what a run came to, or has found until now, once more."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs.dedup_steps.choosing import add_run, last_run, run_store
from api.verbs.dedup_steps.lines import figure_lines
from api.verbs.dedup_steps.outputs import Presentation, add_outputs, outputs_agree

NAME, SUMMARY = "report", "write figures, pairs and pages of a run once more, also while it goes on beside an engine"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(step, "the last one")
    add_outputs(step)
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Report."""
    from api import serving
    from api.command_line import DONE, MISUSE
    from api.installation import open_installation
    from api.progress import progress_display
    from enrollment.deduplication.state import read_report

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    if not outputs_agree(arguments):
        return MISUSE
    store = run_store(installation)
    report = read_report(store, last_run(store, arguments.run))
    with progress_display() as progress:
        with serving.open_service(installation, actor, create=False, progress=progress) as service:
            presentation = Presentation.of(report, service)
        lines = presentation.write(arguments, installation, progress)
    for line in [*figure_lines(report.state), *lines] if lines else ():
        print(line)
    return DONE
