"""`kura card issue`: the signed record that a document is personalised with."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.sign_steps.verifying import SUFFIX

if TYPE_CHECKING:
    from enrollment.operations.issuing import MadeCard

NAME = "issue"
SUMMARY = "make and sign the record that a document of a person in good standing is personalised with"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("person", metavar="PERSON", help="identifier, label, number or receipt")
    step.add_argument("--profile", required=True, metavar="NAME", help="which document, as kura card profiles lists it")
    step.add_argument("--number", required=True, metavar="NUMBER", help="the document's number")
    step.add_argument("--issued-on", type=day, metavar="DAY", help="first day of its validity (default: today, UTC)")
    step.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="record to write, with images")
    shared.add_actor(step)


def day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2026-01-31") from None


def run(arguments: argparse.Namespace) -> int:
    """Make the record; the portrait is cut here, everything else where the registry is."""
    import hashlib

    from biometrics.files import write_whole

    shared.require_writable(arguments.out)
    made = _made(arguments)
    signature = arguments.out.with_name(arguments.out.name + SUFFIX)
    write_whole(signature, f"{made.signature}\n".encode())
    write_whole(arguments.out, made.content)
    sha256 = hashlib.sha256(made.content).hexdigest()
    simulated = "simulated; " if made.simulated else ""
    lines = [
        f"{arguments.out}: {simulated}SHA-256 {sha256}, signature in {signature.name}",
        "what it holds lies open, the portrait and any fingers too: hand it to the maker of documents, then destroy it",
    ]
    document = {"record": str(arguments.out), "sha256": sha256, "simulated": made.simulated}
    return asking.report(arguments, document, lines)


def _made(arguments: argparse.Namespace) -> MadeCard:
    from api import wiring
    from api.installation import look_at_installation
    from biometrics.samples import now_utc
    from enrollment.issuing.portraits import document_portrait
    from enrollment.issuing.profile import read_profile
    from enrollment.operations.issuing import CARD_PORTRAIT, MAKE_CARD, CardPortrait, MakeCard

    installation = look_at_installation(arguments.home)
    profile = read_profile(installation.home, arguments.profile)
    with asking.service(arguments) as service:
        found = service.call(CARD_PORTRAIT, CardPortrait(person=arguments.person, profile=profile.name))
        portrait = document_portrait(found.data, profile.portrait, wiring.load_face_extractor(installation))
        asked = MakeCard(
            subject_id=found.subject_id,
            profile=profile.name,
            number=arguments.number,
            issued_on=arguments.issued_on or now_utc().date(),
            portrait=portrait,
        )
        return service.call(MAKE_CARD, asked)
