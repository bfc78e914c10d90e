"""What an operator is told while somebody is in front of a device: keys that stay, texts in the languages of operators.

What live hints and the verdicts on portraits both say has one key and one text (`models.face.quality.messages`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from enrollment.capture import findings
from models.face.quality.messages import FALLBACK, LANGUAGES, advice_text

__all__ = ["FALLBACK", "LANGUAGES", "Hint", "hint_texts"]

_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One thing to do now, or to know.

    Parameters
    ----------
    key
        Stable, for programs and translations: `finger.hint.moisten`.
    blocking
        Whether a frame that shows this is not to be taken by itself; what does not block is told all the same.
    numbers
        What the text's gaps are filled with, by name.
    positions
        The fingers that it is about, where it is not about all that is presented.

    Raises
    ------
    ConfigurationError
        When there is no text of this key, or it needs other numbers.
    """

    key: str
    blocking: bool
    numbers: Mapping[str, int] = field(default_factory=lambda: _NONE, hash=False)
    positions: tuple[Position, ...] = ()

    def __post_init__(self) -> None:
        try:
            written = self.text()
        except (KeyError, IndexError, ValueError):
            raise ConfigurationError(f"the text of {self.key} needs other numbers than {set(self.numbers)}") from None
        if written == self.key:
            raise ConfigurationError(
                f"there is no text of {self.key}", remedy="add it to enrollment/capture/hints.toml"
            )

    def text(self, language: str = FALLBACK) -> str:
        """Return what to show: English where the language has no text.

        Parameters
        ----------
        language
            ISO 639-1 code, one of `LANGUAGES`.
        """
        texts = hint_texts().get(self.key)
        written = advice_text(self.key, language) if texts is None else texts.get(language) or texts[FALLBACK]
        told = written.format(**self.numbers)
        if not self.positions or language not in findings.LANGUAGES:
            return told
        return f"{findings.names(self.positions, language)}{' ' if language == 'fr' else ''}: {told}"


@cache
def hint_texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts that only live hints have: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("hints.toml").read_text(encoding="utf-8"))
