"""Evidence of who somebody is: the papers that a person presents, and whether they are final."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.dates import UNKNOWN_DATE, PartialDate
from biometrics.people.fields import optionally, read_fields, read_flag, read_text, stated_word
from biometrics.people.text import stated_text

LONGEST_NUMBER = 100
LONGEST_ISSUER = 200

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EvidenceType(Enum):
    """What kind of paper it is, in the words of Mali's civil registration where it has its own."""

    BIRTH_ACT = "birth_act"
    JUGEMENT_SUPPLETIF = "jugement_suppletif"
    ACTE_DE_NOTORIETE = "acte_de_notoriete"
    FICHE_INDIVIDUELLE = "fiche_individuelle"
    RECEPISSE = "recepisse"
    PASSPORT = "passport"
    ID_CARD = "id_card"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One paper that was presented.

    Parameters
    ----------
    type
        What it is.
    number, issued_by
        As the paper has them; None where it has none.
    issued_on
        As exactly as the paper says.
    provisional
        Whether a final paper is still to come.
    scan_sha256
        Digest of its scan in the sample store; None where it was not scanned.

    Raises
    ------
    PersonDataError
        When a text is empty, too long or unreadable, or the digest is none.
    """

    type: EvidenceType
    number: str | None = None
    issued_by: str | None = None
    issued_on: PartialDate = UNKNOWN_DATE
    provisional: bool = False
    scan_sha256: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", optional_text(self.number, what="the number", longest=LONGEST_NUMBER))
        object.__setattr__(self, "issued_by", optional_text(self.issued_by, what="the issuer", longest=LONGEST_ISSUER))
        check_digest(self.scan_sha256, what="the scan")

    @classmethod
    def parse(cls, document: object) -> Evidence:
        """Return the evidence of a JSON object as `document` writes it.

        Raises
        ------
        PersonDataError
            When a field is missing, unknown, or of the wrong type.
        """
        optional = ("number", "issued_by", "issued_on", "provisional", "scan_sha256")
        fields = read_fields(document, what="evidence", required=("type",), optional=optional)
        return cls(
            type=stated_word(fields["type"], EvidenceType, "the type of evidence"),
            number=read_text(fields, "number"),
            issued_by=read_text(fields, "issued_by"),
            issued_on=optionally(fields, "issued_on", PartialDate.parse) or UNKNOWN_DATE,
            provisional=read_flag(fields.get("provisional", False), what="provisional"),
            scan_sha256=read_text(fields, "scan_sha256"),
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {
            "type": self.type.value,
            "number": self.number,
            "issued_by": self.issued_by,
            "issued_on": self.issued_on.document(),
            "provisional": self.provisional,
            "scan_sha256": self.scan_sha256,
        }


def optional_text(text: object, *, what: str, longest: int) -> str | None:
    """Return text in normal form, or None for None.

    Raises
    ------
    PersonDataError
        When it is empty, too long, unreadable or no text.
    """
    if text is None:
        return None
    return required_text(text, what=what, longest=longest)


def required_text(text: object, *, what: str, longest: int) -> str:
    """Return text in normal form.

    Raises
    ------
    PersonDataError
        When it is empty, too long, unreadable or no text.
    """
    normal = stated_text(text, what=what, longest=longest)
    if not normal:
        raise PersonDataError(f"{what} is empty", remedy="fill it, or leave the field out")
    return normal


def check_digest(sha256: object, *, what: str) -> None:
    """Refuse what is neither None nor a SHA-256 in lower-case hexadecimal digits.

    Raises
    ------
    PersonDataError
        When it is neither.
    """
    if sha256 is not None and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        raise PersonDataError(f"{what} is not named by a SHA-256", remedy="give 64 lower-case hexadecimal digits")
