"""Check digits of machine-readable zones: ICAO Doc 9303-3, section 4.9."""

from __future__ import annotations

FILLER = "<"
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")

_WEIGHTS = (7, 3, 1)


def check_digit(text: str) -> str:
    """Return the check digit of a text of letters A-Z, digits and fillers.

    Raises
    ------
    ValueError
        When another character is in it.
    """
    return str(sum(_worth(letter) * _WEIGHTS[place % 3] for place, letter in enumerate(text)) % 10)


def _worth(letter: str) -> int:
    if letter not in ALLOWED:
        raise ValueError("this character has no place in a machine-readable zone")
    if letter == FILLER:
        return 0
    return int(letter) if letter.isdigit() else ord(letter) - ord("A") + 10
