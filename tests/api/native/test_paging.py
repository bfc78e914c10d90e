from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.problems import Refusal
from api.native.paging import number_behind, question_of, read_cursor, text_behind, write_cursor

QUESTION = question_of("cases", status="open", post=None)


@given(st.one_of(st.text(max_size=40), st.integers(0, 2**62)))
def test_a_cursor_leads_back_to_its_place(place: str | int) -> None:
    assert read_cursor(write_cursor(QUESTION, place), QUESTION) == place


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=60))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_cursor(text, QUESTION)
    assert refused.value.status == 400


def test_a_cursor_belongs_to_its_question() -> None:
    with pytest.raises(Refusal):
        read_cursor(write_cursor(QUESTION, "x"), question_of("cases", status="closed"))


@pytest.mark.parametrize("place", [True, None, 1.5, ["x"], {"a": 1}])
def test_places_of_other_types_are_refused(place: object) -> None:
    digest = json.loads(base64.urlsafe_b64decode(write_cursor(QUESTION, "x") + "=="))[0]
    forged = base64.urlsafe_b64encode(json.dumps([digest, place], separators=(",", ":")).encode()).decode().rstrip("=")
    with pytest.raises(Refusal):
        read_cursor(forged, QUESTION)


def test_a_place_is_a_name_or_a_number_as_its_list_has_it() -> None:
    assert text_behind(None, QUESTION) is None
    assert number_behind(None, QUESTION) == 0
    for read, place in ((text_behind, 3), (number_behind, "x"), (number_behind, -1)):
        with pytest.raises(Refusal):
            read(write_cursor(QUESTION, place), QUESTION)
