"""Numbers that name a person elsewhere: the NINA, and numbers of documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from biometrics.errors import PersonDataError
from biometrics.people.text import stated_text

LONGEST_NUMBER = 64
"""Characters of any number; a machine-readable document number has at most 22 (ICAO Doc 9303-5)."""

_NINA = re.compile(r"[0-9A-Z]{14}[A-Z]")
_GROUPING = re.compile(r"[ -]")
_SIMULATED = ("SIM-", "SIMULATED")


class IdentifierScheme(Enum):
    """Who gave the number; `SIMULATED` numbers name nobody."""

    NINA = "nina"
    PASSPORT = "passport"
    ID_CARD = "id_card"
    CONSULAR_CARD = "consular_card"
    BIRTH_ACT = "birth_act"
    FOREIGN = "foreign"
    OTHER = "other"
    SIMULATED = "simulated"


class IdentifierKind(Enum):
    """Whether a number stays: since October 2023 there are NINA for a time. `NONE` of schemes without such kinds."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"
    NONE = "none"


@runtime_checkable
class CheckLetter(Protocol):
    """Verifies the last letter of a NINA. The rule is not published: no verifier is shipped, none is applied."""

    def agrees(self, nina: str) -> bool:
        """Return whether the letter follows from the 14 characters before it; `nina` is in normal form."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNumber:
    """A number of one scheme, in normal form: a NINA in capitals and ungrouped.

    Parameters
    ----------
    scheme
        Who gave it.
    value
        The number as written; a NINA has 15 letters and digits, the last of them a letter.
    kind
        Whether it stays.

    Raises
    ------
    PersonDataError
        When it is empty, too long, unreadable or no NINA where it claims to be one; or when it claims to be simulated
        without saying so, or the other way round.
    """

    scheme: IdentifierScheme
    value: str
    kind: IdentifierKind = IdentifierKind.NONE

    def __post_init__(self) -> None:
        if not isinstance(self.scheme, IdentifierScheme) or not isinstance(self.kind, IdentifierKind):
            raise PersonDataError("a number has no scheme or no kind", remedy="use the known words")
        object.__setattr__(self, "value", normal_number(self.scheme, self.value))
        if (self.scheme is IdentifierScheme.NINA) == (self.kind is IdentifierKind.NONE):
            message = "a NINA is permanent or temporary, and no other number is"
            raise PersonDataError(message, remedy="give the kind of a NINA, and none for other numbers")


def normal_number(scheme: IdentifierScheme, text: object) -> str:
    """Return a number as it is kept and searched.

    Raises
    ------
    PersonDataError
        As `PersonNumber`.
    """
    number = stated_text(text, what=f"the number ({scheme.value})", longest=LONGEST_NUMBER)
    if not number:
        raise PersonDataError(f"the number ({scheme.value}) is empty", remedy="leave the whole number out instead")
    number = normal_nina(number) if scheme is IdentifierScheme.NINA else number
    simulated = is_simulated(number)
    if scheme is IdentifierScheme.SIMULATED:
        if not simulated:
            raise PersonDataError("a simulated number does not say so", remedy=f"begin it with {_SIMULATED[0]}")
        return number
    if simulated:
        raise PersonDataError(
            f"a simulated number is given as {scheme.value}", remedy=f"give it as {IdentifierScheme.SIMULATED.value}"
        )
    return number


def normal_nina(text: str) -> str:
    """Return a NINA in capitals, without the spaces and hyphens that group it.

    Raises
    ------
    PersonDataError
        When it has not 15 letters A-Z and digits, the last of them a letter, or says that it is simulated.
    """
    nina = _GROUPING.sub("", text)
    # Not upper(): that makes two letters of some, and Latin ones of others.
    nina = "".join(letter.upper() if letter.isascii() else letter for letter in nina)
    if not _NINA.fullmatch(nina) or nina.startswith("SIM"):
        raise PersonDataError(
            "this is no NINA",
            remedy="a NINA has 15 letters A-Z and digits, the last a letter, and begins with SIM for nobody who exists",
        )
    return nina


def check_nina(nina: str, verifier: CheckLetter | None) -> None:
    """Let a verifier check a NINA's last letter, where there is one.

    Raises
    ------
    PersonDataError
        When it does not agree.
    """
    if verifier is not None and not verifier.agrees(nina):
        raise PersonDataError("the last letter of the NINA does not fit", remedy="compare it with the document")


def is_simulated(number: str) -> bool:
    """Return whether a number says that it is simulated; no such number is ever taken for a real one."""
    return number.upper().startswith(_SIMULATED)
