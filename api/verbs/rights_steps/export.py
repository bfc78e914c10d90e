"""`kura rights export`: everything that is recorded about a person, for that person."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.rights_steps import inputs

NAME, SUMMARY = "export", "put together everything about a person for that person: JSON, and PDF in French; signed"
ROLE = "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    inputs.add_request(step)
    step.add_argument("--pdf", type=Path, metavar="FILE", help="write it in French for reading")
    step.add_argument("--data", type=Path, metavar="FILE", help="write it as JSON, signed")


def run(arguments: argparse.Namespace) -> int:
    """Write what is asked for; without --pdf and --data print the sections."""
    import json

    from api.installation import open_installation
    from api.rights.access_export import access_document, printed
    from api.rights.certificate import signed_content
    from api.rights.pdf import pdf_bytes
    from api.rights.rights_settings import read_rights_settings
    from api.rights.sections import markdown
    from biometrics.files import write_whole
    from biometrics.samples import now_utc
    from enrollment.operations.disclosing import DISCLOSE, SIGN_DOCUMENT, Disclose, SignDocument

    for path in filter(None, (arguments.pdf, arguments.data)):
        shared.require_writable(path)
    settings, made_at = read_rights_settings(open_installation(arguments.home, create=False).home), now_utc()
    with asking.service(arguments) as service:
        disclosed = service.call(DISCLOSE, Disclose(person=arguments.person, request_id=arguments.request))
        document = access_document(disclosed, settings, made_at)
        document["signature"] = service.call(SIGN_DOCUMENT, SignDocument(content=signed_content(document)))
    written = []
    if arguments.data is not None:
        write_whole(arguments.data, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
        written.append(str(arguments.data))
    if arguments.pdf is not None:
        write_whole(arguments.pdf, pdf_bytes(printed(disclosed, settings, made_at)))
        written.append(str(arguments.pdf))
    if written:
        return asking.report(arguments, {"written": written}, [f"written: {path}" for path in written])
    return asking.report(arguments, document, markdown(printed(disclosed, settings, made_at)).splitlines())
