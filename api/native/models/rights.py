"""People's rights: requests and answers, locks, legal holds, erasures, everything about a person, notices."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.native.models.base import Asked, NameText, ReasonText, Sha256Text, Told

REQUEST_ID = "kvswimicckqg3qihxdljutlk4s"
SUBJECT_ID = "hth7knlpgtevilnb27aq3qkfzl"
_MOMENT = "2026-11-27T08:00:00+00:00"

KindWord = Literal["access", "rectification", "lock", "objection", "erasure", "explanation", "contest"]
IdentityWord = Literal["biometric", "document", "known_in_person", "representative", "guardian"]
DecisionWord = Literal["granted", "partly", "refused", "withdrawn"]
EntryName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
LanguageWord = Literal["fr", "en", "bm"]

_REQUEST: dict[str, Any] = {
    "request_id": REQUEST_ID,
    "subject_id": SUBJECT_ID,
    "kind": "access",
    "state": "received",
    "received_at": _MOMENT,
    "received_by": "a.operator",
    "identity_check": "biometric",
    "due_at": "2026-12-27T08:00:00+00:00",
    "asked": "Je veux savoir ce qui est enregistré.",
    "case_id": None,
    "decision": None,
    "answered_at": None,
    "answered_by": None,
    "approved_by": None,
    "answer": None,
}
_RESTRICTION: dict[str, Any] = {
    "restriction_id": "7hluklstwc57xu6czm2mnx6b5h",
    "subject_id": SUBJECT_ID,
    "kind": "objection",
    "purpose": "tax",
    "request_id": REQUEST_ID,
    "placed_at": _MOMENT,
    "placed_by": "a.supervisor",
    "reason": "the objection was found justified",
    "lifted_at": None,
    "lifted_by": None,
    "lift_reason": None,
}
_HOLD: dict[str, Any] = {
    "hold_id": "2a3axgfgppjtjuad34t6rkotx6",
    "subject_id": SUBJECT_ID,
    "placed_at": _MOMENT,
    "placed_by": "a.supervisor",
    "until": None,
    "reference": "act 12 of the court of Kayes",
    "reason": "an inquiry",
    "lifted_at": None,
    "lifted_by": None,
    "lift_reason": None,
}


class RequestAsked(Asked):
    """What somebody asks about their data, and how it was made sure who asks; `case` for explanation and contest."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "access", "identity_check": "biometric", "asked": "Je veux savoir ce qui est enregistré."}
            ]
        }
    )

    kind: KindWord
    identity_check: IdentityWord
    asked: ReasonText
    case: EntryName | None = None


class RequestTold(Told):
    """A request as it stands; what was written is null once the person is erased."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REQUEST]})

    request_id: str
    subject_id: str | None
    kind: KindWord
    state: Literal["received", "answered"]
    received_at: str
    received_by: str
    identity_check: IdentityWord
    due_at: str
    asked: str | None
    case_id: str | None
    decision: DecisionWord | None
    answered_at: str | None
    answered_by: str | None
    approved_by: str | None
    answer: str | None


class RequestsTold(Told):
    """The requests without an answer, the most urgent first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_REQUEST]}]})

    items: list[RequestTold]


class AnswerAsked(Asked):
    """The answer to a request; a refusal, whole or in part, names who else looked at it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "refused", "answer": "Une enquête est en cours.", "approver": "b.supervisor"}]
        }
    )

    decision: DecisionWord
    answer: ReasonText
    approver: NameText | None = None


class RestrictAsked(Asked):
    """Why a person's data are to be kept and not used: for every purpose, or for the one they object to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the objection was found justified", "purpose": "tax"}]}
    )

    reason: ReasonText
    purpose: NameText | None = None
    request: EntryName | None = None


class RestrictionTold(Told):
    """A lock or an objection."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RESTRICTION]})

    restriction_id: str
    subject_id: str
    kind: Literal["lock", "objection"]
    purpose: str | None
    request_id: str | None
    placed_at: str
    placed_by: str
    reason: str | None
    lifted_at: str | None
    lifted_by: str | None
    lift_reason: str | None


class HoldAsked(Asked):
    """By which act of which authority a person may not be erased, and until when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reference": "act 12 of the court of Kayes", "reason": "an inquiry"}]}
    )

    reference: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    reason: ReasonText
    until: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class HoldTold(Told):
    """A legal hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HOLD]})

    hold_id: str
    subject_id: str
    placed_at: str
    placed_by: str
    until: str | None
    reference: str | None
    reason: str | None
    lifted_at: str | None
    lifted_by: str | None
    lift_reason: str | None


class EndAsked(Asked):
    """Why a lock or a hold ends, and who else agrees."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the record was corrected", "approver": "b.supervisor"}]}
    )

    reason: ReasonText
    approver: NameText


