"""JSON forms of what persons stated, with the history that the registry keeps of it, read strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from biometrics.errors import PersonDataError
from biometrics.people.evidence import Evidence
from biometrics.people.exceptions import CaptureException
from biometrics.people.fields import optionally, read_fields, read_list, stated_word
from biometrics.people.history import (
    GrantedException,
    HeldEvidence,
    HeldGuardian,
    HeldNumber,
    PersonFile,
    PersonVersion,
    RecordedLifeEvent,
)
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme, PersonNumber
from biometrics.people.life import Guardian, LifeEvent
from biometrics.people.record import PersonRecord
from registry.identifiers import new_identifier
from registry.transfer.fields import read_identifier, read_text, read_time, read_whole
from registry.transfer.person import Unsaid

STATEMENTS = ("record", "versions", "numbers", "evidence", "guardians", "life_events")
"""Fields of a line that tell what a person stated; `record` stands for a first version."""

_MOST_VERSIONS = 100_000

Held = TypeVar("Held")


def read_file(fields: Mapping[str, Any], subject_id: str, unsaid: Unsaid) -> PersonFile:
    """Return what a line states about a person, exceptions left to its encounters.

    Raises
    ------
    PersonDataError
        When a field is missing, unknown, or of the wrong type.
    """
    parse = _Statements(subject_id, unsaid)
    if "record" in fields and "versions" in fields:
        raise PersonDataError("a line gives both a record and versions", remedy="give one of the two")
    stated = [{"record": fields["record"]}] if "record" in fields else fields.get("versions", [])
    return PersonFile(
        subject_id=subject_id,
        versions=_each(parse.version, stated, "versions"),
        numbers=_each(parse.number, fields.get("numbers", []), "numbers"),
        evidence=_each(parse.evidence, fields.get("evidence", []), "evidence"),
        guardians=_each(parse.guardian, fields.get("guardians", []), "guardians"),
        life_events=_each(parse.life_event, fields.get("life_events", []), "life_events"),
    )


def read_exceptions(
    value: object, encounter_id: str, operator: str | None, unsaid: Unsaid
) -> tuple[GrantedException, ...]:
    """Return the exceptions of an encounter; the operator who asked for one is the encounter's unless it says so.

    Raises
    ------
    PersonDataError
        When a field is missing, unknown, or of the wrong type, or the operator is not known or approved it.
    """
    return _each(lambda document: _exception(document, encounter_id, operator, unsaid), value, "exceptions")


def _each(parse: Callable[[object], Held], value: object, what: str) -> tuple[Held, ...]:
    return tuple(parse(one) for one in read_list(value, what=what))


class _Statements:
    """Reads the statements of one person."""

    def __init__(self, subject_id: str, unsaid: Unsaid) -> None:
        self._subject_id = subject_id
        self._unsaid = unsaid
        self._versions = 0

    def version(self, document: object) -> PersonVersion:
        self._versions += 1
        optional = ("version", "recorded_at", "actor", "reason", "encounter_id")
        fields = read_fields(document, what="a version", required=("record",), optional=optional)
        number = fields.get("version", self._versions)
        return PersonVersion(
            subject_id=self._subject_id,
            version=read_whole(number, what="the number of a version", least=1, most=_MOST_VERSIONS),
            record=PersonRecord.parse(fields["record"]),
            encounter_id=optionally(fields, "encounter_id", _own_identifier),
            **self._recorded(fields),
        )

    def number(self, document: object) -> HeldNumber:
        optional = ("kind", "identifier_id", "valid_from", "actor", "reason", "ended_at", "end_reason")
        fields = read_fields(document, what="a number", required=("scheme", "value"), optional=optional)
        kind = fields.get("kind", IdentifierKind.NONE.value)
        recorded = self._recorded(fields, "valid_from")
        return HeldNumber(
            identifier_id=_given_identifier(fields, "identifier_id"),
            subject_id=self._subject_id,
            number=PersonNumber(
                scheme=stated_word(fields["scheme"], IdentifierScheme, "the scheme of a number"),
                value=fields["value"],
                kind=stated_word(kind, IdentifierKind, "the kind of a number"),
            ),
            **recorded,
            **_ending(fields),
        )

    def evidence(self, document: object) -> HeldEvidence:
        optional = ("evidence_id", "recorded_at", "actor", "encounter_id", "replaced_by")
        fields = read_fields(document, what="a paper", required=("evidence",), optional=optional)
        recorded = self._recorded(fields)
        del recorded["reason"]
        return HeldEvidence(
            evidence_id=_given_identifier(fields, "evidence_id"),
            subject_id=self._subject_id,
            evidence=Evidence.parse(fields["evidence"]),
            encounter_id=optionally(fields, "encounter_id", _own_identifier),
            replaced_by=optionally(fields, "replaced_by", _own_identifier),
            **recorded,
        )

    def guardian(self, document: object) -> HeldGuardian:
        optional = ("guardian_id", "recorded_at", "actor", "reason", "ended_at", "end_reason")
        fields = read_fields(document, what="a guardian", required=("guardian",), optional=optional)
        return HeldGuardian(
            guardian_id=_given_identifier(fields, "guardian_id"),
            subject_id=self._subject_id,
            guardian=Guardian.parse(fields["guardian"]),
            **self._recorded(fields),
            **_ending(fields),
        )

    def life_event(self, document: object) -> RecordedLifeEvent:
        annulment = ("annulled_at", "annulled_by", "annulment_reason")
        optional = ("event_id", "recorded_at", "actor", "reason", *annulment)
        fields = read_fields(document, what="a life event", required=("event",), optional=optional)
        if len({name in fields for name in annulment}) > 1:
            raise PersonDataError("an annulled life event needs to say when, by whom and why it was annulled")
        return RecordedLifeEvent(
            event_id=_given_identifier(fields, "event_id"),
            subject_id=self._subject_id,
            event=LifeEvent.parse(fields["event"]),
            annulled_at=optionally(fields, "annulled_at", lambda value: read_time(value, what="annulled_at")),
            annulled_by=optionally(fields, "annulled_by", lambda value: read_text(value, what="annulled_by")),
            annulment_reason=optionally(
                fields, "annulment_reason", lambda value: read_text(value, what="annulment_reason")
            ),
            **self._recorded(fields),
        )

    def _recorded(self, fields: Mapping[str, Any], moment: str = "recorded_at") -> dict[str, Any]:
        """Return when, by whom and why something was recorded."""
        at, actor, reason = fields.get(moment), fields.get("actor"), fields.get("reason")
        return {
            moment: self._unsaid.at if at is None else read_time(at, what=moment),
            "actor": self._unsaid.actor if actor is None else read_text(actor, what="actor"),
            "reason": self._unsaid.reason if reason is None else read_text(reason, what="reason"),
        }


def _exception(document: object, encounter_id: str, operator: str | None, unsaid: Unsaid) -> GrantedException:
    own = ("operator", "recorded_at")
    fields = dict(document) if isinstance(document, Mapping) else {}
    asked_by, at = fields.pop(own[0], operator), fields.pop(own[1], None)
    if asked_by is None:
        raise PersonDataError("an exception does not say which operator asked for it", remedy="add operator")
    return GrantedException(
        encounter_id=encounter_id,
        exception=CaptureException.parse(fields),
        operator=read_text(asked_by, what="operator"),
        recorded_at=unsaid.at if at is None else read_time(at, what="recorded_at"),
    )


def _ending(fields: Mapping[str, Any]) -> dict[str, Any]:
    if ("ended_at" in fields) != ("end_reason" in fields):
        raise PersonDataError("what ended needs to say when and why", remedy="give ended_at and end_reason, or neither")
    if "ended_at" not in fields:
        return {}
    return {
        "ended_at": read_time(fields["ended_at"], what="ended_at"),
        "end_reason": read_text(fields["end_reason"], what="end_reason"),
    }


def _given_identifier(fields: Mapping[str, Any], name: str) -> str:
    return read_identifier(fields[name], what=name) if name in fields else new_identifier()


def _own_identifier(value: object) -> str:
    return read_identifier(value, what="an identifier")
