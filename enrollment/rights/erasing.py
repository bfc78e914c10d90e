"""Erasures to their end: records and keys, files, galleries in memory and on the disk, each step once or again."""

from __future__ import annotations

from contextlib import suppress

from biometrics.errors import GalleryError, RecordBusyError, StorageError
from biometrics.rights.records import Erasure
from biometrics.rights.words import ErasureState
from enrollment.operations.forgetting import FORGET, Forgetting
from enrollment.operations.operation import Performs
from enrollment.operations.rights_erasure import (
    ACCEPT_ERASURE,
    ERASE_RECORDS,
    ERASURE,
    ERASURES,
    FINISH_ERASURE,
    REMOVE_FILES,
    ErasePerson,
    NamedErasure,
)


def erase(call: Performs, asked: ErasePerson) -> Erasure:
    """Erase a person; asked again after an interruption, it goes on.

    Raises
    ------
    RecordNotFoundError
        When nobody is named so.
    RecordConflictError
        When the person is kept by a hold, a case, a task or a ward, or nothing is kept about them.
    CaseForbiddenError
        When whoever asks may not, or approves themselves.
    RecordBusyError, StorageError
        When a step cannot be done now; what was done stays done, and `resume` goes on.
    """
    return resume(call, begin(call, asked))


def begin(call: Performs, asked: ErasePerson) -> Erasure:
    """Accept an erasure and do no more: nobody is found by the person's data, and `resume` or an engine goes on.

    Raises
    ------
    RecordNotFoundError, RecordConflictError, CaseForbiddenError
        As `erase`.
    """
    return call(ACCEPT_ERASURE, asked)


def as_far_as_can_be(call: Performs, erasure: Erasure) -> Erasure:
    """Do what can be done of an erasure now; what keeps the rest is left to `resume`, or to an engine."""
    with suppress(RecordBusyError, StorageError, GalleryError):
        return resume(call, erasure)
    return call(ERASURE, NamedErasure(erasure_id=erasure.erasure_id))


def resume(call: Performs, erasure: Erasure) -> Erasure:
    """Do what is left of an erasure.

    Raises
    ------
    RecordConflictError, RecordBusyError, StorageError
        As `erase`.
    """
    named = NamedErasure(erasure_id=erasure.erasure_id)
    if erasure.state is ErasureState.ACCEPTED:
        erasure = call(ERASE_RECORDS, named)
    if erasure.state is ErasureState.RECORDS_GONE:
        erasure = call(REMOVE_FILES, named)
    if erasure.state is ErasureState.FILES_GONE:
        call(FORGET, Forgetting(subject_ids=erasure.subjects))
        erasure = call(FINISH_ERASURE, named)
    return erasure


def unfinished(call: Performs) -> tuple[Erasure, ...]:
    """Return the erasures that were interrupted, the oldest first."""
    return tuple(one for one in call(ERASURES, None) if one.state is not ErasureState.DONE)
