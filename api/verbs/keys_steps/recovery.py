"""`kura keys recovery`: a second key for a safe, for the day the first is lost."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "recovery", "make a key that goes into a safe and opens the registry when its own key is lost"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--out", type=Path, required=True, metavar="FILE", help="new file, best on a medium of its own")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Make the key here; whoever owns the registry is told its public half only."""
    from biometrics.errors import RecordError
    from enrollment.operations.keys import SET_RECOVERY, NewRecovery
    from registry.keys.recovery import make_recovery_key

    made = make_recovery_key(arguments.out.absolute())
    try:
        key_id = asking.ask(arguments, SET_RECOVERY, NewRecovery(public_half=made.public_half))
    except RecordError:
        arguments.out.unlink()  # refused: it opens nothing. After any other failure it may, so it stays.
        raise
    lines = [
        f"{key_id} written to {arguments.out}",
        "put it into a safe; with it, name protection.key = recovery:FILE in the settings and run kura keys change",
    ]
    return asking.report(arguments, {"recovery_key": key_id, "file": str(arguments.out)}, lines)
