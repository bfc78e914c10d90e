"""`kura rights retention`: what is kept too long, and forgetting it."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY = "retention", "tell what the rules of rights.toml would forget; with --run forget it"
ROLE = "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--run", action="store_true", help="forget it, not only count it")
    step.add_argument(
        "--clock-is-right", action="store_true", help="the clock stands weeks after the last event, and that is right"
    )


def run(arguments: argparse.Namespace) -> int:
    """Count or carry out; interrupted, it goes on when the command is given again."""
    from api.installation import open_installation
    from api.rights.rights_settings import read_rights_settings
    from enrollment.rights.retention import carry_out

    settings = read_rights_settings(open_installation(arguments.home, create=False).home)
    with asking.service(arguments) as service:
        done = carry_out(
            service.call, settings.retention, dry_run=not arguments.run, confirmed=arguments.clock_is_right
        )
    document = [
        {
            "kept": one.rule.kept.value,
            "days": one.rule.days,
            "basis": one.rule.basis,
            "removed": one.removed,
            "due": one.due,
            "refused": list(one.refused),
        }
        for one in done
    ]
    lines = [f"{one.rule.kept.value}, {one.rule.days} days: {one.removed} forgotten, {one.due} due" for one in done]
    return asking.report(arguments, document, lines)
