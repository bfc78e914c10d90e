"""Pictures and files as they come in JSON: standard base64, nothing else, and nothing silently dropped."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from api.http.problems import Refusal
from api.native.models.entries import StatedException
from api.native.models.stations import Picture
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Modality, Position
from enrollment.preparation import ReceivedImage


def read_base64(text: str, place: str) -> bytes:
    """Return the bytes that a text in standard base64 stands for.

    Parameters
    ----------
    text
        RFC 4648 section 4, padded, in one line.
    place
        Which part of the request it is, for the message.

    Raises
    ------
    Refusal
        When it is anything else.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("content", f"{place} is not in standard base64 with padding, in one line") from None
    if not data:
        raise Refusal("content", f"{place} is empty")
    return data


def received(pictures: Sequence[Picture]) -> tuple[ReceivedImage, ...]:
    """Return pictures as bytes; raises as `read_base64`."""
    return tuple(
        ReceivedImage(
            data=read_base64(one.data, f"pictures[{number}].data"),
            modality=None if one.modality is None else Modality(one.modality),
            position=Position(one.position),
            ppi=one.ppi,
            origin=f"pictures[{number}]",
        )
        for number, one in enumerate(pictures)
    )


def capture_exception(asked: StatedException, photo_sha256: str | None = None) -> CaptureException:
    """Return an exception, its photo named by the digest.

    Raises
    ------
    PersonDataError
        When there is neither a photo nor a reason for its absence, or a position is named twice.
    """
    return CaptureException(
        positions=tuple(map(Position, asked.positions)),
        reason=ExceptionReason(asked.reason),
        presence=Presence(asked.presence),
        approver=asked.approver,
        photo_sha256=photo_sha256,
        without_photo=asked.without_photo,
    )
