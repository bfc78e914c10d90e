"""The texts that belong to the keys of verdicts on faces, in the languages an operator may read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "fr", "bm")
"""ISO 639-1 codes: English, French, Bambara (a draft, see the file)."""

FALLBACK = "en"


def advice_text(key: str, language: str = FALLBACK) -> str:
    """Return the text of a message key; English where the language has none, the key itself where nothing has.

    Parameters
    ----------
    key
        As verdicts carry it: `face.exposure.too_dark`.
    language
        ISO 639-1 code.
    """
    texts = all_messages().get(key, {})
    return texts.get(language) or texts.get(FALLBACK) or key


@cache
def all_messages() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
