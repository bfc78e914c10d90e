"""Conditions and languages, as headers say them."""

from __future__ import annotations

import pytest

from api.http.problems import Refusal
from api.native.conditions import _version_expected, is_known, tag_of
from api.native.languages import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-ML, en;q=0.9", "fr"),
        ("en;q=0.2, fr;q=0.8", "fr"),
        ("en-GB,fr;q=0.5", "en"),
        ("de, fr;q=0.1", "fr"),
        ("*", "en"),
        ("fr;q=0", "en"),
        ("*;q=0.5, en;q=0", "fr"),
        ("fr;q=7", "en"),
        ("\x00,,;;", "en"),
    ],
)
def test_the_language_that_is_preferred(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_tags_say_what_a_document_says() -> None:
    assert tag_of({"a": 1, "b": 2}) == tag_of({"b": 2, "a": 1}) != tag_of({"a": 1, "b": 3})


@pytest.mark.parametrize(
    ("header", "known"),
    [(None, False), ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ('"ab"', False), ("a", False), ("*", True)],
)
def test_tags_that_are_known(header: str | None, known: bool) -> None:
    assert is_known('"a"', header) is known


def test_the_version_that_is_expected() -> None:
    assert _version_expected('"3"', None) == 3
    assert _version_expected(None, "*") == 0


@pytest.mark.parametrize(
    ("match", "none_match", "status"),
    [
        (None, None, 428),
        (None, '"1"', 428),
        ('"1"', "*", 428),
        ('"0"', None, 412),
        ("*", None, 412),
        ('W/"1"', None, 412),
        ('"01"', None, 412),
        ('"1x"', None, 412),
    ],
)
def test_conditions_that_name_no_version(match: str | None, none_match: str | None, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        _version_expected(match, none_match)
    assert refused.value.status == status
