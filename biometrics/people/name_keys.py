"""Keys under which the spellings of one name meet: Cissoko, Sissoko and Sissokho; N'Diaye and Ndiaye; Kɔnɛ and Koné.

A key finds; it never decides that two people are one. Rules are for names of Mali and its neighbours as French, English
and Bambara orthography spell them, from what these orthographies do with one sound; which variants meet and which must
not is written down in `tests/biometrics/people/name_variants.py`, and measured there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from biometrics.errors import PersonDataError
from biometrics.people.transliteration import FILLER, shipped_table

MOST_FORMS = 5
"""Forms under which a name is found: itself, and up to four of its words."""

_VOWEL = "[AEIOU]"

# In this order. Each rule sees what the earlier ones left; vowels stay, for Konaté, Koné and Keita are three names.
_RULES = tuple(
    (re.compile(pattern), worth)
    for pattern, worth in (
        ("PH", "F"),
        ("CH(?=[RLN])", "K"),  # Christine
        ("T?CH|SCH|SH", "S"),  # Cheick, Sheikh; Aïchata is Aïssata to many clerks
        ("C(?=[EIY])", "S"),  # Cissé
        ("CK|CQ|QU(?=[EI])|[CQ]", "K"),  # Dicko, Camara
        ("GU(?=[EIY])", "G"),  # Guindo
        ("GN", "NY"),  # French for ɲ
        ("(?<=[KGTDBZ])H", ""),  # Sissokho, Thiam
        ("^H|H$", ""),  # Hawa, Fofanah
        ("X", "KS"),
        ("OU|OO", "U"),
        (f"(?<![A-Z])[UW]+(?={_VOWEL})|(?<=[AEIO])U(?={_VOWEL})", "W"),  # Ouattara, Aoua
        (f"D[IY](?={_VOWEL})|DJ", "J"),  # Diallo, Djibril
        ("^[OU](?=S?M)", "U"),  # Omar, Osman
        ("[IY]+", "I"),  # Kulibali, Dumbiya, Keyita
        ("M(?=[BP])", "N"),
        ("(?<=.)E(?=N[^AEIOU])", "A"),  # Dembélé, Danbɛlɛ: French writes one nasal vowel twice
        (r"(.)\1+", r"\1"),
        ("(?<=.{3})OGO$", "OKO"),  # Bagayogo
        ("(?<=[^AEIOU])E$|(?<=I)E$", ""),  # Ousmane, Ndiaye; and then Koné too, which harms nobody
        (r"(.)\1+", r"\1"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameForm:
    """One form under which a name is found: its key, and the letters A-Z of how it is spelled, without spaces."""

    key: str
    spelling: str


@lru_cache(maxsize=65536)
def name_forms(text: str) -> tuple[NameForm, ...]:
    """Return the forms of a family name, or of given names: the whole first, then its words; none of an empty one.

    Words of one letter are no forms of their own. Script that the transliteration table does not have keeps its own
    letters, and then only the same letters meet.
    """
    words = _words(text)
    spellings = dict.fromkeys(["".join(words), *(word for word in words if len(word) > 1)])
    forms = [NameForm(key=_key(spelling), spelling=spelling) for spelling in spellings if spelling]
    return tuple(forms[:MOST_FORMS])


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text)
    try:
        return "".join(map(_letters, _told_apart(folded))).split(FILLER)
    except PersonDataError:
        return "".join(letter for letter in folded.upper() if letter.isalpha() or letter == " ").split()


def _told_apart(text: str) -> str:
    """Return the text with letters that stand for another sound than A-Z would suggest written out."""
    lower = text.lower()
    if not {"ɛ", "ɔ", "ɲ", "ŋ"}.isdisjoint(lower):
        lower = re.sub("c(?=[aeiouɛɔ])", "ty", lower)  # Bambara: Cɛmɔkɔ is Tiémoko
    return lower.replace("ç", "s")


@lru_cache(maxsize=4096)
def _letters(letter: str) -> str:
    # What the table writes after an X tells Arabic letters apart that people transcribe alike.
    written = _joined(letter)
    return written if letter == "x" else written.replace("X", "")


def _joined(letter: str) -> str:
    table = shipped_table()
    return FILLER if table.rows.get(letter) == FILLER else table.letters(letter)


def _key(spelling: str) -> str:
    key = spelling
    for pattern, worth in _RULES:
        key = pattern.sub(worth, key)
    return key or spelling
