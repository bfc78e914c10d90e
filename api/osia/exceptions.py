"""What OSIA says is missing, as the exceptions that Kura records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from api.osia.models import BiometricDataBase, MissingPart
from api.osia.subtypes import positions_of
from biometrics.errors import SampleError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position

_STATED: dict[str | None, tuple[ExceptionReason, Presence]] = {
    "AMPUTATED": (ExceptionReason.AMPUTATED, Presence.PERMANENT),
    "BANDAGED": (ExceptionReason.BANDAGED, Presence.TEMPORARY),
    "DAMAGED": (ExceptionReason.WORN, Presence.TEMPORARY),
    None: (ExceptionReason.OTHER, Presence.TEMPORARY),
}
"""What cannot be told to last is taken to pass, so that somebody asks for the finger again."""

_NO_PHOTO = "stated by the client's system"


def stated_exceptions(
    data: Sequence[BiometricDataBase], captured: Collection[Position], *, client: str
) -> tuple[CaptureException, ...]:
    """Return the exceptions of what is stated to be missing and was not captured all the same.

    Raises
    ------
    SampleError
        When two statements about one finger differ.
    """
    stated: dict[Position, str | None] = {}
    for position, presence in _statements(data):
        if stated.setdefault(position, presence) != presence:
            raise SampleError(
                "missing says two things of one part", source="biometricData", remedy="state each part once"
            )
    return tuple(
        _exception(tuple(found), presence, client)
        for presence in _STATED
        if (found := [one for one, said in stated.items() if said == presence and one not in captured])
    )


def _statements(data: Sequence[BiometricDataBase]) -> Iterator[tuple[Position, str | None]]:
    for element in data:
        for part in element.missing or ():
            for position in positions_of(
                _type_of(element, part), part.biometric_sub_type or element.biometric_sub_type
            ):
                yield position, part.presence


def _type_of(element: BiometricDataBase, part: MissingPart) -> str:
    """Return what kind of part is missing: a portrait names itself, everything else is of the element's type."""
    return "FACE" if part.biometric_sub_type == "PORTRAIT" else element.biometric_type


def _exception(positions: tuple[Position, ...], presence: str | None, client: str) -> CaptureException:
    reason, lasting = _STATED[presence]
    return CaptureException(
        positions=positions,
        reason=reason,
        presence=lasting,
        approver=f"{client} (stated through OSIA)",
        without_photo=_NO_PHOTO,
    )
