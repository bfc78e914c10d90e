"""`kura registry status`: how much is recorded."""

from __future__ import annotations

import argparse

from api.verbs.registry_steps import showing

NAME, SUMMARY = "status", "count persons, samples, references, cases and events"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """Count."""
    from dataclasses import asdict

    with showing.opened(arguments) as registry:
        counts = asdict(registry.counts())
        models = {use.model_id: use.references for use in registry.models_in_use()}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in counts.items()]
    lines += [f"references of {model_id} in use: {count}" for model_id, count in models.items()]
    return showing.show({**counts, "models": models}, lines, as_json=arguments.json)
