"""`kura sign replace`: a new key in software for a purpose."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.sign_steps.verifying import PURPOSES

NAME = "replace"
SUMMARY = "sign with a new key from now on; what the old one signed stays valid"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("key_purpose", choices=PURPOSES, help="what the key signs")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Replace the key."""
    from biometrics.signing.signer import Purpose
    from enrollment.operations.signing import REPLACE_KEY

    key_id = asking.ask(arguments, REPLACE_KEY, Purpose(arguments.key_purpose))
    lines = [f"{arguments.key_purpose}: {key_id} signs now", "give others the new keys: kura sign keys --out FILE"]
    return asking.report(arguments, {"purpose": arguments.key_purpose, "key_id": key_id}, lines)
