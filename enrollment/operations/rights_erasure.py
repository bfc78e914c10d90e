"""Operations by which a person is erased, step by step; `enrollment.rights.erasing` does them in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.records import Actor, ActorRole
from biometrics.rights.records import Erasure
from biometrics.rights.words import RequestDecision, RequestKind, RequestState
from enrollment.operations.merging import second_person
from enrollment.operations.operation import Operation
from enrollment.operations.rights import ANSWERED
from enrollment.operations.rights_rules import DECIDES, require_request, require_role
from registry.store import Registry

_ERASED = "Votre demande d'effacement est acceptée : vos données sont effacées."


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    """Asks to erase a person, which another person than who asks has approved; `basis` names nobody."""

    person: str
    basis: str
    approver: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedErasure:
    """Names an erasure."""

    erasure_id: str


def _accept_erasure(registry: Registry, actor: Actor, asked: ErasePerson) -> Erasure:
    """Begin to erase a person: they are taken out of use, and their request is answered.

    The software itself does so by a rule of retention, for which whoever the rule names answers.
    """
    require_role(actor, DECIDES | {ActorRole.SYSTEM})
    approver = second_person(actor, asked.approver)
    with registry.writing(actor) as writer:
        subject_id = writer.merges.survivor(writer.people.find(asked.person))
        request = require_request(writer, asked.request_id, RequestKind.ERASURE, subject_id)
        erasure = writer.rights.accept_erasure(
            subject_id, basis=asked.basis, approved_by=approver, request_id=asked.request_id
        )
        if request is not None and request.state is RequestState.RECEIVED:
            # What is written is erased with the rest; that it was granted, when and by whom stays.
            writer.rights.answer(
                request.request_id, decision=RequestDecision.GRANTED, answer=_ERASED, approved_by=approver
            )
            writer.rights.notify(event=ANSWERED, reference=request.request_id)
        return erasure


def _erase_records(registry: Registry, actor: Actor, asked: NamedErasure) -> Erasure:
    with registry.writing(actor) as writer:
        return writer.rights.erase_records(asked.erasure_id)


def _remove_files(registry: Registry, actor: Actor, asked: NamedErasure) -> Erasure:
    return registry.erasing.remove_files(asked.erasure_id, actor)


def _finish(registry: Registry, actor: Actor, asked: NamedErasure) -> Erasure:
    return registry.erasing.finish(asked.erasure_id, actor)


def _erasures(registry: Registry, actor: Actor, _: None) -> tuple[Erasure, ...]:
    """Return all erasures: identifiers and counts, about nobody who could be named."""
    require_role(actor, DECIDES | {ActorRole.SYSTEM})
    with registry.reading() as record:
        return record.rights.erasures()


def _erasure(registry: Registry, actor: Actor, asked: NamedErasure) -> Erasure:
    with registry.reading() as record:
        return record.rights.find_erasure(asked.erasure_id)


ACCEPT_ERASURE = Operation("rights.accept_erasure", _accept_erasure)
ERASE_RECORDS = Operation("rights.erase_records", _erase_records)
REMOVE_FILES = Operation("rights.remove_files", _remove_files)
FINISH_ERASURE = Operation("rights.finish_erasure", _finish)
ERASURES = Operation("rights.erasures", _erasures)
ERASURE = Operation("rights.erasure", _erasure)

ERASING: tuple[Operation[Any, Any], ...] = (
    ACCEPT_ERASURE,
    ERASE_RECORDS,
    REMOVE_FILES,
    FINISH_ERASURE,
    ERASURES,
    ERASURE,
)
