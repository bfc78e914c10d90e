"""CBEFF in XML (ISO/IEC 19785-3, the patron format of edition 2): what a biometric information record says.

The names of elements and the words in them are the schema's; `docs/formats.md` tells where real files depart from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from biometrics.positions import Modality, Position

NAMESPACE = "http://standards.iso.org/iso-iec/19785/-3/ed-2/"

ISO_BIOMETRICS = "257"
"""The number of ISO/IEC JTC 1/SC 37 as an owner of formats."""

FINGER_IMAGE, FACE_IMAGE = 7, 8
"""Numbers of the formats of ISO/IEC 19794-4 and -5."""

SIDES = {"left": "left", "right": "right"}
FINGERS_BY_WORD = {
    "thumb": "thumb",
    "indexfinger": "index",
    "middlefinger": "middle",
    "ringfinger": "ring",
    "littlefinger": "little",
}
"""The schema's words for a finger, in lower case, and ours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CbeffRecord:
    """One biometric information record, its data still encoded.

    Parameters
    ----------
    position
        Which finger, or the face; None for what Kura has no word for, such as an iris.
    data
        The biometric data block; empty where a file tells of an exception instead.
    format_owner, format_type
        Whose format the data are in, and its number there; None where it is not said.
    level
        `Raw`, `Intermediate` or `Processed`; None where it is not said.
    quality
        0-100; None where it is not said, or is no such number.
    captured_at
        When it was made; None where that is not said.
    others
        What the file says beyond the schema, by key.
    notes
        Where the record departs from the schema, and what was left out of it.
    simulated
        True when its creator says that nobody is shown.
    """

    position: Position | None
    data: bytes = field(repr=False)
    format_owner: str | None = None
    format_type: int | None = None
    level: str | None = None
    quality: int | None = None
    captured_at: datetime | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def modality(self) -> Modality | None:
        """Finger or face; None for anything else."""
        return None if self.position is None else self.position.modality
