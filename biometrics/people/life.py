"""What happens to persons after they were recorded, and who speaks for a child."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.dates import UNKNOWN_DATE, PartialDate
from biometrics.people.evidence import LONGEST_NUMBER, optional_text
from biometrics.people.fields import optionally, read_fields, read_text, stated_word
from biometrics.people.names import PersonName

ADULT_AGE = 15
"""From this age Mali's national register takes fingerprints and a portrait; below, a guardian suffices."""


class LifeEventKind(Enum):
    """What changes a subject's standing; what it was before stays recorded."""

    DEATH = "death"
    INACTIVE = "inactive"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """Something that happened to a person, when, and what proves it.

    Parameters
    ----------
    kind
        A death, or that the record is out of use, or in use again.
    date
        As exactly as it is known.
    evidence_id
        Evidence of the same subject; None where there is none.
    """

    kind: LifeEventKind
    date: PartialDate = UNKNOWN_DATE
    evidence_id: str | None = None

    @classmethod
    def parse(cls, document: object) -> LifeEvent:
        """Return the event of a JSON object as `document` writes it.

        Raises
        ------
        PersonDataError
            When a field is missing, unknown, or of the wrong type.
        """
        fields = read_fields(document, what="a life event", required=("kind",), optional=("date", "evidence_id"))
        return cls(
            kind=stated_word(fields["kind"], LifeEventKind, "the kind of life event"),
            date=optionally(fields, "date", PartialDate.parse) or UNKNOWN_DATE,
            evidence_id=optional_text(read_text(fields, "evidence_id"), what="evidence_id", longest=LONGEST_NUMBER),
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {"kind": self.kind.value, "date": self.date.document(), "evidence_id": self.evidence_id}


class GuardianRelation(Enum):
    """What a guardian is to the child."""

    PARENT = "parent"
    TUTOR = "tutor"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """Who speaks for a child: another subject, or somebody known by name only.

    Parameters
    ----------
    relation
        What the guardian is to the child.
    subject_id, name
        One of the two.
    document_number
        Of the paper the guardian showed.

    Raises
    ------
    PersonDataError
        When neither or both are given, or a text is unreadable.
    """

    relation: GuardianRelation
    subject_id: str | None = None
    name: PersonName | None = None
    document_number: str | None = None

    def __post_init__(self) -> None:
        if (self.subject_id is None) == (self.name is None):
            raise PersonDataError(
                "a guardian is either a subject or somebody named", remedy="give subject_id or name, and not both"
            )
        number = optional_text(self.document_number, what="the guardian's document number", longest=LONGEST_NUMBER)
        object.__setattr__(self, "document_number", number)

    @classmethod
    def parse(cls, document: object) -> Guardian:
        """Return the guardian of a JSON object as `document` writes it.

        Raises
        ------
        PersonDataError
            When a field is missing, unknown, or of the wrong type.
        """
        optional = ("subject_id", "name", "document_number")
        fields = read_fields(document, what="a guardian", required=("relation",), optional=optional)
        return cls(
            relation=stated_word(fields["relation"], GuardianRelation, "the relation"),
            subject_id=optional_text(read_text(fields, "subject_id"), what="subject_id", longest=LONGEST_NUMBER),
            name=optionally(fields, "name", PersonName.parse),
            document_number=read_text(fields, "document_number"),
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {
            "relation": self.relation.value,
            "subject_id": self.subject_id,
            "name": None if self.name is None else self.name.document(),
            "document_number": self.document_number,
        }
