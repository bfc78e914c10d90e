"""What operators of devices read, in their language: texts by key, names of steps and of fingers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from biometrics.positions import Position
from biometrics.slaps import Slap
from enrollment.capture.findings import FALLBACK, names

_SLAPS = {slap.value: slap for slap in Slap}


def text(key: str, language: str, **values: Any) -> str:
    """Return a text with its gaps filled; in English where the language has none."""
    texts = all_texts()[key]
    return (texts.get(language) or texts[FALLBACK]).format(**values)


def step_name(step: str, language: str, positions: tuple[Position, ...] = ()) -> str:
    """Return how people call a step; with the fingers of a slap where not all of them are asked for."""
    slap = _SLAPS.get(step)
    if slap is None:
        return names((Position(step),), language)
    whole = text(f"step.{step}", language)
    if not positions or set(positions) == set(slap.fingers):
        return whole
    return text("step.part", language, whole=whole, fingers=names(positions, language))


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return all texts: key, language, text."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
