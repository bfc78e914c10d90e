"""An enrollment between the wire and the registry: checked, kept as JSON, and read again as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.http.access import Caller
from api.http.desk import Desk
from api.http.problems import Refusal
from api.osia.abis.creating import identifier
from api.osia.enrollment.models import Collected
from biometrics.errors import RecordConflictError
from enrollment.drafts.merge_patch import merged
from enrollment.operations.drafts import (
    DELETE_DRAFT,
    OPEN_DRAFT,
    READ_DRAFTS,
    REPLACE_DRAFT,
    KeepDraft,
    KeptDraft,
    OwnDraft,
    ReadDrafts,
)

_READ_ONLY = ("enrollmentId", "status")
_LONGEST_SEARCHED = 1_000
"""Characters of a value by which enrollments are searched; longer ones are kept, but not found."""

_ATTEMPTS = 5
"""How often a partial update is applied anew when somebody else changes the enrollment meanwhile."""


def open_draft(desk: Desk, caller: Caller, draft_id: str, sent: Collected | None) -> None:
    """Keep a new enrollment.

    Raises
    ------
    Refusal
        409 when there is one of this identifier, 403 when the identifier cannot be one.
    """
    identifier(draft_id, "enrollmentId")  # it becomes the label of whoever is enrolled
    asked = _keeping(desk, caller, draft_id, _document(sent, draft_id))
    desk.service(caller.actor()).call(OPEN_DRAFT, asked)


def replace_draft(desk: Desk, caller: Caller, draft_id: str, sent: Collected | None) -> None:
    """Put what was sent in the place of an enrollment that is not finalized."""
    _replace(desk, caller, _keeping(desk, caller, draft_id, _document(sent, draft_id)))


def patch_draft(desk: Desk, caller: Caller, draft_id: str, patch: Any) -> None:
    """Merge what was sent into an enrollment that is not finalized; nobody's change in between is lost.

    Raises
    ------
    RequestValidationError
        When the result is no enrollment.
    """
    if not isinstance(patch, Mapping):
        raise Refusal("invalid", "the body is not a JSON object")
    for attempt in range(_ATTEMPTS):
        draft = read_draft(desk, caller, draft_id)
        _require_open(draft)
        document = merged(json.loads(draft.document), patch)
        sent = _checked({**document, **{name: patch[name] for name in _READ_ONLY if name in patch}})
        asked = _keeping(desk, caller, draft_id, _document(sent, draft_id), draft.version)
        try:
            desk.service(caller.actor()).call(REPLACE_DRAFT, asked)
        except RecordConflictError:
            if attempt == _ATTEMPTS - 1:
                raise Refusal("forbidden", "somebody else keeps changing this enrollment; send it again") from None
        else:
            return


def read_draft(desk: Desk, caller: Caller, draft_id: str) -> KeptDraft:
    """Return an enrollment of the client.

    Raises
    ------
    Refusal
        404 when there is none.
    """
    asked = ReadDrafts(draft_ids=(draft_id,), client=caller.client)
    found = desk.service(caller.actor()).call(READ_DRAFTS, asked)
    if not found:
        raise Refusal("unknown", "there is no such enrollment")
    return found[0]


def delete_draft(desk: Desk, caller: Caller, draft_id: str) -> None:
    """Forget an enrollment that is not finalized, with its buffers."""
    desk.service(caller.actor()).call(DELETE_DRAFT, OwnDraft(draft_id=draft_id, client=caller.client))


def as_answered(draft: KeptDraft, attributes: list[str] | None = None) -> dict[str, Any]:
    """Return an enrollment as it came, with its identifier and where it stands.

    Parameters
    ----------
    draft
        The enrollment.
    attributes
        What is asked for: names of its own properties, or of biographic attributes; everything when None.
    """
    document: dict[str, Any] = json.loads(draft.document)
    status = "FINALIZED" if draft.finalized else "IN_PROGRESS"
    head = {"enrollmentId": draft.draft_id, "status": status}
    if attributes is None:
        return {**head, **document}
    wanted = frozenset(attributes)
    chosen = {name: value for name, value in document.items() if name in wanted}
    biographic = document.get("biographicData")
    if "biographicData" not in wanted and isinstance(biographic, dict):
        chosen["biographicData"] = {name: value for name, value in biographic.items() if name in wanted}
    return {**head, **chosen}


def searched_attributes(document: Mapping[str, Any]) -> dict[str, object]:
    """Return the single values by which an enrollment is found: its type, and what its biographic data state."""
    biographic = document.get("biographicData")
    stated: dict[str, Any] = dict(biographic) if isinstance(biographic, Mapping) else {}
    stated |= {"enrollmentType": document["enrollmentType"]} if "enrollmentType" in document else {}
    return {name: value for name, value in stated.items() if _is_searched(value)}


def _is_searched(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_SEARCHED
    return isinstance(value, int | float)  # true and false are ints here


def _document(sent: Collected | None, draft_id: str) -> dict[str, Any]:
    document = {} if sent is None else sent.as_sent()
    if document.pop("enrollmentId", draft_id) != draft_id:
        raise Refusal("content", "enrollmentId is not the one of the address; leave it out", status=403)
    document.pop("status", None)  # where it stands is not for the client to say
    return document


def _keeping(
    desk: Desk, caller: Caller, draft_id: str, document: Mapping[str, Any], version: int | None = None
) -> KeepDraft:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > desk.settings.most_body_mb * 1024 * 1024:
        raise Refusal("large", "the enrollment is too large; send its files as buffers")
    return KeepDraft(
        draft_id=draft_id,
        client=caller.client,
        document=text,
        attributes=json.dumps(searched_attributes(document), ensure_ascii=False),
        expected_version=version,
    )


def _replace(desk: Desk, caller: Caller, asked: KeepDraft) -> None:
    try:
        desk.service(caller.actor()).call(REPLACE_DRAFT, asked)
    except RecordConflictError:
        raise _finalized() from None


def _require_open(draft: KeptDraft) -> None:
    if draft.finalized:
        raise _finalized()


def _finalized() -> Refusal:
    return Refusal("forbidden", "the enrollment is finalized and cannot be changed")


def _checked(document: Mapping[str, Any]) -> Collected:
    try:
        return Collected.model_validate(document)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None
