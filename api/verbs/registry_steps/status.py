"""`kura registry status`: how much is recorded."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "status", "count persons, samples, references, cases and events"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--models", action="store_true", help="count references per model too, which reads all of them")


def run(arguments: argparse.Namespace) -> int:
    """Count."""
    from dataclasses import asdict

    from registry.tables.core import UNTRIED

    with showing.opened(arguments) as registry:
        counts = asdict(registry.counts())
        with registry.reading() as record:
            standing = record.extraction.tally()
        counts["waiting_pictures"] = standing.pop(UNTRIED, 0)
        counts["unusable_pictures"] = sum(standing.values())
        used = registry.models_in_use() if arguments.models else ()
    models = {use.model_id: use.references for use in used}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in counts.items()]
    lines += [f"references of {model_id} in use: {count}" for model_id, count in models.items()]
    document = {**counts, "models": models} if arguments.models else counts
    return asking.report(arguments, document, lines)
