"""Words and languages of the pages on loopback."""

from __future__ import annotations

import json
import re

import pytest

from devices.browser.pages import LANGUAGES, asset, page, preferred_language, words_of

PACKAGE = "devices.browser"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("fr", "fr"), ("fr-ML", "fr"), ("en-GB,fr;q=0.9", "en"), ("de,fr;q=0.2,en;q=0.1", "fr"),
        ("*", "en"), ("fr;q=0, *;q=0.5", "en"), ("FR", "fr"), ("fr;q=nonsense", "en"), ("fr" * 500, "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_preferred_one(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


def test_every_word_is_there_in_both_languages_and_is_used() -> None:
    words = words_of(PACKAGE, "camera.toml")
    template, script = asset(PACKAGE, "camera.html"), asset(PACKAGE, "camera.js")
    assert set(words) == set(LANGUAGES)
    assert set(words["en"]) == set(words["fr"])
    places = set(re.findall(r"\{\{(\w+)\}\}", template)) - {"language", "data"}
    said = set(re.findall(r'"([a-z_]+)"', script)) | set(re.findall(r"words\.(\w+)", script))
    assert places <= set(words["en"])
    assert set(words["en"]) <= places | said
    for key, text in words["en"].items():
        assert text and words["fr"][key], key
        assert (words["fr"][key] == text) <= (key == "camera"), key


def test_what_the_script_says_are_words() -> None:
    words = words_of(PACKAGE, "camera.toml")["en"]
    script = asset(PACKAGE, "camera.js")
    told = set(re.findall(r'(?:say|stop|offer)\("(\w+)"', script)) | set(re.findall(r': "([a-z_]+)"[,\n ]', script))
    assert {"denied", "none", "in_use", "unplugged", "lost", "occupied", "expired"} <= told
    assert told <= set(words) | {"video", "take_over"}


def test_words_cannot_become_markup() -> None:
    words = {"title": "<b>&\"'</b></script><script>alert(1)</script>"}
    text = page(
        "<title>{{title}}</title><script id=x>{{data}}</script>", words, language="en", settings={"a": "</script>"}
    )
    assert "<b>" not in text
    assert text.count("</script>") == 1
    data = text.split("<script id=x>")[1].split("</script>")[0]
    assert json.loads(data) == {"words": words, "settings": {"a": "</script>"}}


def test_a_place_without_a_word_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        page("{{nothing}}", {}, language="en", settings={})
