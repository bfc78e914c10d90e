"""`kura registry check`: whether what is recorded is whole."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "check", "verify the database, every sample file, every template and the audit trail"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """Verify; 3 when something is wrong."""
    from api.command_line import BAD_INPUT
    from api.progress import progress_display

    with showing.opened(arguments) as registry, progress_display() as progress:
        findings = registry.check(progress)
    documents = [
        {"severe": one.severe, "kind": one.kind.value, "source": one.source, "message": one.message} for one in findings
    ]
    lines = [f"{'FAULT' if one['severe'] else 'note'}  {one['source']}: {one['message']}" for one in documents]
    code = asking.report(arguments, documents, lines or ["the registry is whole"])
    return BAD_INPUT if any(one["severe"] for one in documents) else code
