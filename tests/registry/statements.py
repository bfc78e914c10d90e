"""What made-up people state: names of a tongue that nobody speaks, numbers that say they are simulated."""

from __future__ import annotations

from typing import Any

from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord
from biometrics.positions import FINGERS, Position
from biometrics.records import Actor, ActorRole
from registry.store import Registry
from registry.tables.base import metadata

OPERATOR = Actor(name="operator-1", post="post-1", station="station-1")
SUPERVISOR = Actor(name="supervisor-1", role=ActorRole.SUPERVISOR)

ADULT = PartialDate(value="1974-03-05", precision=DatePrecision.DAY)
EVERYTHING = (*FINGERS, Position.FACE)


def stated(family: str = "Xhɛqŋ", given: str = "Vljɔ", **others: Any) -> PersonRecord:
    """Return a record with a name and whatever else is given."""
    return PersonRecord(names=(PersonName(family=family, given=given),), **{"birth_date": ADULT, **others})


def simulated_number(suffix: str = "1") -> PersonNumber:
    return PersonNumber(scheme=IdentifierScheme.SIMULATED, value=f"SIMULATED-{suffix}")


def fake_nina(letter: str = "A", *, temporary: bool = False) -> PersonNumber:
    """Return what has the form of a NINA and so plainly is none: all zeros."""
    kind = IdentifierKind.TEMPORARY if temporary else IdentifierKind.PERMANENT
    return PersonNumber(scheme=IdentifierScheme.NINA, value="0" * 14 + letter, kind=kind)


def excepted(*positions: Position, approver: str = SUPERVISOR.name, **others: Any) -> CaptureException:
    """Return an exception for positions, by default all of them, with a reason for the missing photo."""
    said: dict[str, Any] = {"without_photo": "the camera is broken"} if "photo_sha256" not in others else {}
    return CaptureException(
        positions=positions or EVERYTHING,
        reason=ExceptionReason.UNABLE,
        presence=Presence.TEMPORARY,
        approver=approver,
        **{**said, **others},
    )


_LEFT_BY_READING = {"audit_events", "audit_subtrees", "heads", "counters", "totals"}


def dump(registry: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, as text, in order: what is the same before and after has not changed."""
    with registry.reading() as record:
        connection = record._connection
        return {
            table.name: sorted(
                (tuple(map(str, row)) for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}")),
            )
            for table in metadata.sorted_tables
        }


def records(registry: Registry) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows but those that reading leaves: the trail, its head, the counters of both, keys of snapshots."""
    rows = dump(registry)
    rows["installation_keys"] = [row for row in rows["installation_keys"] if not str(row[0]).startswith("gallery/")]
    return {name: rows[name] for name in rows.keys() - _LEFT_BY_READING}
