"""`kura card verify`: whether a personalisation record is what a trusted key signed, and says one thing throughout."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking
from api.verbs.sign_steps import verifying

NAME, SUMMARY = "verify", "verify a personalisation record with public keys alone, and that its zone can be read"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE.json", help="the record")
    verifying.add_trust(step)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 3 when it is not to be believed."""
    from biometrics.signing.signer import Purpose
    from enrollment.issuing.record_reading import read_record

    content, found = verifying.verified(arguments, Purpose.CARDS)
    record = read_record(content)
    lines = verifying.signed_lines(found)
    lines.append(f"profile {record.profile}, expires on {record.expires_on}{', simulated' if record.simulated else ''}")
    document = verifying.signed_document(found)
    document |= {"profile": record.profile, "expires_on": record.expires_on}
    return asking.report(arguments, document, lines)
