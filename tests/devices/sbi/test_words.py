from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import DeviceRefusedError
from biometrics.positions import FINGERS, Position
from devices.sbi.chain import FIRST, follows, link
from devices.sbi.failures import code_of, failure_of
from devices.sbi.json_text import number
from devices.sbi.replay import SeenRecords
from devices.sbi.words import FINGER_NAMES, FINGERS_BY_NAME, SUB_IDS, read_time, time_text
from tests.devices.sbi.making import FIRST_HASH, next_hash


def test_every_finger_has_one_name() -> None:
    assert set(FINGER_NAMES) == set(FINGERS)
    assert {FINGERS_BY_NAME[name] for name in FINGER_NAMES.values()} == set(FINGERS)
    assert FINGERS_BY_NAME["UNKNOWN"] is Position.UNKNOWN
    assert sorted(SUB_IDS.values()) == ["1", "2", "3"]


def test_times_are_read_and_written() -> None:
    moment = datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC)
    assert time_text(moment) == "2026-01-31T12:00:05Z"
    assert time_text(moment.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "2026-01-31T12:00:05Z"
    for text in ("2026-01-31T12:00:05Z", "2026-01-31T12:00:05.000Z", "2026-01-31T14:00:05+02:00"):
        assert read_time(text) == moment
    assert read_time("2026-01-31T12:00:05.123456789Z").microsecond == 123_456


@pytest.mark.parametrize(
    "text", ["", "2026-01-31T12:00:05", "2026-02-30T12:00:05Z", "0001-01-01T00:00:00+12:00", "2026-01-31 12:00:05Z"]
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="this "):
        read_time(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    with suppress(ValueError):
        assert read_time(text).tzinfo is UTC


def test_the_chain_is_that_of_the_specification() -> None:
    assert FIRST == FIRST_HASH
    assert link(FIRST, b"record") == next_hash(FIRST_HASH, b"record")
    assert follows(next_hash(FIRST_HASH, b"record").lower(), FIRST, b"record")
    for wrong in (next_hash(FIRST_HASH, b"other"), FIRST, "", "é" * 64, "0" * 63):
        assert not follows(wrong, FIRST, b"record")


@pytest.mark.parametrize(("value", "code"), [("111", "111"), (111, "111"), (" 0 ", "0"), (0, "0")])
def test_codes_come_as_text_or_number(value: object, code: str) -> None:
    assert code_of(value) == code


@pytest.mark.parametrize("value", [None, "", " ", True, -1, 1.5, [], "x" * 13, "é", "\x1b[31m", "1\n2", 10**9])
def test_other_codes_are_none(value: object) -> None:
    assert code_of(value) is None


def test_what_a_device_says_in_its_own_words_cannot_break_lines() -> None:
    failure = failure_of("700", "a\r\nb\x1b[31m" + "c" * 1000, "sbi:x")
    assert isinstance(failure, DeviceRefusedError)
    assert failure.message.isprintable()
    assert len(failure.message) < 250


@pytest.mark.parametrize(
    ("value", "expected"),
    [("81.5", 81.5), (70, 70), ("1e3", None), ("nan", None), ("", None), (True, None), (None, None), (1e400, None)],
)
def test_numbers_come_as_text_or_number(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_a_record_is_seen_once() -> None:
    seen = SeenRecords()
    assert seen.add_all([b"a", b"b"])
    assert not seen.add_all([b"c", b"b"])
    assert seen.add_all([b"c"])
    assert not seen.add_all([b"d", b"d"])
