"""`kura registry persons`: who is enrolled."""

from __future__ import annotations

import argparse
from typing import Any

from api.verbs.registry_steps import showing

NAME, SUMMARY = "persons", "list who is enrolled"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """List."""
    documents: list[dict[str, Any]] = []
    with showing.opened(arguments) as registry:
        for subject in registry.subjects():
            encounters = registry.encounters(subject.subject_id)
            documents.append(
                {
                    "person": subject.label,
                    "subject_id": subject.subject_id,
                    "encounters": [encounter.status.value for encounter in encounters],
                    "simulated": subject.simulated,
                }
            )
    lines = [f"{showing.named(one)}  {', '.join(one['encounters'])}" for one in documents]
    return showing.show(documents, lines, as_json=arguments.json)
