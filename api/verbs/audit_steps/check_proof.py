"""`kura audit check-proof`: whether a proof holds; needs no registry and no network."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking
from api.verbs.audit_steps import trusted

NAME, SUMMARY = "check-proof", "verify a proof that kura audit prove wrote, and show the event"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("file", type=Path, metavar="FILE", help="the proof")
    trusted.add_key(step)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 3 when it does not hold."""
    import json

    from api.command_line import BAD_INPUT, MISUSE
    from api.verbs import arguments as shared
    from biometrics.errors import RecordError, SignatureInvalidError, StorageError
    from biometrics.samples import now_utc
    from registry.audit_log.proving import InclusionProof

    if arguments.key is None:
        shared.complain("a proof is verified with keys that you trust: give --key")
        return MISUSE
    keys = trusted.read_keys(arguments.key)
    try:
        proof = InclusionProof.read(arguments.file.read_bytes())
    except OSError as error:
        raise StorageError(f"the proof cannot be read: {error.strerror}", source=str(arguments.file)) from error
    except RecordError as error:
        raise error.at(str(arguments.file)) from None
    fault = None if proof.holds else "the event is not in the log of this head"
    try:
        proof.head.verify(keys, now_utc())
    except SignatureInvalidError as error:
        fault = f"the signature of the head does not hold: {error.message}"
    head = proof.head.anchor.head
    document = {"holds": fault is None, "fault": fault, "log": head.log_id, "event": proof.sequence}
    if fault is not None:
        asking.report(arguments, document, [f"FAULT  {fault}"])
        return BAD_INPUT
    document["entry"] = json.loads(proof.entry)
    lines = [proof.entry.decode(), f"event {proof.sequence} is in log {head.log_id} of {head.size} events"]
    return asking.report(arguments, document, lines)
