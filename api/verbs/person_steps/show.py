"""`kura person show`: everything that is recorded about a person but pictures and templates."""

from __future__ import annotations

import argparse
import os

from api.verbs import arguments as shared
from api.verbs.person_steps import asking

NAME, SUMMARY = "show", "show what is recorded about a person; the audit trail says who asked"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    asking.add_person(step)
    step.add_argument("--history", action="store_true", help="also earlier versions, and what has ended")
    french = (os.environ.get("KURA_LANGUAGE") or "en") == "fr"
    step.add_argument(
        "--language",
        choices=("en", "fr"),
        default="fr" if french else "en",
        help="language of the words (default: KURA_LANGUAGE where it is fr, else en)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the person."""
    from api.command_line import DONE
    from api.person_lines import PersonLines
    from api.person_views import person_document
    from enrollment.operations.people import SHOW_PERSON, ShowPerson

    shown = asking.ask(arguments, SHOW_PERSON, ShowPerson(person=arguments.person))
    document = person_document(shown, history=arguments.history)
    if arguments.json:
        shared.print_json(document)
        return DONE
    print(shared.printable(shared.named(shown.subject.label, shown.subject.simulated)))
    for line in PersonLines(document, arguments.language).all():
        print(shared.printable(line))
    return DONE
