"""Names in machine-readable zones: ICAO Doc 9303-3 (section 6, transliteration; section 4, names), by a table.

The table `transliteration.toml` is data: an installation lays its own rows over it where a state has decided otherwise.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from biometrics.errors import ConfigurationError, PersonDataError
from biometrics.people.names import PersonName

TD1_NAME, TD3_NAME = 30, 39
"""Positions for the name: of a card (Doc 9303-5) and of a passport (Doc 9303-4)."""

FILLER = "<"

_SHIPPED = Path(__file__).with_name("transliteration.toml")
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_FORM = 'write rows like "Ü" = "UE" under [name.rows]'
_SILENT = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Joiners and direction marks, which are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transliteration:
    """A table from characters to capital letters; made by `shipped_table` or `read_table`."""

    rows: dict[str, str]

    def letters(self, text: str) -> str:
        """Return the text in letters A-Z and fillers, as long as it comes out.

        Raises
        ------
        PersonDataError
            When a character has no row and no decomposition into letters, naming its code point.
        """
        written = "".join(self._worth(letter) for letter in unicodedata.normalize("NFC", text))
        return FILLER.join(part for part in written.split(FILLER) if part)

    def _worth(self, letter: str) -> str:
        for form in (letter, _capital(letter)):
            if form in self.rows:
                return self.rows[form]
            if form in _LETTERS:
                return form
        if letter in _SILENT or unicodedata.category(letter) == "Mn":
            return ""
        parts = unicodedata.normalize("NFKD", letter)
        if parts == letter:
            raise PersonDataError(
                f"the character U+{ord(letter):04X} has no letters in the transliteration table",
                remedy="add a row for it to a table of your own, or record the name in Latin letters as an alias",
            )
        return "".join(self._worth(part) for part in parts)


def mrz_name(name: PersonName, length: int, table: Transliteration | None = None) -> str:
    """Return the name field of a machine-readable zone, filled or shortened to `length` positions.

    The family name comes first, then two fillers and the given names; a single name stands alone. Where it is too
    long, given names go from the end, then the end of the family name, of which most is kept, and the first letter of
    the given names; the last position is then a letter, which tells readers that something may be missing
    (Doc 9303-4, 4.2.2 and 9303-5, 4.2.2; of the ways that these allow, one).

    Parameters
    ----------
    name
        Whose.
    length
        `TD1_NAME` or `TD3_NAME`.
    table
        Another table than the shipped one.

    Raises
    ------
    PersonDataError
        When a character has no row, or a part of the name consists of characters that are left out.
    """
    table = shipped_table() if table is None else table
    parts = [table.letters(part) for part in (name.family, name.given) if part]
    if not all(parts):
        raise PersonDataError(
            "nothing of a part of the name can be written in a machine-readable zone", remedy="add a name in letters"
        )
    primary, secondary = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "")
    whole = f"{primary}<<{secondary}" if secondary else primary
    return whole.ljust(length, FILLER) if len(whole) <= length else _shortened(primary, secondary, length)


def _shortened(primary: str, secondary: str, length: int) -> str:
    """Return the longest beginnings of both that end in a letter at the last position."""
    if not secondary:
        return _ending_in_letter(primary, length)
    if len(primary) + 3 <= length:
        room = length - len(primary) - 2
        return f"{primary}<<{_ending_in_letter(secondary, room)}"
    return f"{_ending_in_letter(primary, length - 3)}<<{secondary[0]}"


def _ending_in_letter(text: str, length: int) -> str:
    """Return the beginning of a longer text; where it would end in a filler, one letter less before and one after."""
    cut = text[:length]
    if not cut.endswith(FILLER):
        return cut
    before, after = text[: length - 2], text[length]
    return (
        f"{before}{FILLER}{after}" if not before.endswith(FILLER) and before else f"{before}{after}" + text[length + 1]
    )


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 else letter


@cache
def shipped_table() -> Transliteration:
    """Return the table that comes with Kura."""
    return Transliteration(rows=_read_rows(_SHIPPED))


def read_table(path: Path) -> Transliteration:
    """Return the shipped table with the rows of a file of the same form laid over it.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or a row is not one character and capital letters A-Z.
    """
    return Transliteration(rows=shipped_table().rows | _read_rows(path))


def _read_rows(path: Path) -> dict[str, str]:
    rows: dict[str, Any] = {}
    try:
        blocks = tomllib.loads(path.read_text(encoding="utf-8"))
        separators = blocks.pop("separators", {})
        rows |= dict.fromkeys(separators.get("dropped", ""), "")
        rows |= dict.fromkeys(separators.get("filler", ""), FILLER)
        for block in blocks.values():
            rows |= block["rows"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError("the transliteration table cannot be read", source=str(path)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            "the transliteration table has another form", source=str(path), remedy=_FORM
        ) from error
    for letter, worth in rows.items():
        if len(letter) != 1 or not isinstance(worth, str) or not _LETTERS | {FILLER} >= set(worth):
            raise ConfigurationError(
                "a row of the transliteration table is not one character and capital letters A-Z",
                source=str(path),
                remedy=_FORM,
            )
    return rows
