"""`kura rights register`: the register of processing, generated from what the installation does."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking

NAME, SUMMARY = "register", "print the register of processing: purposes, recipients, transfers, periods, measures"
ROLE = "supervisor"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--pdf", type=Path, metavar="FILE", help="write it as PDF too")


def run(arguments: argparse.Namespace) -> int:
    """Print it, as Markdown or JSON."""
    from api.http.clients import read_clients
    from api.installation import open_installation
    from api.rights.pdf import pdf_bytes
    from api.rights.register import printed, register_document
    from api.rights.rights_settings import read_rights_settings
    from api.rights.sections import markdown
    from biometrics.files import write_whole
    from biometrics.samples import now_utc
    from enrollment.operations.galleries import KNOWN_GALLERIES
    from enrollment.operations.rights_upkeep import TRANSFERS

    if arguments.pdf is not None:
        shared.require_writable(arguments.pdf)
    installation = open_installation(arguments.home, create=False)
    settings, made_at = read_rights_settings(installation.home), now_utc()
    listed = installation.home / installation.settings.server.clients_file
    clients = read_clients(listed) if listed.is_file() else {}
    with asking.service(arguments) as service:
        galleries = [one.gallery_id for one in service.call(KNOWN_GALLERIES, None)]
        transfers = service.call(TRANSFERS, None)
    document = printed(settings, clients, galleries, transfers, made_at)
    if arguments.pdf is not None:
        write_whole(arguments.pdf, pdf_bytes(document))
    told = register_document(settings, clients, galleries, transfers, made_at)
    return asking.report(arguments, told, markdown(document).splitlines())
