"""The texts of a CBEFF record's elements, understood: both alphabets, words in any order, numbers that are none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.interchange.cbeff import FACE_IMAGE, FINGER_IMAGE, FINGERS_BY_WORD, SIDES, CbeffRecord
from biometrics.interchange.cbeff_base64 import decode_base64
from biometrics.positions import Position

_FINGER_MINUTIAE = 2
"""Number of the format of ISO/IEC 19794-2."""

_MODALITY_BY_FORMAT = {FINGER_IMAGE: "finger", _FINGER_MINUTIAE: "finger", FACE_IMAGE: "face"}

_SHORT_WORDS = {word.removesuffix("finger"): ours for word, ours in FINGERS_BY_WORD.items()}


def record_of(texts: Mapping[str, str], others: Mapping[str, str], notes: Sequence[str]) -> CbeffRecord:
    """Return a record from the texts of its elements, by their path in lower case.

    Raises
    ------
    ImageFormatError
        When the data block is not base64.
    """
    found = list(notes)
    data, url_safe = decode_base64(texts.get("bdb", ""))
    if url_safe:
        found.append("the data block is in the URL-safe alphabet")
    owner, number = _said(texts, "bdbinfo/format/organization"), _whole(texts.get("bdbinfo/format/type"))
    return CbeffRecord(
        position=_position(texts, number, found),
        data=data,
        format_owner=owner,
        format_type=number,
        level=_said(texts, "bdbinfo/level"),
        quality=_quality(texts, found),
        captured_at=_moment(texts, found),
        others=dict(others),
        notes=tuple(dict.fromkeys(found)),
        simulated=(_said(texts, "birinfo/creator") or "").startswith(SIMULATED_KEYWORD),
    )


def _said(texts: Mapping[str, str], path: str) -> str | None:
    return texts.get(path, "").strip() or None


def _whole(text: str | None) -> int | None:
    compact = (text or "").strip()
    return int(compact) if compact.isascii() and compact.isdigit() and len(compact) <= 6 else None


def _position(texts: Mapping[str, str], format_type: int | None, notes: list[str]) -> Position | None:
    """Return what is shown; a type that is not said follows from the format."""
    kind = (_said(texts, "bdbinfo/type") or _MODALITY_BY_FORMAT.get(format_type or 0, "")).lower()
    if kind == "face":
        return Position.FACE
    if kind != "finger":
        return None
    words = (_said(texts, "bdbinfo/subtype") or "").lower().replace("_", " ").split()
    sides = {SIDES[word] for word in words if word in SIDES}
    fingers = {(FINGERS_BY_WORD | _SHORT_WORDS)[word] for word in words if word in FINGERS_BY_WORD | _SHORT_WORDS}
    if len(sides) == len(fingers) == 1 and len(words) == 2:
        return Position(f"{sides.pop()}_{fingers.pop()}")
    notes.append("the subtype names no single finger; taken for unknown")
    return Position.UNKNOWN


def _quality(texts: Mapping[str, str], notes: list[str]) -> int | None:
    text = _said(texts, "bdbinfo/quality/score")
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        notes.append("the quality is not a number from 0 to 100")
        return None
    return round(value)


def _moment(texts: Mapping[str, str], notes: list[str]) -> datetime | None:
    """Return when the data were made; a time without a zone is taken for UTC."""
    text = _said(texts, "bdbinfo/creationdate")
    if text is None:
        return None
    head, point, fraction = text.partition(".")
    digits = len(fraction) - len(fraction.lstrip("0123456789"))
    # Java writes nanoseconds; Python reads microseconds.
    shortened = head + point + fraction[: min(digits, 6)] + fraction[digits:]
    try:
        moment = datetime.fromisoformat(shortened)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        notes.append("the creation date is not a time")
        return None
