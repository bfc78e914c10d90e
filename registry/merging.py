"""Two subjects found to be one person, and found not to be: encounters change hands, nothing is lost.

Who was merged keeps its label and its record and points to the survivor; only its encounters move, and an un-merge
gives back those that came. A person decides both, with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, true, update

from biometrics.errors import RecordConflictError, RecordNotFoundError, StorageError
from biometrics.records import Subject, SubjectStatus
from biometrics.samples import now_utc
from registry.audit import SUBJECT_MERGED, SUBJECT_UNMERGED, acting, append_event
from registry.belonging import belongings
from registry.columns import utc_text
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.merge_rules import require_apart, require_kept, require_reason, require_same_kind, require_shared
from registry.moving import give
from registry.rows import subject_of
from registry.said_texts import text_digest
from registry.sealed import Owned, owned
from registry.search_galleries import follow_galleries
from registry.tables.core import changes, encounters, subjects
from registry.tables.galleries import encounter_galleries
from registry.tables.merges import encounter_moves, merge_encounters, merges, move_owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One merge; `undone_at` is None while it stands.

    Parameters
    ----------
    source_id, into_id
        Who was merged, and into whom.
    source_status
        Where the source stood before.
    reason, actor, case_id, merged_at
        Why, by whom, after which case if any, and when.
    encounters
        Which came with it.
    undone_reason, undone_by, undone_at
        The same about its end.
    """

    merge_id: str
    source_id: str
    into_id: str
    source_status: SubjectStatus
    reason: str
    actor: str
    case_id: str | None
    merged_at: datetime
    encounters: tuple[str, ...] = ()
    undone_reason: str | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None


def resolve(connection: Connection, subject_id: str) -> str:
    """Return who a subject is by all merges that stand: itself, or the survivor.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject.
    StorageError
        When merges run in a circle, which only damage can bring about.
    """
    return _lineage(connection, subject_id)[-1].subject_id


def merge(connection: Connection, source_id: str, into_id: str, *, reason: str, case_id: str | None = None) -> str:
    """Record that a subject is another one: its encounters become the other's; return the merge's identifier.

    Whoever the section acts for is who decided it.

    Raises
    ------
    RecordNotFoundError
        When a subject is unknown.
    RecordConflictError
        When they are the same, one is merged already or purged, the merge would run in a circle, only one of them is
        simulated, or they share no gallery.
    RecordError
        When no reason is given.
    """
    require_reason(reason, source_id)
    source = require_mergeable(connection, source_id, into_id)
    merge_id, moved = new_identifier(), _encounters_of(connection, source_id)
    merged_at = now_utc()
    keyring_of(connection).make(connection, [merge_id])
    connection.execute(
        insert(merges).values(
            merge_id=merge_id,
            source_id=source_id,
            into_id=into_id,
            source_status=source.status,
            reason=Owned(merge_id, reason),
            actor=acting(connection).name,
            case_id=case_id,
            merged_at=merged_at,
        )
    )
    if moved:
        rows = [
            {"merge_id": merge_id, "encounter_id": encounter_id, "ordinal": ordinal}
            for ordinal, encounter_id in enumerate(moved)
        ]
        connection.execute(insert(merge_encounters), rows)
    _set_status(connection, source_id, SubjectStatus.MERGED, into_id)
    give(connection, moved, into_id, why={"merge_id": merge_id})
    details = {"merge_id": merge_id, "into_id": into_id, "case_id": case_id, "encounters": moved}
    details |= {"reason": text_digest(connection, reason), "source_status": source.status.value}
    details |= {"merged_at": utc_text(merged_at)}
    append_event(connection, action=SUBJECT_MERGED, subject_id=source_id, details=details)
    return merge_id


def require_mergeable(connection: Connection, source_id: str, into_id: str) -> Subject:
    """Return a subject that can be merged into another.

    Raises
    ------
    RecordNotFoundError, RecordConflictError
        When it cannot, as `merge` says.
    """
    source, into = _lineage(connection, source_id)[0], _lineage(connection, into_id)
    require_apart(source, into)
    require_same_kind(source, into[0])
    require_shared(_galleries_of(connection, source_id), _galleries_of(connection, into_id), source=source_id)
    return source


def unmerge(connection: Connection, merge_id: str, *, reason: str) -> None:
    """Undo a merge: the encounters that came with it go back, retired ones too; what was enrolled since stays.

    Raises
    ------
    RecordNotFoundError
        When there is no such merge.
    RecordConflictError
        When it is undone already, the survivor was merged itself, one of the encounters went elsewhere since, or one
        of the two is purged.
    RecordError
        When no reason is given.
    """
    require_reason(reason, merge_id)
    found = find_merge(connection, merge_id)
    _require_standing(connection, found)
    now = now_utc()
    undone = {"undone_reason": Owned(merge_id, reason), "undone_by": acting(connection).name, "undone_at": now}
    connection.execute(update(merges).where(merges.c.merge_id == merge_id).values(undone))
    _set_status(connection, found.source_id, found.source_status, None)
    give(connection, found.encounters, found.source_id, why={"merge_id": merge_id})
    details = {"merge_id": merge_id, "into_id": found.into_id, "reason": text_digest(connection, reason)}
    details |= {"undone_at": utc_text(now)}
    append_event(connection, action=SUBJECT_UNMERGED, subject_id=found.source_id, details=details)


