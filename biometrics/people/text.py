"""Text that people typed: which characters are kept, and which could deceive whoever reads them."""

from __future__ import annotations

import unicodedata
from itertools import groupby

from biometrics.errors import PersonDataError

_REORDERING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Bidirectional classes (Unicode Standard Annex 9) of the invisible characters that rearrange the text around them."""

_INVISIBLE = frozenset("\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff") | {
    chr(code) for code in range(0xE0000, 0xE0080)
}
"""Characters without width or effect: two names that look alike would differ. Joiners and direction marks do not
belong here, as names in Persian, Hebrew or Hindi are spelled with them."""

_MOST_MARKS = 4
"""Combining marks on one base. Vietnamese, fully pointed Hebrew and Arabic need at most three."""


def has_surrogates(text: str) -> bool:
    """Return whether the text holds halves of surrogate pairs, as file names that are not UTF-8 do."""
    return any(unicodedata.category(letter) == "Cs" for letter in text)


def text_fault(text: str) -> str | None:
    """Return what is wrong with text that shall be shown and compared (`holds control characters`), or None.

    Wrong is what could break a listing or pass one text off as another: control characters, line and paragraph
    separators, and the invisible characters that rearrange text (bidirectional embeddings, overrides, isolates).
    Right-to-left letters themselves are as good as any.
    """
    categories = set(map(unicodedata.category, text))
    if "Cs" in categories:
        return "is not Unicode text (a file name that is not UTF-8)"
    if "Cc" in categories:
        return "holds control characters"
    if not categories.isdisjoint({"Zl", "Zp"}):
        return "holds a line separator"
    if "Cf" in categories and any(unicodedata.bidirectional(letter) in _REORDERING for letter in text):
        return "holds characters that change the direction of text"
    return None


def stated_text(text: object, *, what: str, longest: int) -> str:
    """Return what somebody states in normal form: Unicode NFC, white space folded to single spaces.

    Parameters
    ----------
    text
        As it came; only text is accepted.
    what
        The field, for the message (`the family name`); the text itself is never repeated.
    longest
        Most characters of the normal form.

    Raises
    ------
    PersonDataError
        When it is no text, too long, or holds characters that nobody can read or that mislead.
    """
    if not isinstance(text, str):
        raise PersonDataError(f"{what} is not text", remedy="give it as a JSON string")
    # Before anything else is done with it: normalising a very long run of combining marks takes very long.
    fault = f"is longer than {longest} characters" if len(text) > 4 * longest else text_fault(text.strip())
    if fault is None:
        text = unicodedata.normalize("NFC", " ".join(text.split()))
        fault = f"is longer than {longest} characters" if len(text) > longest else _unreadable(text)
    if fault is not None:
        raise PersonDataError(f"{what} {fault}", remedy="type it again, as the person's document has it")
    return text


def _unreadable(text: str) -> str | None:
    categories = set(map(unicodedata.category, text))
    if "Cf" in categories and not _INVISIBLE.isdisjoint(text):
        return "holds invisible characters"
    if not categories.isdisjoint({"Cn", "Co"}):
        return "holds characters that Unicode does not define"
    if categories.isdisjoint({"Mn", "Mc", "Me"}):
        return None  # no composed letter holds more than three marks
    marked = groupby(unicodedata.normalize("NFD", text), key=lambda letter: unicodedata.category(letter)[0] == "M")
    if any(is_mark and len(list(run)) > _MOST_MARKS for is_mark, run in marked):
        return f"holds more than {_MOST_MARKS} combining marks on one letter"
    return None
