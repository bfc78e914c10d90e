"""`kura registry events`: what the audit trail tells."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs import arguments as shared
from api.verbs.registry_steps import showing

NAME, SUMMARY = "events", "list the audit events"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """List."""
    with showing.opened(arguments) as registry:
        simulated = {subject.subject_id for subject in registry.subjects() if subject.simulated}
        events = registry.events()
    documents: list[dict[str, Any]] = [
        {
            "sequence": event.sequence,
            "at": event.at.isoformat(),
            "action": event.action,
            "subject_id": event.subject_id,
            "simulated": event.subject_id in simulated,
            "details": dict(event.details),
        }
        for event in events
    ]
    lines = [
        f"{one['sequence']:6}  {one['at']}  {one['action']}  {shared.named(one['subject_id'] or '', one['simulated'])}"
        for one in documents
    ]
    return showing.show(documents, lines, as_json=arguments.json)