def move_encounter(connection: Connection, encounter_id: str, into_id: str, *, reason: str) -> None:
    """Make one encounter another subject's: it was filed under the wrong person.

    Raises
    ------
    RecordNotFoundError
        When the encounter or the subject is unknown.
    RecordConflictError
        When it is theirs already, or the two do not go together, as for `merge`.
    RecordError
        When no reason is given.
    """
    require_reason(reason, encounter_id)
    held = belongings(connection, [encounter_id])[encounter_id]
    owner, into = _lineage(connection, held.subject_id)[0], _lineage(connection, into_id)
    require_apart(owner, into)
    require_same_kind(owner, into[0])
    require_shared(held.galleries, _galleries_of(connection, into_id), source=encounter_id)
    moved_at = now_utc()
    why = {"reason": text_digest(connection, reason), "moved_at": utc_text(moved_at)}
    change = give(connection, [encounter_id], into_id, why=why)
    values = {"change": change, "reason": reason, "actor": acting(connection).name, "moved_at": moved_at}
    keyring_of(connection).make(connection, [move_owner(change)])
    connection.execute(insert(encounter_moves).values(owned(encounter_moves, move_owner(change), values)))


def find_merge(connection: Connection, merge_id: str) -> Merge:
    """Return a merge.

    Raises
    ------
    RecordNotFoundError
        When there is none with this identifier.
    """
    found = _merges(connection, merges.c.merge_id == merge_id)
    if not found:
        raise RecordNotFoundError("there is no such merge", source=merge_id)
    return found[0]


def merges_about(connection: Connection, subject_id: str) -> tuple[Merge, ...]:
    """Return the merges of or into a subject, undone ones too, in the order in which they were made."""
    return _merges(connection, or_(merges.c.source_id == subject_id, merges.c.into_id == subject_id))


def all_merges(connection: Connection) -> tuple[Merge, ...]:
    """Return every merge, undone ones too, in the order in which they were made."""
    return _merges(connection, true())


def standing_merge(connection: Connection, subject_id: str) -> Merge:
    """Return the merge by which a subject is another one now.

    Raises
    ------
    RecordNotFoundError
        When it is merged into nobody.
    """
    found = _merges(connection, and_(merges.c.source_id == subject_id, merges.c.undone_at.is_(None)))
    if not found:
        raise RecordNotFoundError("this subject is not merged into another", source=subject_id)
    return found[0]


def _merges(connection: Connection, condition: ColumnElement[bool]) -> tuple[Merge, ...]:
    came = select(merge_encounters).join(merges, merges.c.merge_id == merge_encounters.c.merge_id).where(condition)
    encounters_of: dict[str, list[str]] = {}
    for row in connection.execute(came.order_by(merge_encounters.c.ordinal)).all():
        encounters_of.setdefault(row.merge_id, []).append(row.encounter_id)
    keyring_of(connection).prefetch(connection, select(merges.c.merge_id).where(condition))
    rows = connection.execute(select(merges).where(condition).order_by(merges.c.merged_at, merges.c.merge_id)).all()
    return tuple(Merge(**row._mapping, encounters=tuple(encounters_of.get(row.merge_id, ()))) for row in rows)


def _lineage(connection: Connection, subject_id: str) -> tuple[Subject, ...]:
    """Return a subject and all whom it became by merges, the survivor last."""
    line: list[Subject] = []
    name: str | None = subject_id
    while name is not None:
        row = connection.execute(select(subjects).where(subjects.c.subject_id == name)).one_or_none()
        if row is None:
            raise RecordNotFoundError("there is no such subject", source=name)
        if any(name == one.subject_id for one in line):
            raise StorageError("merges run in a circle", source=name, remedy="restore a backup")
        line.append(subject_of(row))
        name = row.merged_into
    return tuple(line)


def _require_standing(connection: Connection, found: Merge) -> None:
    """Refuse to undo a merge that is undone, or that later changes rest upon."""
    if found.undone_at is not None:
        raise RecordConflictError("this merge is undone already", source=found.merge_id)
    source, into = (_lineage(connection, name)[0] for name in (found.source_id, found.into_id))
    for one in (source, into):
        require_kept(one)
    if into.status is SubjectStatus.MERGED:
        raise RecordConflictError(
            "the survivor was merged into another subject since", source=into.subject_id, remedy="undo that merge first"
        )
    for name, held in belongings(connection, found.encounters).items():
        if held.subject_id != found.into_id:
            raise RecordConflictError(
                "an encounter that came with the merge is another subject's since",
                source=name,
                remedy="move it back first",
            )


def _encounters_of(connection: Connection, subject_id: str) -> list[str]:
    """Return a subject's encounters in the order in which they were added."""
    first = select(func.min(changes.c.sequence)).where(changes.c.encounter_id == encounters.c.encounter_id)
    own = select(encounters.c.encounter_id).where(encounters.c.subject_id == subject_id)
    return list(connection.scalars(own.order_by(first.scalar_subquery())))


def _galleries_of(connection: Connection, subject_id: str) -> frozenset[str]:
    query = (
        select(encounter_galleries.c.gallery_id)
        .join(encounters, encounters.c.encounter_id == encounter_galleries.c.encounter_id)
        .where(encounters.c.subject_id == subject_id)
        .distinct()
    )
    return frozenset(connection.scalars(query))


def _set_status(connection: Connection, subject_id: str, status: SubjectStatus, into_id: str | None) -> None:
    values = {"status": status, "merged_into": into_id}
    connection.execute(update(subjects).where(subjects.c.subject_id == subject_id).values(values))
    follow_galleries(connection, [subject_id])
