"""Paths and query strings: what is taken is read alike by whoever reads it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.addresses import require_known_query, require_plain_path
from api.http.problems import Refusal

_TEXTS = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), min_size=1)


@given(st.dictionaries(_TEXTS, _TEXTS, max_size=4))
def test_any_text_may_be_encoded(parameters: dict[str, str]) -> None:
    query = urlencode(parameters).encode("ascii")
    require_known_query({"query_string": query}, parameters.keys(), ())
    for name in parameters:
        with pytest.raises(Refusal):
            require_known_query({"query_string": query}, parameters.keys() - {name}, ())


@given(st.binary(max_size=12).map(lambda tail: b"a=" + tail))
def test_what_is_taken_is_what_the_framework_reads(query: bytes) -> None:
    try:
        require_known_query({"query_string": query}, ("a",), ())
    except Refusal as refusal:
        assert refusal.status in (400, 422)
        return
    read = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    assert read == parse_qsl(query.decode("utf-8"), keep_blank_values=True, errors="strict")
    assert len(read) <= 1


@pytest.mark.parametrize(
    "query", [b"a=\xc3\xa9", b"\xff=1", b"a=%c3", b"a=%ed%a0%80", b"a=%g1", b"a=1&a=2", b"b=1", b"%61=1&a=2"]
)
def test_queries_that_are_refused(query: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        require_known_query({"query_string": query}, ("a",), ())
    assert (refused.value.status, refused.value.kind.name) == (400, "invalid")


@pytest.mark.parametrize("path", [b"/a\xc3\xa9", b"/%c3", b"/%", b"/%2g"])
def test_paths_that_are_refused(path: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        require_plain_path({"raw_path": path})
    assert (refused.value.status, refused.value.kind.name) == (400, "path")


@pytest.mark.parametrize("path", [b"/a", b"/%C3%A9", b"/a.b", b"/...", b"/a%20b", b"/a%3Fb?c=%2F", b"", b"/a//b"])
def test_paths_that_are_taken(path: bytes) -> None:
    require_plain_path({"raw_path": path})
