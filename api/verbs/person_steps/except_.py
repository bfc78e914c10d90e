"""`kura person except`: fingers or a face that could not be captured, why, and who allowed it."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking
from api.verbs.person_steps import inputs
from biometrics.positions import FINGERS, Position

NAME, SUMMARY = "except", "record which fingers or face could not be captured, why, and who allowed it"

_REASONS = ("missing", "amputated", "bandaged", "worn", "henna", "child", "unable", "other")


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    names = ", ".join(position.value for position in (*FINGERS, Position.FACE))
    step.add_argument("positions", nargs="+", metavar="POSITION", help=f"one or more of {names}, or all")
    step.add_argument("--because", required=True, choices=_REASONS, help="why")
    step.add_argument("--permanent", action="store_true", help="it can never be captured (default: not now)")
    step.add_argument("--approver", required=True, metavar="NAME", help="who allowed it; not the operator")
    proof = step.add_mutually_exclusive_group(required=True)
    proof.add_argument("--photo", type=Path, metavar="FILE", help="photo that shows it, kept as it is")
    proof.add_argument("--without-photo", metavar="TEXT", help="why there is no photo")
    step.add_argument("--encounter", metavar="ID", help="the encounter (default: the person's newest)")


def run(arguments: argparse.Namespace) -> int:
    """Record the exception."""
    import hashlib

    from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
    from enrollment.operations.people import GRANT_EXCEPTIONS, GrantExceptions

    photo = inputs.read_scan(arguments.photo)
    everything = arguments.positions == ["all"]
    exception = CaptureException(
        positions=(*FINGERS, Position.FACE) if everything else tuple(map(Position.parse, arguments.positions)),
        reason=ExceptionReason(arguments.because),
        presence=Presence.PERMANENT if arguments.permanent else Presence.TEMPORARY,
        approver=arguments.approver,
        photo_sha256=None if photo is None else hashlib.sha256(photo).hexdigest(),
        without_photo=arguments.without_photo,
    )
    asked = GrantExceptions(
        person=arguments.person, exceptions=(exception,), encounter_id=arguments.encounter, photo=photo
    )
    encounter_id = asking.ask(arguments, GRANT_EXCEPTIONS, asked)
    document = {"encounter": encounter_id, "positions": [position.value for position in exception.positions]}
    return asking.report(arguments, document, [f"exceptions recorded in encounter {encounter_id}"])
