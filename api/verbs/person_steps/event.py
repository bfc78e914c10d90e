"""`kura person event`: a death, a record out of use or in use again, and such an event annulled."""

from __future__ import annotations

import argparse

from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "event", "record a death, or that a record is out of use or in use again; annul what was wrong"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    kinds = step.add_mutually_exclusive_group(required=True)
    for kind, meaning in (
        ("death", "the person died"),
        ("inactive", "the record is out of use"),
        ("active", "the record is in use again"),
    ):
        kinds.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, help=meaning)
    kinds.add_argument("--annul", metavar="ID", help="identifier of an event that was recorded wrongly")
    step.add_argument(
        "--date", default="", metavar="DATE", help="when: 2026-01-02, 2026-01, 2026 or ~2026 (default: unknown)"
    )
    step.add_argument("--evidence", metavar="ID", help="identifier of the person's evidence of it")
    inputs.add_reason(step)


def run(arguments: argparse.Namespace) -> int:
    """Record or annul the event."""
    from api.verbs.person_steps.correct import stated_date
    from biometrics.people.dates import PartialDate
    from biometrics.people.life import LifeEvent, LifeEventKind
    from enrollment.operations.people import ANNUL_LIFE_EVENT, RECORD_LIFE_EVENT, EndEntry, RecordLifeEvent

    if arguments.annul is not None:
        annulled = EndEntry(person=arguments.person, entry_id=arguments.annul, reason=arguments.reason)
        entry_id = asking.ask(arguments, ANNUL_LIFE_EVENT, annulled)
        return asking.report(arguments, {"annulled": entry_id}, [f"life event {entry_id} annulled"])
    happened = LifeEvent(
        kind=LifeEventKind(arguments.kind),
        date=PartialDate.parse(stated_date(arguments.date)),
        evidence_id=arguments.evidence,
    )
    asked = RecordLifeEvent(person=arguments.person, happened=happened, reason=arguments.reason)
    entry_id = asking.ask(arguments, RECORD_LIFE_EVENT, asked)
    return asking.report(arguments, {"life_event": entry_id}, [f"life event recorded as {entry_id}"])
