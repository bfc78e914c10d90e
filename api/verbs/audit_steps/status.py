"""`kura audit status`: how the log stands, and whether it is anchored in time."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from registry.audit_log.state import AuditState

NAME, SUMMARY = "status", "say how many events there are, which of them wait for an anchor, and what keeps it"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Tell; 1 when somebody should look."""
    from enrollment.operations.auditing import AUDIT_STATE

    return tell(arguments, asking.ask(arguments, AUDIT_STATE, None))


def tell(arguments: argparse.Namespace, state: AuditState) -> int:
    """Print a state, and return 1 when somebody should look."""
    from api.command_line import NEGATIVE

    code = asking.report(arguments, document_of(state), list(_lines(state)))
    return NEGATIVE if state.alarming or state.failing else code


def document_of(state: AuditState) -> dict[str, Any]:
    """Return a state as JSON."""
    said = dataclasses.asdict(state)
    for name in ("anchored_at", "clock_set_back_at"):
        said[name] = None if said[name] is None else said[name].isoformat()
    return said | {"sinks": list(state.sinks)}


def _lines(state: AuditState) -> Iterator[str]:
    yield f"log {state.log_id} has {shared.counted(state.events, 'event')}, root {state.root}"
    if state.anchors:
        at = "" if state.anchored_at is None else state.anchored_at.isoformat()
        yield f"anchor {state.anchors} of {at} covers {shared.counted(state.anchored_events, 'event')}"
    if not state.sinks:
        yield "no second sink is set: whoever has the keys, or an old copy, can cut or rewrite the log unnoticed"
    else:
        waited = f" for {state.waited_s:.0f} s" if state.waiting else ""
        yield f"{shared.counted(state.waiting, 'event')} wait{waited} for an anchor in {', '.join(state.sinks)}"
    if state.failing:
        yield f"FAILING: {state.failing}"
    if state.stopped:
        yield "STOPPED: nothing is recorded or read until the log is anchored"
    elif state.alarming:
        yield "ALARM: the log waits too long for its anchor"
    if state.clock_set_back_at is not None:
        times = shared.counted(state.clock_set_back, "time")
        yield f"the clock was set back {times}, last found at {state.clock_set_back_at.isoformat()}"
