"""What is hashed of an event: its canonical JSON, from the values that are recorded or from the raw text of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from biometrics.errors import RecordError
from registry.columns import canonical_json
from registry.rows import StoredRow

OPTIONAL = ("actor", "client", "post", "purpose", "role", "route", "scope", "station")
"""Who acted, and through what; in the entry where they say something, so that it stays what it was before they came."""

RAW_COLUMNS = ("sequence", "at", "action", "subject_id", "details", *OPTIONAL, "digest")
"""Columns of `audit_events` as a verification selects them."""

LARGEST_ENTRY = 1 << 20
"""Bytes; events hold identifiers, digests and counts, and the longest lists of those are far shorter."""

_quoted = json.encoder.encode_basestring


def entry_of(values: Mapping[str, Any]) -> bytes:
    """Return the entry of an event; `at` and `role` as text.

    Raises
    ------
    RecordError
        When the details have no JSON form, or are too many.
    """
    said = {name: value for name, value in values.items() if value is not None or name not in OPTIONAL}
    entry = canonical_json(said).encode()
    if len(entry) > LARGEST_ENTRY:
        raise RecordError(f"an event of more than {LARGEST_ENTRY} bytes cannot be recorded")
    return entry


def entry_of_row(row: StoredRow) -> bytes | None:
    """Return the entry of a row read as raw text; None when the row cannot have been written as it is.

    The text of the details is taken as it stands: an edit that means the same is still an edit. That it is one JSON
    object by itself keeps an editor from moving text between it and the columns beside it.
    """
    sequence, at, action, subject_id, details, actor, client, post, purpose, role, route, scope, station, _ = row
    try:
        if type(sequence) is not int or type(json.loads(details)) is not dict:
            return None
        text = (
            f'{{"action":{_quoted(action)}{_said("actor", actor)},"at":{_quoted(at)}{_said("client", client)}'
            f',"details":{details}{_said("post", post)}{_said("purpose", purpose)}{_said("role", role)}'
            f'{_said("route", route)}{_said("scope", scope)},"sequence":{sequence}{_said("station", station)}'
            f',"subject_id":{"null" if subject_id is None else _quoted(subject_id)}}}'
        )
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        return None


def _said(name: str, value: str | None) -> str:
    return "" if value is None else f',"{name}":{_quoted(value)}'
