"""Names of a tongue that nobody speaks: heaps of consonants that no language strings together in this way.

The letters are those that registers of West Africa and Europe must carry (ɛ, ɔ, ɲ, ŋ, accents above and below), so
that names exercise what real ones will; the names themselves imitate nobody's.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_ONSETS = ("vlj", "qr", "xh", "zbl", "þv", "ŋq", "dzv", "kxl", "ɲz", "hml", "pfr", "wzl", "ǧv", "ðr", "gvl", "ţkh")
_VOWELS = ("a", "ɛ", "ɔ", "ů", "ỹ", "ë", "ī", "ạ")
_ENDINGS = ("", "q", "x", "ŋ", "zh", "vl")

SURNAMES = 400
"""Surnames are few and shared by many, as where they name clans."""


def given_name(random: np.random.Generator) -> str:
    """Return a given name of two or three syllables."""
    return _word(random, int(random.integers(2, 4)))


def surname(random: np.random.Generator) -> str:
    """Return one of a few hundred surnames, the first of them the most common."""
    return surname_of(int(SURNAMES * random.random() ** 2))


@cache
def surname_of(number: int) -> str:
    """Return the surname of a number from 0 to below `SURNAMES`."""
    return _word(np.random.default_rng(number), 2)


def place_name(random: np.random.Generator) -> str:
    """Return the name of a place, which says itself that there is no such place."""
    return f"{_word(random, 2)} (no such place)"


def _word(random: np.random.Generator, syllables: int) -> str:
    onsets, vowels = random.integers(len(_ONSETS), size=syllables), random.integers(len(_VOWELS), size=syllables)
    body = "".join(_ONSETS[onset] + _VOWELS[vowel] for onset, vowel in zip(onsets, vowels, strict=True))
    return (body + _ENDINGS[random.integers(len(_ENDINGS))]).capitalize()
