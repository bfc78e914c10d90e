"""`kura rights request`: somebody asks something about their data."""

from __future__ import annotations

import argparse

from api.verbs import asking
from biometrics.rights.words import IdentityCheck, RequestKind

NAME, SUMMARY, ROLE = (
    "request",
    "record what somebody asks about their data, and until when an answer is due",
    "operator",
)


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("kind", choices=[one.value for one in RequestKind], help="what is asked for")
    step.add_argument("person", nargs="?", metavar="PERSON", help="who asks; leave out whoever is not recorded")
    checks = [one.value for one in IdentityCheck]
    step.add_argument("--identity", required=True, choices=checks, help="how it was made sure who asks")
    step.add_argument("--asked", required=True, metavar="TEXT", help="what they ask, in their words")
    step.add_argument("--case", metavar="CASE", help="the case that is to be explained or is contested")


def run(arguments: argparse.Namespace) -> int:
    """Record, and name the request."""
    from api.installation import open_installation
    from api.rights.rights_settings import read_rights_settings
    from api.rights.views import record_document
    from enrollment.operations.rights import RECEIVE_REQUEST, ReceiveRequest

    kind = RequestKind(arguments.kind)
    settings = read_rights_settings(open_installation(arguments.home, create=False).home)
    asked = ReceiveRequest(
        person=arguments.person,
        kind=kind,
        identity_check=IdentityCheck(arguments.identity),
        asked=arguments.asked,
        due_days=settings.due_days(kind),
        case_id=arguments.case,
    )
    received = asking.ask(arguments, RECEIVE_REQUEST, asked)
    line = f"{received.request_id}  {kind.value}, an answer is due {received.due_at:%Y-%m-%d}"
    return asking.report(arguments, record_document(received), [line])
