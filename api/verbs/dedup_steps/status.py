"""`kura dedup status`: how far runs are."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.dedup_steps.choosing import add_run, run_store
from api.verbs.dedup_steps.documents import state_document
from api.verbs.dedup_steps.lines import figure_lines, short_line

NAME, SUMMARY = "status", "say how far a run is, or list all; disturbs nobody who works on one"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_run(step, "all of them, in a line each")
    shared.add_json(step)


def run(arguments: argparse.Namespace) -> int:
    """Say how far; 3 when one of the listed runs is damaged."""
    from api.command_line import BAD_INPUT, describe
    from api.installation import open_installation
    from biometrics.errors import RecordError
    from enrollment.deduplication.state import read_state

    store = run_store(open_installation(arguments.home, create=False))
    if arguments.run is not None:
        state = read_state(store, arguments.run)
        return asking.report(arguments, state_document(state), figure_lines(state))
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    damaged = False
    for run_id in store.run_ids():
        try:
            state = read_state(store, run_id)
        except RecordError as error:
            damaged = True
            documents.append({"run": run_id, "error": describe(error)})
            lines.append(f"{run_id}  {error}")
        else:
            documents.append(state_document(state))
            lines.append(short_line(state))
    code = asking.report(arguments, documents, lines)
    return BAD_INPUT if damaged else code