class EraseAsked(Asked):
    """By which rule or decision a person is erased, naming nobody, and who else agrees."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"basis": "loi 2013-015, decision 7", "approver": "b.supervisor"}]}
    )

    basis: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    approver: NameText
    request: EntryName | None = None


class ErasureTold(Told):
    """A certificate of erasure: identifiers and counts, signed; `state` is `done` when nothing is left to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "format": "kura-erasure-certificate/1",
                    "erasure_id": "nmiwjkxe5cemwseskkmv3msydv",
                    "subject_id": SUBJECT_ID,
                    "request_id": REQUEST_ID,
                    "state": "done",
                    "basis": "loi 2013-015, decision 7",
                    "asked_at": _MOMENT,
                    "asked_by": "a.supervisor",
                    "approved_by": "b.supervisor",
                    "subjects": [SUBJECT_ID],
                    "encounters": ["3qh3vie2dv7rjgao6nwbnqhsr6"],
                    "removed": {"files": 4, "keys": 2},
                    "done_at": _MOMENT,
                    "signature": "eyJhbGciOiJFZERTQSJ9..AAAA",
                }
            ]
        }
    )

    format: str
    erasure_id: str
    subject_id: str
    request_id: str | None
    state: Literal["accepted", "records_gone", "files_gone", "done"]
    basis: str
    asked_at: str
    asked_by: str
    approved_by: str
    subjects: list[str]
    encounters: list[str]
    removed: dict[str, int]
    done_at: str | None
    signature: str


class RightsTold(Told):
    """How a person's rights stand; holds are told to supervisors alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "ML-2026-000017",
                    "subject_id": SUBJECT_ID,
                    "requests": [_REQUEST],
                    "restrictions": [_RESTRICTION],
                    "holds": [_HOLD],
                }
            ]
        }
    )

    person: str
    subject_id: str
    requests: list[RequestTold]
    restrictions: list[RestrictionTold]
    holds: list[HoldTold]


class AccessTold(Told):
    """Everything about a person for that person: French sections to read, data for programs, signed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "format": "kura-access/1",
                    "made_at": _MOMENT,
                    "title": "Données enregistrées à votre sujet",
                    "lines": ["Personne : ML-2026-000017"],
                    "sections": [{"title": "Vos demandes", "paragraphs": ["Néant."], "table": None}],
                    "data": {"persons": []},
                    "signature": "eyJhbGciOiJFZERTQSJ9..AAAA",
                }
            ]
        }
    )

    format: str
    made_at: str
    title: str
    lines: list[str]
    sections: list[dict[str, Any]]
    data: dict[str, Any]
    signature: str


class ResultTold(Told):
    """An answer that a computer gave, and why, a paragraph each; no score is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": 4711,
                    "at": _MOMENT,
                    "paragraphs": ["La réponse a été non : la ressemblance n'était pas suffisante."],
                }
            ]
        }
    )

    event: int
    at: str
    paragraphs: list[str]


class ResultsTold(Told):
    """Automated answers about a person, the oldest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"event": 4711, "at": _MOMENT, "paragraphs": ["Oui."]}]}]}
    )

    items: list[ResultTold]


class NoticeTold(Told):
    """A text that people are given before their data are taken; a draft is still to be checked by its speakers."""

    notice: str
    version: str
    language: LanguageWord
    draft: bool
    sha256: Sha256Text
    text: str


class NoticesTold(Told):
    """All notices in all versions and languages."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "notice": "enrollment",
                            "version": "2026-1",
                            "language": "fr",
                            "draft": False,
                            "sha256": "0" * 64,
                            "text": "Vos données sont enregistrées pour établir votre identité.",
                        }
                    ]
                }
            ]
        }
    )

    items: list[NoticeTold]


class NoticeAsked(Asked):
    """Which notice a person was given at an encounter, in which language; the newest version where none is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"notice": "enrollment", "language": "fr"}]})

    notice: NameText
    language: LanguageWord
    version: NameText | None = None


class GivenTold(Told):
    """A notice that was given, with the digest of what it said."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "encounter_id": "3qh3vie2dv7rjgao6nwbnqhsr6",
                    "notice": "enrollment",
                    "version": "2026-1",
                    "language": "fr",
                    "sha256": "0" * 64,
                    "given_at": _MOMENT,
                    "given_by": "a.operator",
                }
            ]
        }
    )

    encounter_id: str
    notice: str
    version: str
    language: LanguageWord
    sha256: Sha256Text
    given_at: str
    given_by: str = Field(description="who recorded it")
