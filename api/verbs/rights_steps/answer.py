"""`kura rights answer`: what somebody asked is granted, refused or withdrawn."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.rights_steps import inputs
from biometrics.rights.words import RequestDecision

NAME, SUMMARY, ROLE = "answer", "answer a request; to refuse it, even in part, takes a second person", "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("request", metavar="REQUEST", help="identifier of the request")
    step.add_argument("decision", choices=[one.value for one in RequestDecision], help="what is answered")
    step.add_argument("--answer", required=True, metavar="TEXT", help="the answer, for the person")
    inputs.add_second(step, required=False)


def run(arguments: argparse.Namespace) -> int:
    """Answer."""
    from api.rights.views import record_document, request_line
    from biometrics.samples import now_utc
    from enrollment.operations.rights import ANSWER_REQUEST, AnswerRequest

    asked = AnswerRequest(
        request_id=arguments.request,
        decision=RequestDecision(arguments.decision),
        answer=arguments.answer,
        approver=arguments.approver,
    )
    answered = asking.ask(arguments, ANSWER_REQUEST, asked)
    return asking.report(arguments, record_document(answered), [request_line(answered, now_utc())])
