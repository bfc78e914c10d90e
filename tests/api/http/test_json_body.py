"""What `strict_json` takes is what `json.loads` takes; what two readers could understand differently it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.json_body import DEEPEST, MOST_VALUES, strict_json
from api.http.problems import Refusal

_TEXTS = st.text(st.characters(exclude_characters="\x00", codec="utf-8"))
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXTS, inner, max_size=5),
    max_leaves=30,
)


@given(_DOCUMENTS, st.booleans(), st.sampled_from([None, 1]))
def test_reads_what_any_reader_reads(document: Any, ascii_only: bool, indent: int | None) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode("utf-8")
    assert strict_json(data) == json.loads(data)


@given(st.binary(max_size=60) | _TEXTS.map(str.encode))
def test_what_is_read_is_read_alike_and_the_rest_refused(data: bytes) -> None:
    try:
        read = strict_json(data)
    except Refusal as refusal:
        assert (refusal.status, refusal.kind.name) in ((400, "json"), (422, "unusable"))
        return
    assert read == json.loads(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"b": [{"a": 1, "\\u0061": 2}]}', "twice"),
        (b"NaN", "no number"),
        (b"[Infinity]", "no number"),
        (b"[-Infinity]", "no number"),
        (b"1e999", "too large"),
        (b"1." + b"0" * 500, "too long"),
        (b"9223372036854775808", "64 bits"),
        (b"-9223372036854775809", "64 bits"),
        (b"1" * 5000, "64 bits"),
        (b'"\\u0000"', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'"\\ud800"', "surrogate"),
        (b'{"x\\udc00": 1}', "surrogate"),
        (b'"\xff"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ('"é"'.encode("latin-1"), "UTF-8"),
        ('"a"'.encode("utf-16"), "UTF-8"),
        (b'\xef\xbb\xbf"a"', "byte order mark"),
        (b"{} {}", "read at character"),
        (b"{'a': 1}", "read at character"),
        (b'"\x01"', "read at character"),
        (b"", "read at character"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deeper"),
        (b'{"a":' * 50_000, "deeper"),
        (b"[" + b"1," * MOST_VALUES + b"1]", "more than"),
        (b"[" * (MOST_VALUES + 1), "more than"),
    ],
)
def test_refuses(data: bytes, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        strict_json(data)


@pytest.mark.parametrize(
    "data",
    [
        b"9223372036854775807",
        b"-9223372036854775808",
        b'"\\ud83d\\ude00"',
        b"[" * DEEPEST + b"]" * DEEPEST,
        b"[" + b"1," * (MOST_VALUES - 2) + b"1]",
    ],
)
def test_takes_what_is_just_within(data: bytes) -> None:
    assert strict_json(data) == json.loads(data)
