"""Names as their bearers write them; any script, any letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from biometrics.errors import PersonDataError
from biometrics.people.fields import stated_word
from biometrics.people.text import stated_text

LONGEST_NAME = 200
"""Characters of the family name, or of all given names together."""

_FIELDS = frozenset({"kind", "family", "given"})


class NameKind(Enum):
    """What a name is to its bearer."""

    CURRENT = "current"
    BIRTH = "birth"
    ALIAS = "alias"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name in full Unicode, kept in normal form (NFC, single spaces).

    Parameters
    ----------
    family, given
        At most 200 characters each; one of them may be empty, as some people have a single name.
    kind
        What the name is to its bearer.

    Raises
    ------
    PersonDataError
        When both are empty, one is too long or has no letter, or they hold characters that nobody can read or that
        mislead.
    """

    family: str = ""
    given: str = ""
    kind: NameKind = NameKind.CURRENT

    def __post_init__(self) -> None:
        if not isinstance(self.kind, NameKind):
            raise PersonDataError("the kind of a name is none of the known words", remedy="current, birth or alias")
        object.__setattr__(self, "family", _part(self.family, "the family name"))
        object.__setattr__(self, "given", _part(self.given, "the given name"))
        if not self.family and not self.given:
            raise PersonDataError("a name is empty", remedy="give the family name, the given name, or both")

    @classmethod
    def parse(cls, document: object) -> PersonName:
        """Return the name of `{"family": ..., "given": ..., "kind": ...}`; what is left out is empty, or current.

        Raises
        ------
        PersonDataError
            When it is anything else, or no name.
        """
        if not isinstance(document, Mapping) or not set(document) <= _FIELDS:
            raise PersonDataError("a name is not an object with family, given and kind", remedy="use these fields only")
        kind = stated_word(document.get("kind", NameKind.CURRENT.value), NameKind, "the kind of a name")
        family, given = (_part(document.get(part, ""), f"the {part} name") for part in ("family", "given"))
        return cls(family=family, given=given, kind=kind)

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        return {"kind": self.kind.value, "family": self.family, "given": self.given}


def _part(text: object, what: str) -> str:
    kept = stated_text(text, what=what, longest=LONGEST_NAME)
    if kept and not any(unicodedata.category(letter).startswith("L") for letter in kept):
        raise PersonDataError(f"{what} holds no letter", remedy="leave it empty where the person has none")
    return kept
