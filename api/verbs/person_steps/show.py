"""`kura person show`: everything that is recorded about a person but pictures and templates."""

from __future__ import annotations

import argparse
import os

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "show", "show what is recorded about a person; the audit trail says who asked"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
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
    from api.person_lines import PersonLines
    from api.person_views import person_document
    from enrollment.operations.people import SHOW_PERSON, ShowPerson

    shown = asking.ask(arguments, SHOW_PERSON, ShowPerson(person=arguments.person))
    document = person_document(shown, history=arguments.history)
    person = shared.named(shown.subject.label, shown.subject.simulated)
    return asking.report(arguments, document, [person, *PersonLines(document, arguments.language).all()])
