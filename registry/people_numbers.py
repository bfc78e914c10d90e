"""Numbers that name a subject elsewhere, with their history: what was replaced or ended stays readable."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Text, select, tuple_, type_coerce, update

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.people.history import HeldNumber
from biometrics.people.identifiers import CheckLetter, IdentifierScheme, PersonNumber, check_nina
from biometrics.samples import now_utc
from registry.audit import acting, append_event
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.people_actions import NUMBER_ENDED, NUMBER_GIVEN, NUMBER_REPLACED
from registry.people_rows import number_of, number_values
from registry.people_seals import DIGESTS, ENDED, ended_seals, insert_sealed
from registry.people_subjects import require_open, stated_reason
from registry.sealed import Owned
from registry.tables.core import subjects
from registry.tables.people import identifiers

_AT_ONCE = 400


def give_number(  # noqa: PLR0913 - whose, which, why, checked by whom, and in whose place
    connection: Connection,
    subject_id: str,
    number: PersonNumber,
    *,
    reason: str,
    verifier: CheckLetter | None = None,
    replaces: str | None = None,
) -> str:
    """Record a number of a subject and return the identifier under which it is kept.

    A NINA takes the place of the one that is held, which ends with the same reason; of other schemes, somebody may
    hold several numbers, and `replaces` names the one that ends.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject, or it does not hold the number to be replaced.
    RecordConflictError
        When this or another subject holds the number, the subject is merged or purged, or the number is simulated
        and the subject is not.
    PersonDataError
        When the NINA's last letter does not fit, or the reason is empty.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    if number.scheme is IdentifierScheme.SIMULATED:
        _require_simulated(connection, subject_id)
    if number.scheme is IdentifierScheme.NINA:
        check_nina(number.value, verifier)
    for holder in holders(connection, [number]).values():
        raise RecordConflictError(
            "this number is held already" if holder == subject_id else "another subject holds this number",
            source=holder,
            remedy="compare both persons; end the number where it is wrong",
        )
    ended = [replaces] if replaces is not None else _held_nina(connection, subject_id, number.scheme)
    for identifier_id in ended:
        _end(connection, subject_id, identifier_id, reason)
    held = HeldNumber(
        identifier_id=new_identifier(),
        subject_id=subject_id,
        number=number,
        valid_from=now_utc(),
        actor=acting(connection).name,
        reason=reason,
    )
    digests = insert_sealed(connection, identifiers, [number_values(held)])
    details = {
        "scheme": number.scheme.value,
        "kind": number.kind.value,
        DIGESTS: digests,
        ENDED: {identifiers.name: ended_seals(connection, identifiers, ended)},
    }
    action = NUMBER_REPLACED if ended else NUMBER_GIVEN
    append_event(connection, action=action, subject_id=subject_id, details=details)
    return held.identifier_id


def end_number(connection: Connection, subject_id: str, identifier_id: str, *, reason: str) -> None:
    """Let a number name its subject no longer; it stays in the history.

    Raises
    ------
    RecordNotFoundError
        When the subject does not hold it.
    PersonDataError
        When the reason is empty.
    """
    reason = stated_reason(reason)
    require_open(connection, subject_id)
    _end(connection, subject_id, identifier_id, reason)
    details = {ENDED: {identifiers.name: ended_seals(connection, identifiers, [identifier_id])}}
    append_event(connection, action=NUMBER_ENDED, subject_id=subject_id, details=details)


def holders(connection: Connection, numbers: Iterable[PersonNumber]) -> dict[tuple[IdentifierScheme, str], str]:
    """Return the subjects who hold any of these numbers now, by scheme and value."""
    asked = {(number.scheme, number_token(connection, number.value)): number.value for number in numbers}
    places, found = list(asked), dict[tuple[IdentifierScheme, str], str]()
    columns = identifiers.c.scheme, type_coerce(identifiers.c.value_token, Text).label("token")
    query = select(*columns, identifiers.c.subject_id).where(identifiers.c.ended_at.is_(None))
    for start in range(0, len(places), _AT_ONCE):
        among = tuple_(*columns).in_(places[start : start + _AT_ONCE])
        for row in connection.execute(query.where(among)).all():
            found[row.scheme, asked[row.scheme, row.token]] = row.subject_id
    return found


def number_token(connection: Connection, value: str) -> str:
    """Return what a number is looked up by."""
    return keyring_of(connection).token("identifiers.value", value)


def numbers_of(connection: Connection, subject_id: str) -> tuple[HeldNumber, ...]:
    """Return all numbers a subject holds or held, oldest first."""
    rows = connection.execute(
        select(identifiers)
        .where(identifiers.c.subject_id == subject_id)
        .order_by(identifiers.c.valid_from, identifiers.c.identifier_id)
    ).all()
    return tuple(number_of(row) for row in rows)


def _require_simulated(connection: Connection, subject_id: str) -> None:
    if not connection.scalar(select(subjects.c.simulated).where(subjects.c.subject_id == subject_id)):
        raise RecordConflictError(
            "a real person holds no simulated number", source=subject_id, remedy="give a number of another scheme"
        )


def _held_nina(connection: Connection, subject_id: str, scheme: IdentifierScheme) -> list[str]:
    if scheme is not IdentifierScheme.NINA:
        return []
    held = (
        identifiers.c.subject_id == subject_id,
        identifiers.c.scheme == scheme,
        identifiers.c.ended_at.is_(None),
    )
    return list(connection.scalars(select(identifiers.c.identifier_id).where(*held)))


def _end(connection: Connection, subject_id: str, identifier_id: str, reason: str) -> None:
    held = (
        identifiers.c.identifier_id == identifier_id,
        identifiers.c.subject_id == subject_id,
        identifiers.c.ended_at.is_(None),
    )
    ending = {"ended_at": now_utc(), "end_reason": Owned(subject_id, reason)}
    ended = connection.execute(update(identifiers).where(*held).values(ending))
    if ended.rowcount != 1:
        raise RecordNotFoundError("the subject holds no such number", source=identifier_id)
