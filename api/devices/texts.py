"""What operators of devices read, in their language: texts by key, names of steps."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from biometrics.positions import Position
from biometrics.slaps import Slap
from enrollment.capture.findings import FALLBACK, names
from enrollment.capture.plan import CaptureStep

SLAP_NAMES = frozenset(slap.value for slap in Slap)
"""Steps in which fingers are pressed together."""


def text(key: str, language: str, **values: Any) -> str:
    """Return a text with its gaps filled; in English where the language has none."""
    texts = all_texts()[key]
    return (texts.get(language) or texts[FALLBACK]).format(**values)


def step_name(step: str, language: str) -> str:
    """Return how people call a step."""
    return text(f"step.{step}", language) if step in SLAP_NAMES else names((Position(step),), language)


def presented(step: CaptureStep, language: str) -> str:
    """Return what is presented for a step: the fingers of a slap by their names where not all of them are."""
    if step.slap is not None and step.positions == step.slap.fingers:
        return text(f"slap.{step.name}", language)
    fingers = names(step.positions, language)
    return fingers if len(step.positions) == 1 else text("slap.part", language, fingers=fingers)


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
