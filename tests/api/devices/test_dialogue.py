"""Questions are asked until the answer can be used, and an empty answer goes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.devices.dialogue import Dialogue, TakenBackError
from tests.api.devices.typist import Typist

OPTIONS = [("a", "first"), ("b", "second"), ("c", "third")]


def _dialogue(typist: Typist, language: str = "en") -> Dialogue:
    return Dialogue(say=typist.say, ask=typist.ask, language=language)


def test_one_is_chosen_by_its_number() -> None:
    typist = Typist("0", "4", "1.0", "²", "-1", "x", "02", " 2 ")
    assert _dialogue(typist).one("ask.reason", OPTIONS) == "b"
    assert typist.lines[:3] == ["  1  first", "  2  second", "  3  third"]
    assert typist.lines.count("answer with a number from 1 to 3") == 7
    assert not typist.left


def test_where_there_is_no_way_back_an_empty_answer_is_asked_again() -> None:
    typist = Typist("", "3")
    assert _dialogue(typist, "fr").one("ask.choice", OPTIONS, back=False) == "c"
    assert "répondez par un numéro de 1 à 3" in typist.lines


def test_several_are_chosen_in_the_order_they_are_offered() -> None:
    typist = Typist("1,1", "4", "1;2", ",", "3, 1")
    assert _dialogue(typist).several("ask.fingers", OPTIONS) == ("a", "c")
    assert typist.lines.count("answer with numbers from 1 to 3, each once") == 4
    assert _dialogue(Typist("2 3")).several("ask.fingers", OPTIONS) == ("b", "c")


def test_what_leaves_no_choice_is_not_asked() -> None:
    assert _dialogue(Typist()).several("ask.fingers", OPTIONS[:1]) == ("a",)


@pytest.mark.parametrize(("answer", "meant"), [("Yes", True), ("o", True), ("OUI", True), ("n", False), ("non", False)])
def test_yes_and_no_in_both_languages(answer: str, meant: bool) -> None:
    typist = Typist("maybe", "1", answer)
    assert _dialogue(typist).yes("ask.permanent") is meant
    assert typist.lines.count("answer yes or no") == 2


def test_an_empty_answer_goes_back_everywhere() -> None:
    with pytest.raises(TakenBackError):
        _dialogue(Typist(" ")).one("ask.reason", OPTIONS)
    with pytest.raises(TakenBackError):
        _dialogue(Typist("")).several("ask.fingers", OPTIONS)
    with pytest.raises(TakenBackError):
        _dialogue(Typist("")).yes("ask.permanent")
    with pytest.raises(TakenBackError):
        _dialogue(Typist("\t")).words("ask.why")


@given(st.text())
def test_no_answer_is_taken_for_another_one(answer: str) -> None:
    typist = Typist(answer, "2")
    try:
        chosen = _dialogue(typist).one("ask.reason", OPTIONS)
    except TakenBackError:
        assert not answer.strip()
        return
    assert chosen == ({"1": "a", "2": "b", "3": "c"}.get(answer.strip()) or "b")
