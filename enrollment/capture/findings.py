"""What a capture is asked for again, or decided about by a person: findings with keys, evidence, and texts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from biometrics.errors import BiometricsError, StorageError
from biometrics.positions import Position
from biometrics.scores import CalibratedFmr

FALLBACK = "en"
LANGUAGES = (FALLBACK, "fr")


class FindingKind(Enum):
    """What was found; the value is a stable key for programs and translations."""

    REPEATED_FINGER = "capture.finding.repeated_finger"
    WRONG_FINGER = "capture.finding.wrong_finger"
    SAME_SLAP_TWICE = "capture.finding.same_slap_twice"
    SWAPPED_HANDS = "capture.finding.swapped_hands"
    SWAPPED_THUMBS = "capture.finding.swapped_thumbs"
    UPSIDE_DOWN = "capture.finding.upside_down"
    DUPLICATE_IN_SLAP = "capture.finding.duplicate_in_slap"
    UNEXPECTED_FINGER = "capture.finding.unexpected_finger"
    TOO_MANY_FINGERS = "capture.finding.too_many_fingers"
    ATTACK_SUSPECTED = "capture.finding.attack_suspected"
    FEWER_FINGERS = "capture.finding.fewer_fingers"
    NOTHING_SEEN = "capture.finding.nothing_seen"
    UNUSABLE_PRINT = "capture.finding.unusable_print"
    UNUSABLE_FACE = "capture.finding.unusable_face"
    LOW_QUALITY = "capture.finding.low_quality"

    @property
    def about_identity(self) -> bool:
        """Whether it questions which finger or whose it is, and not only how good the picture is."""
        return self not in _ABOUT_QUALITY


_ABOUT_QUALITY = frozenset({
    FindingKind.FEWER_FINGERS,
    FindingKind.NOTHING_SEEN,
    FindingKind.UNUSABLE_PRINT,
    FindingKind.UNUSABLE_FACE,
    FindingKind.LOW_QUALITY,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFinding:
    """One thing found in one try.

    Parameters
    ----------
    kind
        What.
    positions
        Which of the positions that were asked for.
    others
        The positions they turned out to be, or to repeat.
    evidence
        Where prints were compared: how often those of different fingers are as alike.
    seen, expected
        Where fingers were counted.
    """

    kind: FindingKind
    positions: tuple[Position, ...] = ()
    others: tuple[Position, ...] = ()
    evidence: CalibratedFmr | None = None
    seen: int | None = None
    expected: int | None = None

    def text(self, language: str = FALLBACK) -> str:
        """Return what to tell the operator; in English where the language has no text."""
        named = {"fingers": self.positions, "others": self.others}
        numbers = {"seen": self.seen, "expected": self.expected}
        return fill(self.kind.value, language, **named, **numbers)

    def document(self) -> dict[str, Any]:
        """Return the JSON form that `parse` reads."""
        rate = self.evidence
        return {
            "key": self.kind.value,
            "positions": [position.value for position in self.positions],
            "others": [position.value for position in self.others],
            "evidence": None
            if rate is None
            else {"fmr": rate.value, "extrapolated": rate.extrapolated, "model": rate.model},
            "seen": self.seen,
            "expected": self.expected,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> CaptureFinding:
        """Read what `document` wrote.

        Raises
        ------
        StorageError
            When it is anything else.
        """
        try:
            rate = document["evidence"]
            return cls(
                kind=FindingKind(document["key"]),
                positions=tuple(Position(name) for name in document["positions"]),
                others=tuple(Position(name) for name in document["others"]),
                evidence=None
                if rate is None
                else CalibratedFmr(value=rate["fmr"], extrapolated=rate["extrapolated"], model=rate["model"]),
                seen=document["seen"],
                expected=document["expected"],
            )
        except (KeyError, TypeError, ValueError, BiometricsError) as error:
            raise StorageError("a kept finding cannot be read", remedy="capture the person anew") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFingers:
    """Asks which fingers of a slap are missing, since fewer were seen than expected; nothing is named until then.

    Parameters
    ----------
    seen
        How many were seen.
    expected
        Which were expected, from left to right.
    candidates
        Which of them may be the missing ones; the others were recognised, or named by the device.
    """

    seen: int
    expected: tuple[Position, ...]
    candidates: tuple[Position, ...]

    @property
    def missing(self) -> int:
        """How many are to be named."""
        return len(self.expected) - self.seen

    @property
    def key(self) -> str:
        """Stable key of the text."""
        return f"capture.question.missing_{'fingers' if self.missing == 1 else 'several'}"

    def text(self, language: str = FALLBACK) -> str:
        """Return the question for the operator; in English where the language has no text."""
        numbers = {"seen": self.seen, "expected": len(self.expected), "missing": self.missing}
        return _text(self.key, language).format(fingers=_listed(self.candidates, language, "or"), **numbers)


def fill(key: str, language: str, **values: Sequence[Position] | int | None) -> str:
    """Return the text of a key with positions and numbers filled in."""
    told = {name: names(value, language) if isinstance(value, tuple) else value for name, value in values.items()}
    return _text(key, language).format(**told)


def names(positions: Sequence[Position], language: str = FALLBACK) -> str:
    """Return the names of positions, as a list in a sentence."""
    return _listed(positions, language, "and")


def _listed(positions: Sequence[Position], language: str, word: str) -> str:
    each = [_text(f"capture.position.{position.value}", language) for position in positions]
    if len(each) < 2:
        return "".join(each)
    return f"{', '.join(each[:-1])} {_text(f'capture.word.{word}', language)} {each[-1]}"


def _text(key: str, language: str) -> str:
    texts = all_texts()[key]
    return texts.get(language) or texts[FALLBACK]


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("finding_texts.toml").read_text(encoding="utf-8"))
