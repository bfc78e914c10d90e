"""`kura person correct`: a new version of what a person states; the versions before it stay."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.person_steps import inputs

if TYPE_CHECKING:
    from biometrics.people.record import PersonRecord
    from enrollment.operations.people import ShownPerson

NAME, SUMMARY = "correct", "record what a person states, or a correction of it; earlier versions stay readable"

FIELDS = ("family", "given", "sex", "birth_date", "birth_place", "nationality", "father", "mother")


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("file", nargs="?", type=Path, metavar="FILE.json", help="the whole record as it is right")
    step.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=f"change one field of the current version ({', '.join(FIELDS)}); an empty value removes it",
    )
    inputs.add_reason(step)
    step.add_argument(
        "--version",
        type=shared.whole_number,
        metavar="N",
        help="the version that is corrected, 0 where there is none yet (default: the current one)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Record the version."""
    from api.command_line import MISUSE
    from biometrics.people.record import PersonRecord
    from enrollment.operations.people import CORRECT_PERSON, SHOW_PERSON, CorrectPerson, ShowPerson

    if bool(arguments.set) == (arguments.file is not None):
        shared.complain("give the whole record in a file, or single fields with --set")
        return MISUSE
    shown = asking.ask(arguments, SHOW_PERSON, ShowPerson(person=arguments.person))
    known = shown.file.current
    if arguments.file is not None:
        record = PersonRecord.parse(inputs.read_document(arguments.file))
    else:
        record = changed(None if known is None else known.record, arguments.set)
    expected = arguments.version
    if expected is None:
        expected = 0 if known is None else known.version
    asked = CorrectPerson(
        person=shown.subject.subject_id, record=record, expected_version=expected, reason=arguments.reason
    )
    version = asking.ask(arguments, CORRECT_PERSON, asked)
    return _report(arguments, shown, version)


def changed(record: PersonRecord | None, settings: list[str]) -> PersonRecord:
    """Return a record with single fields set, `family=...` among them; of nothing where there is none yet.

    Raises
    ------
    PersonDataError
        When a field is unknown or given twice, or a value cannot be one of its field.
    """
    from biometrics.errors import PersonDataError
    from biometrics.people.record import PersonRecord

    document: dict[str, Any] = {"names": [{"kind": "current"}]} if record is None else record.document()
    seen: set[str] = set()
    for setting in settings:
        field, equals, value = setting.partition("=")
        if not equals or field not in FIELDS or field in seen:
            raise PersonDataError(
                "--set names no field, an unknown one, or one twice", remedy=f"use FIELD=VALUE of {', '.join(FIELDS)}"
            )
        seen.add(field)
        _set(document, field, value)
    return PersonRecord.parse(document)


def _set(document: dict[str, Any], field: str, value: str) -> None:
    if field in ("family", "given"):
        current = next(name for name in document["names"] if name["kind"] == "current")
        current[field] = value
    elif field == "birth_date":
        document[field] = stated_date(value)
    elif field == "birth_place":
        document[field] = _whole(value) or {"value": value, "precision": "locality" if value else "unknown"}
    elif field in ("father", "mother"):
        document[field] = _whole(value) or ({"given": value} if value else None)
    elif field == "sex":
        document[field] = value or "unknown"
    else:
        document[field] = value or None


def stated_date(value: str) -> dict[str, Any]:
    """Return the date of `1990-02-03`, `1990-02`, `1990` or `~1990`, by the form its precision."""
    if value.startswith("~"):
        return {"value": value[1:], "precision": "circa"}
    precisions = {0: "unknown", 4: "year", 7: "month", 10: "day"}
    return _whole(value) or {"value": value, "precision": precisions.get(len(value), "day")}


def _whole(value: str) -> dict[str, Any] | None:
    """Return the JSON object that a value is, where it is one."""
    import json

    from biometrics.errors import PersonDataError

    if not value.startswith("{"):
        return None
    try:
        document: dict[str, Any] = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise PersonDataError("a value that begins as a JSON object is none", remedy="correct it") from error
    return document


def _report(arguments: argparse.Namespace, shown: ShownPerson, version: int) -> int:
    subject = shown.subject
    document = {"subject_id": subject.subject_id, "simulated": subject.simulated, "version": version}
    line = f"{shared.named(subject.label, subject.simulated)}: version {version} recorded"
    return asking.report(arguments, document, [line])
