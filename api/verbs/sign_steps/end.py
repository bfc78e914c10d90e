"""`kura sign end`: a key that signs no more."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.sign_steps.verifying import ENDINGS

NAME = "end"
SUMMARY = "let a key sign no more, since another took its place or others may have it"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("key_id", metavar="KEY", help="as kura sign keys lists it")
    step.add_argument(
        "--ending",
        choices=ENDINGS,
        required=True,
        help="compromised: nothing that the key signed is believed without a witness of when it was there",
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """End the key."""
    from biometrics.signing.trust import Ending
    from enrollment.operations.signing import END_KEY, EndKey

    asking.ask(arguments, END_KEY, EndKey(key_id=arguments.key_id, ending=Ending(arguments.ending)))
    lines = [f"{arguments.key_id} signs no more", "tell those who verify: kura sign keys --out FILE"]
    return asking.report(arguments, {"key_id": arguments.key_id, "ending": arguments.ending}, lines)
