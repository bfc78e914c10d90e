"""`kura audit anchor`: an anchor now, for a timer or after mending what kept it."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.audit_steps import status

NAME, SUMMARY = "anchor", "sign the state of the log and deliver it to the second sink now"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Anchor what waits, and tell how the log stands."""
    from enrollment.operations.auditing import ANCHOR

    return status.tell(arguments, asking.ask(arguments, ANCHOR, None))
