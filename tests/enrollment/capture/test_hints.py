"""Hints have texts in every language, and no hint can be made without one."""

from __future__ import annotations

from string import Formatter

import pytest

from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from enrollment.capture import face_hints, finger_hints
from enrollment.capture.hints import LANGUAGES, Hint, hint_texts
from models.face.quality.messages import advice_text, all_messages
from models.finger.advice import PrintAdvice
from models.finger.slap import HandFault


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_key_has_english_french_and_a_draft_in_bambara() -> None:
    for key, texts in hint_texts().items():
        assert set(texts) == set(LANGUAGES) == {"en", "fr", "bm"}, key
        assert all(text.strip() == text != "" for text in texts.values()), key
        assert len(set(texts.values())) == len(LANGUAGES), key


def test_texts_of_a_key_have_the_same_gaps() -> None:
    for key, texts in hint_texts().items():
        assert len({frozenset(_gaps(text)) for text in texts.values()}) == 1, key


def test_no_key_has_texts_in_two_places() -> None:
    assert not set(hint_texts()) & set(all_messages())


def test_advice_on_prints_and_faults_of_hands_have_texts() -> None:
    codes = [*(advice.value for advice in PrintAdvice), *(fault.value for fault in HandFault)]
    assert {f"finger.hint.{code}" for code in codes} <= set(hint_texts())


def test_advice_on_prints_says_the_same_as_after_extraction() -> None:
    told = {advice: hint_texts()[f"finger.hint.{advice.value}"]["en"] for advice in PrintAdvice}
    same = (PrintAdvice.SHOW_MORE, PrintAdvice.MOISTEN, PrintAdvice.DRY)
    assert {advice: told[advice] for advice in same} == {advice: advice.text for advice in same}


def test_every_text_can_be_reached() -> None:
    made = {
        hint.key for module in (finger_hints, face_hints) for hint in vars(module).values() if isinstance(hint, Hint)
    }
    codes = {f"finger.hint.{one.value}" for one in (*PrintAdvice, *HandFault)}
    assert set(hint_texts()) == {key for key in made if ".hint." in key} | codes | {
        "finger.hint.fewer",
        "finger.hint.fewer_several",
        "finger.hint.more",
    }


def test_gaps_are_filled_in_every_language() -> None:
    hint = Hint(key="finger.hint.fewer", blocking=True, numbers={"found": 3, "expected": 4})
    assert hint.text() == hint.text("en") == "3 of 4 fingers seen: which one is missing?"
    assert hint.text("fr") == "doigts vus : 3 sur 4 ; lequel manque ?"
    assert "3" in hint.text("bm")


def test_what_portraits_are_told_is_told_in_the_same_words() -> None:
    hint = Hint(key="face.exposure.too_dark", blocking=True)
    for language in LANGUAGES:
        assert hint.text(language) == advice_text(hint.key, language)


def test_a_language_without_a_text_falls_back_to_english() -> None:
    hint = Hint(key="finger.hint.dry", blocking=True)
    assert hint.text("xx") == hint.text("en") != hint.text("fr")


@pytest.mark.parametrize(
    ("key", "numbers"), [("finger.hint.unheard_of", {}), ("face.nothing", {}), ("finger.hint.fewer", {"found": 3})]
)
def test_a_hint_without_a_text_cannot_be_made(key: str, numbers: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        Hint(key=key, blocking=True, numbers=numbers)


def test_hints_on_some_fingers_of_a_slap_name_them() -> None:
    dry = Hint(key="finger.hint.moisten", blocking=True, positions=(Position.RIGHT_RING, Position.RIGHT_LITTLE))
    assert dry.text("fr").startswith("l'annulaire droit et l'auriculaire droit : l'empreinte est sèche ou pâle ; ")
    assert dry.text().startswith("the right ring finger and the right little finger: the print is dry or faint; ")
    assert "right" not in dry.text("bm")
