"""Zones as lines of text: ICAO Doc 9303-5 (TD1), 9303-6 (TD2) and 9303-4 (TD3), written, and read strictly.

A reader that misreads a character finds a wrong check digit; nothing is repaired here, since a guess would be believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.documents.check_digits import ALLOWED, FILLER, check_digit
from biometrics.documents.zone import (
    NAME_LENGTH,
    OPTIONAL_LENGTH,
    SECOND_OPTIONAL_LENGTH,
    SHORT_NUMBER,
    Zone,
    ZoneFormat,
)
from biometrics.errors import PersonDataError

_AGAIN = "read the document again, or type the zone as it is printed"
_SHAPES = {(3, 30): ZoneFormat.TD1, (2, 36): ZoneFormat.TD2, (2, 44): ZoneFormat.TD3}
_LONGEST = 200


def write_zone(zone: Zone) -> str:
    """Return the lines of a zone, parted by line feeds."""
    return "\n".join(_WRITERS[zone.format](zone))


def read_zone(text: str) -> Zone:
    """Return what the lines of a zone say.

    Parameters
    ----------
    text
        Two or three lines; spaces around them are left out.

    Raises
    ------
    PersonDataError
        When it has another shape, a character that has no place in it, a wrong check digit, or a field that cannot be.
    """
    if len(text) > _LONGEST:
        raise PersonDataError("this is no machine-readable zone", remedy=_AGAIN)
    lines = text.split()
    shape = (len(lines), len(lines[0]) if lines else 0)
    if shape not in _SHAPES or any(len(line) != shape[1] for line in lines):
        raise PersonDataError("a machine-readable zone has 3 lines of 30, 2 of 36 or 2 of 44 characters", remedy=_AGAIN)
    if not ALLOWED.issuperset("".join(lines)):
        raise PersonDataError("a machine-readable zone has the letters A-Z, digits and < alone", remedy=_AGAIN)
    zone = _READERS[_SHAPES[shape]](lines)
    if write_zone(zone).split() != lines:  # what says the same in two ways is no document of ours, nor of anybody's
        raise PersonDataError(
            "the fillers of the machine-readable zone stand elsewhere than they should", remedy=_AGAIN
        )
    return zone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """The document number in its field, with check digit, and what precedes the optional data."""

    field: str
    overflow: str


def _numbered(zone: Zone) -> _Numbered:
    number = zone.number
    if len(number) <= SHORT_NUMBER:
        field = number.ljust(SHORT_NUMBER, FILLER)
        return _Numbered(field=field + check_digit(field), overflow="")
    rest = number[SHORT_NUMBER:]
    return _Numbered(field=number[:SHORT_NUMBER] + FILLER, overflow=rest + check_digit(number) + FILLER)


def _td1(zone: Zone) -> list[str]:
    number = _numbered(zone)
    optional = (number.overflow + zone.optional).ljust(OPTIONAL_LENGTH[zone.format], FILLER)
    upper = _head(zone) + number.field + optional
    second = zone.second_optional.ljust(SECOND_OPTIONAL_LENGTH[zone.format], FILLER)
    middle = _life(zone) + _padded(zone.nationality) + second
    composite = check_digit(upper[5:] + middle[:7] + middle[8:15] + middle[18:29])
    return [upper, middle + composite, zone.name.ljust(NAME_LENGTH[zone.format], FILLER)]


def _td2(zone: Zone) -> list[str]:
    number = _numbered(zone)
    lower = number.field + _padded(zone.nationality) + _life(zone)
    lower += (number.overflow + zone.optional).ljust(OPTIONAL_LENGTH[zone.format], FILLER)
    return [_head(zone) + zone.name.ljust(NAME_LENGTH[zone.format], FILLER), lower + _composite(lower)]


def _td3(zone: Zone) -> list[str]:
    lower = _numbered(zone).field + _padded(zone.nationality) + _life(zone)
    personal = zone.optional.ljust(OPTIONAL_LENGTH[zone.format], FILLER)
    lower += personal + check_digit(personal)
    return [_head(zone) + zone.name.ljust(NAME_LENGTH[zone.format], FILLER), lower + _composite(lower)]


def _head(zone: Zone) -> str:
    return zone.code.ljust(2, FILLER) + _padded(zone.state)


def _life(zone: Zone) -> str:
    return zone.birth + check_digit(zone.birth) + zone.sex + zone.expiry + check_digit(zone.expiry)


def _composite(lower: str) -> str:
    return check_digit(lower[:10] + lower[13:20] + lower[21:])


def _padded(state: str) -> str:
    return state.ljust(3, FILLER)


def _read_td1(lines: list[str]) -> Zone:
    upper, middle, name = lines
    number, optional = _read_number(upper[5:15], upper[15:])
    _require("all fields", upper[5:] + middle[:7] + middle[8:15] + middle[18:29], middle[29])
    return _read(ZoneFormat.TD1, upper[:5], name, middle[:15], middle[15:18], (number, optional, middle[18:29]))


def _read_td2(lines: list[str]) -> Zone:
    upper, lower = lines
    number, optional = _read_number(lower[:10], lower[28:35])
    _require("all fields", lower[:10] + lower[13:20] + lower[21:35], lower[35])
    return _read(ZoneFormat.TD2, upper[:5], upper[5:], lower[13:28], lower[10:13], (number, optional, ""))


def _read_td3(lines: list[str]) -> Zone:
    upper, lower = lines
    _require("the document number", lower[:9], lower[9])
    personal, digit = lower[28:42], lower[42]
    if personal.strip(FILLER) or digit != FILLER:  # without a personal number its check digit may be left out
        _require("the personal number", personal, digit)
    else:
        lower = lower[:42] + "0" + lower[43:]  # worth as much as a filler, and what we write
        lines[1] = lower
    _require("all fields", lower[:10] + lower[13:20] + lower[21:43], lower[43])
    parts = (lower[:9].rstrip(FILLER), personal, "")
    return _read(ZoneFormat.TD3, upper[:5], upper[5:], lower[13:28], lower[10:13], parts)


def _read_number(field: str, optional: str) -> tuple[str, str]:
    """Return the document number, which may go on in the optional data, and what is left of these."""
    number, digit = field[:SHORT_NUMBER], field[SHORT_NUMBER]
    if digit != FILLER:
        _require("the document number", number, digit)
        return number.rstrip(FILLER), optional
    rest, filler, left = optional.partition(FILLER)
    if len(rest) < 2 or not filler:
        raise PersonDataError("the check digit of the document number is missing", remedy=_AGAIN)
    _require("the document number", number + rest[:-1], rest[-1])
    return number + rest[:-1], left


def _read(  # noqa: PLR0913, PLR0917 - the parts of a zone, in their order
    format_: ZoneFormat, head: str, name: str, life: str, nationality: str, parts: tuple[str, str, str]
) -> Zone:
    _require("the date of birth", life[:6], life[6])
    _require("the date of expiry", life[8:14], life[14])
    number, optional, second = (part.rstrip(FILLER) for part in parts)
    return Zone(
        format=format_,
        code=head[:2].rstrip(FILLER),
        state=head[2:].rstrip(FILLER),
        number=number,
        birth=life[:6],
        sex=life[7],
        expiry=life[8:14],
        nationality=nationality.rstrip(FILLER),
        name=name.rstrip(FILLER),
        optional=optional,
        second_optional=second,
    )


def _require(what: str, text: str, digit: str) -> None:
    if check_digit(text) != digit:
        raise PersonDataError(f"the check digit of {what} is wrong", remedy=_AGAIN)


_WRITERS = {ZoneFormat.TD1: _td1, ZoneFormat.TD2: _td2, ZoneFormat.TD3: _td3}
_READERS = {ZoneFormat.TD1: _read_td1, ZoneFormat.TD2: _read_td2, ZoneFormat.TD3: _read_td3}
