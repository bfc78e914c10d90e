"""`kura case explain`: why there is a case, in words for the applicant."""

from __future__ import annotations

import argparse
import os

from api.verbs import asking
from api.verbs.case_steps import inputs

NAME, SUMMARY, ROLE = "explain", "explain a case to its applicant, in English or French", "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from enrollment.adjudication.messages import LANGUAGES

    chosen = os.environ.get("KURA_LANGUAGE")
    inputs.add_case(step)
    step.add_argument(
        "--language",
        choices=LANGUAGES,
        default=chosen if chosen in LANGUAGES else "en",
        help="language of the explanation (default: KURA_LANGUAGE where it is one of these, else en)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Explain."""
    from enrollment.operations.adjudication import EXPLAIN_CASE, ExplainCase

    asked = ExplainCase(case_id=arguments.case, language=arguments.language)
    told = asking.ask(arguments, EXPLAIN_CASE, asked)
    document = {"case_id": arguments.case, "simulated": told.simulated, "explanation": list(told.paragraphs)}
    marked = ["(simulated person)"] if told.simulated else []
    return asking.report(arguments, document, [*marked, *told.paragraphs])
