"""`kura rights notices`: what people are told before their data are taken, and that they were told."""

from __future__ import annotations

import argparse

from api.verbs import asking

NAME, SUMMARY = "notices", "show the notices, or record which one was given at an encounter, in which language"
ROLE = "operator"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--language", choices=("fr", "en", "bm"), help="show only this language, or record it as given")
    step.add_argument("--encounter", metavar="ENCOUNTER", help="record that the newest text was given there")
    step.add_argument("--notice", default="enrollment", metavar="NAME", help="which notice (default: enrollment)")


def run(arguments: argparse.Namespace) -> int:
    """Show, or record."""
    from api.command_line import MISUSE
    from api.installation import open_installation
    from api.rights.notices import find_notice, read_notices
    from api.rights.views import record_document
    from api.verbs import arguments as shared
    from enrollment.operations.rights_upkeep import GIVE_NOTICE, GiveNotice

    home = open_installation(arguments.home, create=False).home
    if arguments.encounter is None:
        found = [one for one in read_notices(home) if arguments.language in (None, one.language)]
        lines = [
            f"{one.notice} {one.version} {one.language}{' (draft)' if one.draft else ''}: {one.text}" for one in found
        ]
        return asking.report(arguments, [one.document() for one in found], lines)
    if arguments.language is None:
        shared.complain("say in which --language the notice was given")
        return MISUSE
    notice = find_notice(home, arguments.notice, arguments.language)
    given = asking.ask(arguments, GIVE_NOTICE, GiveNotice(encounter_id=arguments.encounter, text=notice.given))
    return asking.report(
        arguments, record_document(given), [f"{given.notice} {given.version} ({given.language}) given"]
    )
