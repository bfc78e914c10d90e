"""Erasure, as far as the database goes: who is to be erased is accepted, and then all that is recorded goes at once.

What stays is in `erasures`: identifiers, counts, who asked and who agreed, the rule; and the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from biometrics.errors import RecordConflictError
from biometrics.people.evidence import required_text
from biometrics.records import EncounterStatus
from biometrics.rights.records import Erasure
from biometrics.rights.words import ErasureState
from biometrics.samples import now_utc
from registry.audit import acting, append_event, append_events
from registry.identifiers import new_identifier
from registry.kept_files import remove_owner_files, store_of
from registry.keys.sections import keyring_of
from registry.people_actions import PERSON_PURGED
from registry.people_seals import REMOVED, row_key
from registry.purging import purge_encounters, purge_subjects
from registry.retiring import retire_encounter
from registry.rights.actions import ERASURE_ACCEPTED, ERASURE_ADVANCED, SUBJECT_ERASED
from registry.rights.erased_queues import remove_mentions
from registry.rights.erased_texts import erase_texts
from registry.rights.family import cases_about, encounters_of, family_of, require_erasable
from registry.rights.rows import Said, add_row, change_row, forget_texts, row_of
from registry.rows import StoredRow
from registry.service_rows import SEALS
from registry.tables.core import encounters, subjects
from registry.tables.people import guardians
from registry.tables.rights import erasures, legal_holds, restrictions, rights_requests
from registry.tables.service import drafts

LONGEST_BASIS = 500
ORDER = (ErasureState.ACCEPTED, ErasureState.RECORDS_GONE, ErasureState.FILES_GONE, ErasureState.DONE)


def accept_erasure(
    connection: Connection, subject_id: str, *, basis: str, approved_by: str, request_id: str | None
) -> Erasure:
    """Begin to erase a person: every encounter is taken out of use, so that nobody is found by it any more.

    The same asked again returns the erasure that was begun.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    RecordConflictError
        When the person is under a legal hold, a case about them is open, they are a guardian, or nothing is kept.
    PersonDataError
        When the basis is empty, too long or unreadable.
    """
    family = family_of(connection, subject_id)
    begun = [one for one in erasures_of(connection, family) if one.state is not ErasureState.DONE]
    if begun:
        return begun[0]
    asked_at = now_utc()
    require_erasable(connection, family, asked_at)
    own = encounters_of(connection, family)
    in_use = select(encounters.c.encounter_id).where(
        encounters.c.encounter_id.in_(own), encounters.c.status != EncounterStatus.RETIRED
    )
    for encounter_id in sorted(connection.scalars(in_use)):
        retire_encounter(connection, encounter_id)
    values: dict[str, Any] = {
        "erasure_id": new_identifier(),
        "subject_id": family[0],
        "request_id": request_id,
        "state": ErasureState.ACCEPTED,
        "basis": required_text(basis, what="the basis", longest=LONGEST_BASIS),
        "asked_at": asked_at,
        "asked_by": acting(connection).name,
        "approved_by": approved_by,
        "subjects": family,
        "encounters": own,
        "files": [],
        "removed": {},
    }
    said = {name: values[name] for name in ("erasure_id", "request_id", "approved_by", "basis")}
    row = add_row(connection, erasures, values, Said(action=ERASURE_ACCEPTED, subject_id=family[0], details=said))
    return erasure_of(row)


def erase_records(connection: Connection, erasure_id: str) -> Erasure:
    """Delete all that is recorded about a person whose erasure was accepted, and the keys it was sealed under.

    Doing it again does nothing.

    Raises
    ------
    RecordNotFoundError
        When there is no such erasure.
    RecordConflictError
        When something keeps the person's data since, or a call about them is still to be performed.
    """
    erasure = erasure_of(row_of(connection, erasures, erasure_id))
    if erasure.state is not ErasureState.ACCEPTED:
        return erasure
    family = family_of(connection, erasure.subject_id)
    require_erasable(connection, family, now_utc())
    own = encounters_of(connection, family)
    _require_retired(connection, own)
    made_of = connection.scalars(select(drafts.c.row_id).where(drafts.c.encounter_id.in_(own)))
    files = remove_owner_files(connection, store_of(connection), [*family, *own, *made_of])
    removed: dict[str, int] = dict(remove_mentions(connection, family, own))
    about = cases_about(connection, family)
    erased_texts = erase_texts(connection, family, about)
    kept = [one for one in own if not _is_purged(connection, one)]
    keys = purge_encounters(connection, kept, erasure.basis) + purge_subjects(connection, family, erasure.basis)
    _remove_guardianships(connection, family, erasure.basis)
    seals = _forget_requests(connection, family)
    removed["keys"] = keys + keyring_of(connection).shred(connection, [*family, *own])
    removed |= {"encounters": len(own), "subjects": len(family), "cases": len(about), "files": len(files)}
    details = {"erasure_id": erasure_id, "basis": erasure.basis, **erased_texts}
    append_events(connection, action=SUBJECT_ERASED, told=[(one, details) for one in family])
    if seals:
        append_event(connection, action=ERASURE_ADVANCED, subject_id=None, details={SEALS: seals})
    values = {"subjects": family, "encounters": own, "files": files, "removed": removed}
    return _advance(connection, erasure, ErasureState.RECORDS_GONE, values)


def advance_erasure(connection: Connection, erasure_id: str, state: ErasureState) -> Erasure:
    """Record that the next step of an erasure is done; that it was done already changes nothing.

    Raises
    ------
    RecordNotFoundError
        When there is no such erasure.
    RecordConflictError
        When a step before it is not.
    """
    erasure = erasure_of(row_of(connection, erasures, erasure_id))
    place, wanted = ORDER.index(erasure.state), ORDER.index(state)
    if wanted <= place:
        return erasure
    if wanted != place + 1:
        raise RecordConflictError("a step of this erasure is missing", source=erasure_id)
    values: dict[str, Any] = {"files": []} if state is ErasureState.FILES_GONE else {"done_at": now_utc()}
    return _advance(connection, erasure, state, values)


def erasures_of(connection: Connection, subject_ids: list[str]) -> tuple[Erasure, ...]:
    """Return the erasures of some subjects, the oldest first."""
    query = select(erasures).where(erasures.c.subject_id.in_(subject_ids)).order_by(erasures.c.asked_at)
    return tuple(erasure_of(row) for row in connection.execute(query).all())


def all_erasures(connection: Connection, *, unfinished: bool = False) -> tuple[Erasure, ...]:
    """Return all erasures, or those that are not done, the oldest first."""
    query = select(erasures).order_by(erasures.c.asked_at, erasures.c.erasure_id)
    if unfinished:
        query = query.where(erasures.c.state != ErasureState.DONE)
    return tuple(erasure_of(row) for row in connection.execute(query).all())


def find_erasure(connection: Connection, erasure_id: str) -> Erasure:
    """Return an erasure.

    Raises
    ------
    RecordNotFoundError
        When there is none.
    """
    return erasure_of(row_of(connection, erasures, erasure_id))


def erasure_of(row: StoredRow) -> Erasure:
    """Return the erasure of a row."""
    values = {name: getattr(row, name) for name in Erasure.__dataclass_fields__}
    return Erasure(**values | {name: tuple(values[name]) for name in ("subjects", "encounters", "files")})


def _advance(connection: Connection, erasure: Erasure, state: ErasureState, values: Mapping[str, Any]) -> Erasure:
    said = {"erasure_id": erasure.erasure_id, "state": state.value}
    row = change_row(
        connection,
        erasures,
        erasure.erasure_id,
        {**values, "state": state},
        Said(action=ERASURE_ADVANCED, subject_id=erasure.subject_id, details=said),
    )
    return erasure_of(row)


def _require_retired(connection: Connection, own: list[str]) -> None:
    in_use = select(encounters.c.encounter_id).where(
        encounters.c.encounter_id.in_(own), encounters.c.status != EncounterStatus.RETIRED
    )
    found = connection.scalar(in_use)
    if found is not None:
        raise RecordConflictError(
            "the person was enrolled again since the erasure was accepted",
            source=found,
            remedy="retire that encounter, or leave the person recorded",
        )


def _is_purged(connection: Connection, encounter_id: str) -> bool:
    query = select(encounters.c.purged_at).where(encounters.c.encounter_id == encounter_id)
    return connection.scalar(query) is not None


def _remove_guardianships(connection: Connection, family: list[str], basis: str) -> None:
    """Delete where others name one of the family as a guardian whom they had once."""
    named = guardians.c.guardian_subject_id.in_(family)
    rows = connection.execute(select(guardians).where(named)).all()
    if not rows:
        return
    connection.execute(delete(guardians).where(named))
    keys = {guardians.name: [row_key(guardians, row._asdict()) for row in rows]}
    details = {"reason": basis, REMOVED: keys}
    append_event(connection, action=PERSON_PURGED, subject_id=None, details=details)


def _forget_requests(connection: Connection, family: list[str]) -> dict[str, dict[str, str | None]]:
    """Delete what was written in requests, restrictions and holds; return what the trail tells of the rows."""
    seals: dict[str, dict[str, str | None]] = {}
    for table, key in (
        (rights_requests, rights_requests.c.request_id),
        (restrictions, restrictions.c.restriction_id),
        (legal_holds, legal_holds.c.hold_id),
    ):
        keys = sorted(connection.scalars(select(key).where(table.c.subject_id.in_(family))))
        seals |= forget_texts(connection, table, keys)
    return seals


def is_known(connection: Connection, subject_id: str) -> bool:
    """Return whether there is such a subject; an older backup may not have it."""
    return connection.scalar(select(subjects.c.subject_id).where(subjects.c.subject_id == subject_id)) is not None
