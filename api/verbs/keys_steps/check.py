"""`kura keys check`: whether everything opens."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.registry_steps import showing

NAME, SUMMARY = "check", "open every key, every sealed value and every file, and say what does not open"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """Open all; 3 when something does not open."""
    from api.command_line import BAD_INPUT
    from api.progress import progress_display

    with showing.opened(arguments) as registry, progress_display() as progress:
        findings = registry.protection.check(progress)
    documents = [{"kind": one.kind.value, "source": one.source, "message": one.message} for one in findings]
    lines = [f"FAULT  {one['source']}: {one['message']}" for one in documents]
    code = asking.report(arguments, documents, lines or ["everything opens"])
    return BAD_INPUT if documents else code
