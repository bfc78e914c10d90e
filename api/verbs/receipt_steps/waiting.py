"""`kura receipt waiting`: receipts that were asked for while the key was away, signed now that it is back."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME = "waiting"
SUMMARY = "sign the receipts that wait for a key, into a folder; interrupted, it is gone on with"

_AT_ONCE = 100


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("folder", type=Path, metavar="FOLDER", help="where receipts are written, by encounter")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Sign what waits; 1 when the key is still away."""
    from api.command_line import NEGATIVE
    from api.verbs.receipt_steps.writing import write_receipt
    from biometrics.errors import RestrictedError
    from enrollment.operations.receipts import MAKE_RECEIPT, WAITING_RECEIPTS, MakeReceipt

    done, left = 0, set[str]()
    with asking.service(arguments) as service:
        while waiting := [one for one in service.call(WAITING_RECEIPTS, _AT_ONCE + len(left)) if one not in left]:
            for encounter_id in waiting:
                try:
                    made = service.call(MAKE_RECEIPT, MakeReceipt(named=encounter_id))
                except RestrictedError:  # locked since; the others do not wait for it
                    left.add(encounter_id)
                    continue
                if made.signature is None:
                    asking.report(arguments, {"signed": done, "waiting": True}, [f"{done} signed; the key is away"])
                    return NEGATIVE
                write_receipt(arguments.folder / f"{encounter_id}.json", made)
                done += 1
    lines = [f"{shared.counted(done, 'receipt')} signed"]
    if left:
        lines.append(f"{shared.counted(len(left), 'receipt')} of persons whose data are locked: left")
    return asking.report(arguments, {"signed": done, "waiting": bool(left)}, lines)
