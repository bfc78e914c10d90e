"""Which subject is meant, and whether anything may be recorded about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from biometrics.errors import PersonDataError, RecordConflictError, RecordError, RecordNotFoundError
from biometrics.people.evidence import required_text
from biometrics.people.exceptions import LONGEST_REASON
from biometrics.people.identifiers import normal_nina
from biometrics.records import SubjectStatus
from registry.sealed import Owned
from registry.tables.core import encounters, subjects
from registry.tables.people import identifiers

_CLOSED = {
    SubjectStatus.MERGED: "record it about the subject it was merged into, or undo the merge first",
    SubjectStatus.PURGED: "nothing is kept about it any more",
}


def status_of(connection: Connection, subject_id: str) -> SubjectStatus:
    """Return where a subject stands.

    Raises
    ------
    RecordNotFoundError
        When there is none with this identifier.
    """
    status: SubjectStatus | None = connection.scalar(
        select(subjects.c.status).where(subjects.c.subject_id == subject_id)
    )
    if status is None:
        raise RecordNotFoundError("there is no such subject", source=subject_id)
    return status


def require_open(connection: Connection, subject_id: str) -> SubjectStatus:
    """Return where a subject stands about whom something is to be recorded.

    Raises
    ------
    RecordNotFoundError
        When there is none with this identifier.
    RecordConflictError
        When it was merged into another, or purged.
    """
    status = status_of(connection, subject_id)
    if status in _CLOSED:
        raise RecordConflictError(f"this subject is {status.value}", source=subject_id, remedy=_CLOSED[status])
    return status


def require_own_encounter(connection: Connection, subject_id: str, encounter_id: str | None) -> None:
    """Refuse an encounter of somebody else.

    Raises
    ------
    RecordNotFoundError
        When the subject has no such encounter.
    """
    own = encounters.c.subject_id == subject_id, encounters.c.encounter_id == encounter_id
    if encounter_id is not None and connection.scalar(select(encounters.c.encounter_id).where(*own)) is None:
        raise RecordNotFoundError("the subject has no such encounter", source=encounter_id)


def require_new_receipt(connection: Connection, receipt: str | None) -> None:
    """Refuse a receipt that was handed out for another encounter.

    Raises
    ------
    RecordConflictError
        When there is one.
    """
    if receipt is None:
        return
    other = connection.scalar(select(encounters.c.encounter_id).where(encounters.c.receipt_token == receipt))
    if other is not None:
        raise RecordConflictError(
            "another encounter has this receipt", source=other, remedy="compare the receipt with the person"
        )


def stated_reason(text: str) -> str:
    """Return why something is recorded, in normal form; it may name people, so it stays out of the audit trail.

    Raises
    ------
    PersonDataError
        When it is empty, too long or unreadable.
    """
    return required_text(text, what="the reason", longest=LONGEST_REASON)


def label_values(subject_id: str, label: str) -> dict[str, Any]:
    """Return the columns of a subject's label, sealed under the subject's key.

    Raises
    ------
    RecordError
        When it is empty, or such as a file name that is not Unicode.
    """
    if not label:
        raise RecordError("a label is empty", remedy="give every person an identifier")
    try:
        label.encode()
    except UnicodeEncodeError as error:
        raise RecordError("a label is not Unicode text", remedy="rename the file or folder it comes from") from error
    return {"label": Owned(subject_id, label), "label_token": label}


def find_subject(connection: Connection, asked: str) -> str:
    """Return the subject whom a subject identifier, a label, a number of any scheme or a receipt names.

    Numbers that have ended still find whoever held them; a NINA may be grouped and in any case.

    Raises
    ------
    RecordNotFoundError
        When it names nobody.
    RecordConflictError
        When it names several subjects.
    """
    written = {asked, asked.strip()}
    try:
        numbers = written | {normal_nina(asked.strip())}
    except PersonDataError:
        numbers = written
    for found in (
        connection.scalars(select(subjects.c.subject_id).where(subjects.c.subject_id == asked)),
        connection.scalars(select(subjects.c.subject_id).where(subjects.c.label_token.in_(written))),
        connection.scalars(
            select(identifiers.c.subject_id).where(
                identifiers.c.value_token.in_(numbers), identifiers.c.ended_at.is_(None)
            )
        ),
        connection.scalars(select(identifiers.c.subject_id).where(identifiers.c.value_token.in_(numbers))),
        connection.scalars(select(encounters.c.subject_id).where(encounters.c.receipt_token.in_(written))),
    ):
        named: list[str] = sorted(set(found))
        if len(named) == 1:
            return named[0]
        if named:
            raise RecordConflictError(
                f"this names {len(named)} subjects", source=", ".join(named), remedy="give the subject identifier"
            )
    raise RecordNotFoundError(
        "nobody is recorded under this", remedy="give a subject identifier, a label, a number or a receipt"
    )
