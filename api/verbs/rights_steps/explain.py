"""`kura rights explain`: why a computer answered yes, no or nobody, in words for the person."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY, ROLE = (
    "explain",
    "give the reasoning of automated answers about a person: 1:1 comparisons and searches",
    "operator",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from enrollment.adjudication.messages import LANGUAGES

    step.add_argument("person", nargs="?", metavar="PERSON", help="whom the answers are about; left out, nobody")
    step.add_argument("--event", type=int, metavar="NUMBER", help="the number of one answer")
    step.add_argument("--language", choices=LANGUAGES, default="fr", help="language of the reasoning (default: fr)")


def run(arguments: argparse.Namespace) -> int:
    """Print the answers, each in some lines."""
    from api.command_line import MISUSE
    from api.rights.views import record_document
    from api.verbs import arguments as shared
    from enrollment.operations.explaining import EXPLAIN_RESULTS, ExplainResults

    if arguments.person is None and arguments.event is None:
        shared.complain("name the person, or with --event the number of an answer about nobody")
        return MISUSE
    asked = ExplainResults(person=arguments.person, event=arguments.event, language=arguments.language)
    found = asking.ask(arguments, EXPLAIN_RESULTS, asked)
    lines = [line for one in found for line in (*one.paragraphs, "")]
    return asking.report(arguments, [record_document(one) for one in found], lines[:-1])
