"""`kura person guardian`: who speaks for a child."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "guardian", "record who speaks for a person, or that somebody does no longer"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("--by", metavar="PERSON", help="the guardian, where recorded here")
    step.add_argument("--family", default="", metavar="NAME", help="the guardian's family name, where not recorded")
    step.add_argument("--given", default="", metavar="NAME", help="the guardian's given name, where not recorded")
    step.add_argument("--relation", choices=("parent", "tutor", "other"), default="parent", help="default: parent")
    step.add_argument("--document", metavar="NUMBER", help="number of the paper the guardian showed")
    step.add_argument("--end", metavar="ID", help="identifier of the guardian who is one no longer")
    inputs.add_reason(step)


def run(arguments: argparse.Namespace) -> int:
    """Record or end the guardian."""
    from api.command_line import MISUSE
    from biometrics.people.life import Guardian, GuardianRelation
    from biometrics.people.names import PersonName
    from enrollment.operations.people import ADD_GUARDIAN, END_GUARDIAN, AddGuardian, EndEntry

    named = bool(arguments.family or arguments.given)
    if sum((named, arguments.by is not None, arguments.end is not None)) != 1:
        shared.complain("give the guardian with --by or by name, or an earlier one with --end")
        return MISUSE
    if arguments.end is not None:
        ended = EndEntry(person=arguments.person, entry_id=arguments.end, reason=arguments.reason)
        entry_id = asking.ask(arguments, END_GUARDIAN, ended)
        return asking.report(arguments, {"ended": entry_id}, [f"guardian {entry_id} ended"])
    guardian = Guardian(
        relation=GuardianRelation(arguments.relation),
        subject_id=arguments.by,
        name=PersonName(family=arguments.family, given=arguments.given) if named else None,
        document_number=arguments.document,
    )
    asked = AddGuardian(person=arguments.person, guardian=guardian, reason=arguments.reason)
    entry_id = asking.ask(arguments, ADD_GUARDIAN, asked)
    return asking.report(arguments, {"guardian": entry_id}, [f"guardian recorded as {entry_id}"])
