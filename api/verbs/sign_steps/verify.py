"""`kura sign verify`: whether somebody trusted signed a file; needs no installation and no network."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking
from api.verbs.sign_steps import verifying

NAME, SUMMARY = "verify", "say whether a trusted key signed a file, with public keys alone"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE", help="what is said to be signed")
    step.add_argument(
        "--as",
        dest="taken_for",
        required=True,
        choices=[one for one in verifying.PURPOSES if one != "callbacks"],
        help="what the file is taken for: a receipt's signature makes no card",
    )
    verifying.add_trust(step)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 3 when the signature is not to be believed."""
    from biometrics.signing.signer import Purpose

    _, found = verifying.verified(arguments, Purpose(arguments.taken_for))
    return asking.report(arguments, verifying.signed_document(found), verifying.signed_lines(found))
