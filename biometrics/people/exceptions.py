"""Exceptions: why a finger or the face was not captured, what shows it, and who allowed it.

They are how duplicates get in, so each needs a photo or a reason for its absence, and the word of a second person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.evidence import check_digest, optional_text, required_text
from biometrics.people.fields import read_fields, read_list, read_text, stated_word
from biometrics.positions import FINGERS, Modality, Position

LONGEST_REASON = 2000
LONGEST_ACTOR = 200

_REAL = (*FINGERS, Position.FACE)


class ExceptionReason(Enum):
    """Why a position could not be captured."""

    MISSING = "missing"
    AMPUTATED = "amputated"
    BANDAGED = "bandaged"
    WORN = "worn"
    HENNA = "henna"
    CHILD = "child"
    UNABLE = "unable"
    OTHER = "other"


class Presence(Enum):
    """Whether it may be captured some day."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureException:
    """Positions that were not captured in an encounter, for one reason.

    Parameters
    ----------
    positions
        Named fingers and the face; at least one, each once.
    reason, presence
        Why, and whether for good.
    approver
        Identifier of the person who allowed it; never the operator.
    photo_sha256
        Digest of the photo that shows it, in the sample store.
    without_photo
        Why there is no photo; given exactly when there is none.

    Raises
    ------
    PersonDataError
        When the positions are none, unnamed or repeated, or there is neither a photo nor a reason for its absence, or
        both.
    """

    positions: tuple[Position, ...]
    reason: ExceptionReason
    presence: Presence
    approver: str
    photo_sha256: str | None = None
    without_photo: str | None = None

    def __post_init__(self) -> None:
        named = set(self.positions)
        if not self.positions or len(named) != len(self.positions) or not named <= set(_REAL):
            raise PersonDataError(
                "an exception names no position, an unknown one, or one twice", remedy="name fingers or the face"
            )
        approver = required_text(self.approver, what="the approver", longest=LONGEST_ACTOR)
        excuse = optional_text(self.without_photo, what="the reason for no photo", longest=LONGEST_REASON)
        check_digest(self.photo_sha256, what="the photo")
        if (self.photo_sha256 is None) == (excuse is None):
            raise PersonDataError(
                "an exception needs a photo that shows it, or else a reason why there is none",
                remedy="give photo_sha256 or without_photo, and not both",
            )
        object.__setattr__(self, "approver", approver)
        object.__setattr__(self, "without_photo", excuse)

    @classmethod
    def parse(cls, document: object) -> CaptureException:
        """Return the exception of a JSON object as `document` writes it.

        Raises
        ------
        PersonDataError
            When a field is missing, unknown, or of the wrong type.
        """
        required = ("positions", "reason", "presence", "approver")
        fields = read_fields(
            document, what="an exception", required=required, optional=("photo_sha256", "without_photo")
        )
        positions = read_list(fields["positions"], what="positions")
        return cls(
            positions=tuple(stated_word(one, Position, "a position") for one in positions),
            reason=stated_word(fields["reason"], ExceptionReason, "the reason"),
            presence=stated_word(fields["presence"], Presence, "presence"),
            approver=read_text(fields, "approver") or "",
            photo_sha256=read_text(fields, "photo_sha256"),
            without_photo=read_text(fields, "without_photo"),
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {
            "positions": [position.value for position in self.positions],
            "reason": self.reason.value,
            "presence": self.presence.value,
            "approver": self.approver,
            "photo_sha256": self.photo_sha256,
            "without_photo": self.without_photo,
        }


def unexplained(excepted: Collection[Position]) -> tuple[Modality, ...]:
    """Return the modalities that exceptions do not excuse as a whole: all ten fingers, or the face."""
    lacking = [position.modality for position in _REAL if position not in excepted]
    return tuple(dict.fromkeys(lacking))
