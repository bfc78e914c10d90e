"""What a machine-readable zone says (ICAO Doc 9303-3): the same fields, whatever the size of the document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

from biometrics.documents.check_digits import FILLER
from biometrics.errors import PersonDataError

_CODE = re.compile(r"[A-Z][A-Z0-9]?")
_STATE = re.compile(r"[A-Z]{1,3}")
_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9<]*[A-Z0-9])?")
_OPTIONAL = re.compile(r"(?:[A-Z0-9<]*[A-Z0-9])?")
_NAME = re.compile(r"[A-Z](?:[A-Z<]*[A-Z])?")
_BIRTH = re.compile(r"(?:[0-9]{6}|[0-9]{4}<<|[0-9]{2}<<<<|<<<<<<)")
_DAY = re.compile(r"[0-9]{6}")
_SEX = re.compile(r"[MF<]")


class ZoneFormat(Enum):
    """The sizes of documents: cards (TD1), larger cards (TD2), passports (TD3)."""

    TD1 = "td1"
    TD2 = "td2"
    TD3 = "td3"


SHORT_NUMBER = 9
"""Positions for the document number; what is longer goes on in the optional data, of cards only."""

NAME_LENGTH = {ZoneFormat.TD1: 30, ZoneFormat.TD2: 31, ZoneFormat.TD3: 39}
OPTIONAL_LENGTH = {ZoneFormat.TD1: 15, ZoneFormat.TD2: 7, ZoneFormat.TD3: 14}
SECOND_OPTIONAL_LENGTH = {ZoneFormat.TD1: 11, ZoneFormat.TD2: 0, ZoneFormat.TD3: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The fields of a machine-readable zone as they stand in it, without the fillers behind them.

    Parameters
    ----------
    format
        The size of the document.
    code
        One or two letters: `I` or `ID` of cards, `P` of passports, ...
    state, nationality
        One to three letters, as ISO 3166-1 alpha-3 and Doc 9303-3 section 5 have them.
    number
        The document's; on a passport 9 characters at most.
    birth, expiry
        YYMMDD; of a birth the day, or day and month, or all may be `<<`.
    sex
        `M`, `F` or `<`.
    name
        As `people.transliteration.mrz_name` writes it: the primary identifier, `<<`, the secondary.
    optional, second_optional
        What the state puts there; the second of cards (TD1) only.

    Raises
    ------
    PersonDataError
        Naming the field that cannot stand in such a zone, never what it holds.
    """

    format: ZoneFormat
    code: str
    state: str
    number: str
    birth: str
    sex: str
    expiry: str
    nationality: str
    name: str
    optional: str = ""
    second_optional: str = ""

    def __post_init__(self) -> None:
        for field, pattern in _PATTERNS.items():
            if not pattern.fullmatch(getattr(self, field)):
                raise _refused(field, "cannot stand in a machine-readable zone")
        lengths = {
            "name": NAME_LENGTH[self.format],
            "optional": OPTIONAL_LENGTH[self.format],
            "second_optional": SECOND_OPTIONAL_LENGTH[self.format],
        }
        for field, length in lengths.items():
            if len(getattr(self, field)) > length:
                raise _refused(field, f"is longer than the {length} positions of {self.format.value}")
        if len(self.number) > SHORT_NUMBER:
            self._require_room()
        _require_days(self)

    def _require_room(self) -> None:
        """Refuse a long document number that does not go on in the optional data, or meets others there."""
        if self.format is ZoneFormat.TD3:
            raise _refused("number", f"is longer than the {SHORT_NUMBER} positions of a passport")
        if FILLER in self.number:
            raise _refused("number", f"is longer than {SHORT_NUMBER} positions and has a filler in it")
        taken = len(self.number) - SHORT_NUMBER + 2  # the rest, its check digit, a filler
        if taken + len(self.optional) > OPTIONAL_LENGTH[self.format]:
            raise _refused("number", "does not fit beside the optional data")

    @property
    def primary(self) -> str:
        """The primary identifier, usually the family name, with spaces."""
        return self.name.partition("<<")[0].replace(FILLER, " ")

    @property
    def secondary(self) -> str:
        """The secondary identifier, usually the given names, with spaces; may be empty."""
        return self.name.partition("<<")[2].replace(FILLER, " ").strip()

    def expiry_date(self, today: date) -> date:
        """Return the day of expiry: the latest that is no more than fifty years ahead.

        Raises
        ------
        PersonDataError
            When that year has no such day.
        """
        try:
            return _latest(self.expiry, today.year + 50)
        except ValueError:
            raise _refused("expiry", "is no day") from None


def day_text(day: date) -> str:
    """Return a day as a zone has it."""
    return day.strftime("%y%m%d")


def _latest(text: str, latest: int) -> date:
    year = latest // 100 * 100 + int(text[:2])
    while year > latest:
        year -= 100
    return date(year, int(text[2:4]), int(text[4:6]))


def _require_days(zone: Zone) -> None:
    """Refuse a month or a day that no calendar has; of 29 February every year of two digits may have one."""
    for field, text in (("birth", zone.birth), ("expiry", zone.expiry)):
        month, day = text[2:4], text[4:6]
        try:
            if month != "<<":
                date(2000, int(month), 1 if day == "<<" else int(day))
        except ValueError:
            raise _refused(field, "is no day") from None


def _refused(field: str, message: str) -> PersonDataError:
    names = {"second_optional": "second optional data", "optional": "optional data", "birth": "date of birth"}
    remedy = "letters A to Z and digits, no spaces" if field == "number" else "see ICAO Doc 9303-3"
    return PersonDataError(f"the {names.get(field, field)} {message}", remedy=remedy)


_PATTERNS = {
    "code": _CODE,
    "state": _STATE,
    "number": _NUMBER,
    "birth": _BIRTH,
    "sex": _SEX,
    "expiry": _DAY,
    "nationality": _STATE,
    "name": _NAME,
    "optional": _OPTIONAL,
    "second_optional": _OPTIONAL,
}
