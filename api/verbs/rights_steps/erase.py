"""`kura rights erase`: all that is recorded about a person goes, with the keys it was sealed under."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY = "erase", "erase a person everywhere; interrupted, the same command goes on; this takes two people"
ROLE = "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("--basis", required=True, metavar="TEXT", help="the rule or decision, naming nobody: it stays")
    inputs.add_second(step)
    inputs.add_request(step)
    step.add_argument("--certificate", type=Path, metavar="FILE", help="write the signed certificate of erasure here")


def run(arguments: argparse.Namespace) -> int:
    """Erase, and say what went."""
    from api.rights.certificate import certificate_of, write_certificate
    from api.rights.views import erasure_line
    from enrollment.operations.rights_erasure import ErasePerson
    from enrollment.rights.erasing import erase

    if arguments.certificate is not None:
        shared.require_writable(arguments.certificate)
    asked = ErasePerson(
        person=arguments.person,
        basis=arguments.basis,
        approver=arguments.approver,
        request_id=arguments.request,
    )
    with asking.service(arguments) as service:
        done = erase(service.call, asked)
        certificate = certificate_of(service.call, done)
    if arguments.certificate is not None:
        write_certificate(arguments.certificate, certificate)
    return asking.report(arguments, certificate, [erasure_line(done)])
