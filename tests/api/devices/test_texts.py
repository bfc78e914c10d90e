"""Every text for operators is there in English and French, with the same gaps, and every key is used."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from api.devices import texts
from biometrics.people.exceptions import ExceptionReason
from biometrics.positions import Position
from biometrics.slaps import Slap
from enrollment.capture.plan import CaptureStep

API = Path(texts.__file__).parents[1]
MADE_UP = {"choice", "reason", "step", "slap"}
"""Keys that are put together out of a word and a name."""


@pytest.mark.parametrize("key", texts.all_texts())
def test_each_text_is_there_in_both_languages_with_the_same_gaps(key: str) -> None:
    written = texts.all_texts()[key]
    assert sorted(written) == ["en", "fr"]
    gaps = {language: {name for _, name, _, _ in Formatter().parse(text) if name} for language, text in written.items()}
    assert gaps["en"] == gaps["fr"]
    assert all((text.strip() and text != written["en"]) or language == "en" for language, text in written.items())


def test_what_is_named_has_a_text_and_what_is_not_has_none() -> None:
    keys = set(texts.all_texts())
    sources = [path for folder in ("devices", "verbs/devices_steps") for path in (API / folder).glob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources).replace("'", '"')
    named = set(re.findall(r'"((?:ask|answer)\.\w+)"', code)) | set(re.findall(r'text\(\s*"([\w.]+)"', code))
    assert named <= keys
    made_up = {key for key in keys if key.partition(".")[0] in MADE_UP}
    assert {key for key in keys - made_up if f'"{key}"' not in code} == set()
    assert {f"reason.{reason.value}" for reason in ExceptionReason} <= keys
    assert {f"{word}.{slap.value}" for slap in Slap for word in ("step", "slap")} <= keys


def test_a_language_without_texts_is_told_in_english() -> None:
    assert texts.text("accepted", "bm", what="x") == "x: accepted"


def test_what_is_presented_is_called_by_what_is_asked_for() -> None:
    right = CaptureStep(positions=Slap.RIGHT.fingers, slap=Slap.RIGHT)
    assert texts.presented(right, "en") == "the four fingers of the right hand"
    three = texts.presented(CaptureStep(positions=Slap.RIGHT.fingers[:2], slap=Slap.RIGHT), "en")
    assert three == "the right index finger and the right middle finger, together"
    alone = CaptureStep(positions=(Position.LEFT_THUMB,), slap=Slap.THUMBS)
    assert texts.presented(alone, "fr") == "le pouce gauche"
    assert texts.step_name("thumbs", "fr") == "les deux pouces"
    assert texts.step_name("face", "en") == "the face"
