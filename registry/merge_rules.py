"""What can be merged with what; everything else is refused, and nothing changed."""

from __future__ import annotations

from collections.abc import Sequence

from biometrics.errors import RecordConflictError, RecordError
from biometrics.records import Subject, SubjectStatus

LONGEST_REASON = 2_000
"""Characters; half a page."""


def require_reason(reason: str, source: str) -> None:
    """Refuse a decision about people for which nobody says why.

    Raises
    ------
    RecordError
        When the reason is empty or too long; `source` names what it is for.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON or not _is_unicode(reason):
        raise RecordError(
            f"a reason is needed, of at most {LONGEST_REASON} characters of Unicode text",
            source=source,
            remedy="say why, in a sentence",
        )


def require_apart(source: Subject, into: Sequence[Subject]) -> None:
    """Refuse what is one subject already, directly or by earlier merges, and whoever is merged or gone.

    Parameters
    ----------
    source
        Who would be merged.
    into
        Into whom, and all whom that one became by merges.

    Raises
    ------
    RecordConflictError
        Saying which of these it is.
    """
    if source.subject_id == into[0].subject_id:
        raise RecordConflictError("these are one and the same subject", source=source.subject_id)
    if source.status is SubjectStatus.MERGED:
        raise RecordConflictError(
            "this subject is merged already", source=source.subject_id, remedy="undo that merge first"
        )
    if into[-1].subject_id == source.subject_id:
        raise RecordConflictError(
            "the other is merged into this one, a circle would arise",
            source=source.subject_id,
            remedy="undo that merge first",
        )
    if into[0].status is SubjectStatus.MERGED:
        raise RecordConflictError(
            "the other subject is merged itself",
            source=into[0].subject_id,
            remedy=f"name the one that it became, {into[-1].subject_id}",
        )
    for one in (source, into[0]):
        require_kept(one)


def require_kept(subject: Subject) -> None:
    """Refuse a subject of whom nothing is kept any more.

    Raises
    ------
    RecordConflictError
        When it is purged.
    """
    if subject.status is SubjectStatus.PURGED:
        raise RecordConflictError("the subject's data were purged", source=subject.subject_id)


def require_same_kind(source: Subject, into: Subject) -> None:
    """Refuse to mix simulated with real people.

    Raises
    ------
    RecordConflictError
        When only one of the two is simulated.
    """
    if source.simulated != into.simulated:
        raise RecordConflictError("only one of the two subjects is simulated", source=source.subject_id)


def require_shared(galleries: frozenset[str], others: frozenset[str], *, source: str) -> None:
    """Refuse to mix galleries that have nothing to do with each other; where there is nothing yet, anything may come.

    Raises
    ------
    RecordConflictError
        When the two share none.
    """
    if galleries and others and not galleries & others:
        raise RecordConflictError(
            "the two share no gallery, and galleries do not mix",
            source=source,
            remedy="put an encounter into the other's gallery first, where that is lawful",
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
