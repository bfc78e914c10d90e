"""`kura receipt issue`: a signed receipt of what was captured."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME = "issue"
SUMMARY = "make and sign a receipt of what was captured, with a text to print in French"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("named", metavar="ENCOUNTER|RECEIPT|PERSON", help="of a person: the newest encounter")
    step.add_argument(
        "--out", type=Path, required=True, metavar="FILE.json", help="receipt to write; text and signature beside it"
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Make the receipt; while the key is away it is unsigned and waits."""
    from api.verbs.receipt_steps.writing import printed, write_receipt
    from enrollment.operations.receipts import MAKE_RECEIPT, MakeReceipt

    shared.require_writable(arguments.out)
    made = asking.ask(arguments, MAKE_RECEIPT, MakeReceipt(named=arguments.named))
    write_receipt(arguments.out, made)
    document = {"receipt": made.number, "encounter_id": made.encounter_id, "signed": made.signature is not None}
    return asking.report(arguments, document | {"key_id": made.key_id, "level": made.level}, printed(made))
