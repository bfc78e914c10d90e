"""Writing CBEFF files strictly: elements, their order and their words are the schema's."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from datetime import UTC
from xml.sax.saxutils import escape

from biometrics.errors import ImageFormatError
from biometrics.image_writing import SIMULATED_KEYWORD
from biometrics.interchange.cbeff import NAMESPACE, CbeffRecord
from biometrics.positions import Modality, Position

_CREATOR = "Kura"
_LEVELS = ("Raw", "Intermediate", "Processed")
_QUALITY_ALGORITHM = "<Algorithm><Organization>Kura</Organization><Type>quality</Type></Algorithm>"


def write_cbeff(records: Iterable[CbeffRecord]) -> Iterator[bytes]:
    """Yield a file of records, piece by piece: first what is around them, then one after the other.

    Raises
    ------
    ImageFormatError
        When the schema has no word for what a record shows, or for its level.
    """
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<BIR xmlns="{NAMESPACE}">\n'.encode()
    yield b"<BIRInfo><Integrity>false</Integrity></BIRInfo>\n"
    for record in records:
        yield _record(record).encode()
    yield b"</BIR>\n"


def _record(record: CbeffRecord) -> str:
    creator = SIMULATED_KEYWORD if record.simulated else _CREATOR
    return (
        "<BIR><Version><Major>1</Major><Minor>1</Minor></Version>"
        "<CBEFFVersion><Major>1</Major><Minor>1</Minor></CBEFFVersion>"
        f"<BIRInfo><Creator>{creator}</Creator><Integrity>false</Integrity></BIRInfo>"
        f"<BDBInfo>{_information(record)}</BDBInfo>"
        f"<BDB>{base64.b64encode(record.data).decode()}</BDB></BIR>\n"
    )


def _information(record: CbeffRecord) -> str:
    parts = []
    if record.format_owner is not None and record.format_type is not None:
        owner = escape(record.format_owner)
        parts.append(f"<Format><Organization>{owner}</Organization><Type>{record.format_type}</Type></Format>")
    if record.captured_at is not None:
        moment = record.captured_at.astimezone(UTC).replace(tzinfo=None).isoformat()
        parts.append(f"<CreationDate>{moment}Z</CreationDate>")
    parts.append(_type(record.position))
    if record.level is not None:
        if record.level not in _LEVELS:
            raise ImageFormatError(f"CBEFF has no processing level {record.level!r}")
        parts.append(f"<Level>{record.level}</Level>")
    parts.append("<Purpose>Enroll</Purpose>")
    if record.quality is not None:
        parts.append(f"<Quality>{_QUALITY_ALGORITHM}<Score>{record.quality}</Score></Quality>")
    return "".join(parts)


def _type(position: Position | None) -> str:
    """Return the elements that tell what is shown; a finger nobody labelled has no subtype."""
    if position is None:
        raise ImageFormatError("CBEFF needs to know what a record shows")
    if position.modality is Modality.FACE:
        return "<Type>Face</Type>"
    if position is Position.UNKNOWN:
        return "<Type>Finger</Type>"
    side, finger = position.value.split("_")
    return f"<Type>Finger</Type><Subtype>{side.capitalize()} {_schema_word(finger)}</Subtype>"


def _schema_word(finger: str) -> str:
    return "Thumb" if finger == "thumb" else f"{finger.capitalize()}Finger"
