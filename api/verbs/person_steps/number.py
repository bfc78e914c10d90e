"""`kura person number`: numbers that name a person elsewhere, with their history."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "number", "record a number of a person, for example a NINA, or end one"

_SCHEMES = ("nina", "passport", "id_card", "consular_card", "birth_act", "foreign", "other", "simulated")


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    wanted = step.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--value", metavar="NUMBER", help="the number; a NINA takes the place of the one that is held")
    wanted.add_argument("--end", metavar="ID", help="identifier of the number that names the person no longer")
    step.add_argument("--scheme", choices=_SCHEMES, default="nina", help="who gave it (default: nina)")
    step.add_argument("--temporary", action="store_true", help="the NINA is one for a time")
    step.add_argument("--replaces", metavar="ID", help="identifier of the number that ends")
    inputs.add_reason(step)


def run(arguments: argparse.Namespace) -> int:
    """Record or end the number."""
    from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
    from enrollment.operations.people import END_NUMBER, GIVE_NUMBER, EndEntry, GiveNumber

    if arguments.end is not None:
        ended = EndEntry(person=arguments.person, entry_id=arguments.end, reason=arguments.reason)
        entry_id = asking.ask(arguments, END_NUMBER, ended)
        return asking.report(arguments, {"ended": entry_id}, [f"number {entry_id} ended"])
    scheme = IdentifierScheme(arguments.scheme)
    if scheme is not IdentifierScheme.NINA and arguments.temporary:
        shared.complain("only a NINA is temporary")
        from api.command_line import MISUSE

        return MISUSE
    kind = IdentifierKind.TEMPORARY if arguments.temporary else IdentifierKind.PERMANENT
    number = PersonNumber(
        scheme=scheme, value=arguments.value, kind=kind if scheme is IdentifierScheme.NINA else IdentifierKind.NONE
    )
    given = GiveNumber(person=arguments.person, number=number, reason=arguments.reason, replaces=arguments.replaces)
    entry_id = asking.ask(arguments, GIVE_NUMBER, given)
    return asking.report(arguments, {"number": entry_id}, [f"number recorded as {entry_id}"])
