"""`kura person move`: one encounter filed under the right person."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "move", "file one encounter, recorded under the wrong person, under the right one"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument(
        "encounter", metavar="ENCOUNTER", help="identifier of the encounter, as kura person show lists it"
    )
    step.add_argument("into", metavar="PERSON", help="subject identifier, label, number (NINA) or receipt")
    shared.add_actor(step)
    inputs.add_reason(step)
    inputs.add_second(step)


def run(arguments: argparse.Namespace) -> int:
    """Move the encounter."""
    from enrollment.operations.merging import MOVE, MoveEncounter

    asked = MoveEncounter(
        encounter_id=arguments.encounter, into=arguments.into, reason=arguments.reason, approver=arguments.approver
    )
    owner = asking.ask(arguments, MOVE, asked)
    document = {"encounter_id": arguments.encounter, "person": owner.label, "subject_id": owner.subject_id}
    line = f"encounter {arguments.encounter} is filed under {shared.named(owner.label, owner.simulated)} now"
    return asking.report(arguments, document | {"simulated": owner.simulated}, [line])
