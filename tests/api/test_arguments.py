"""What several verbs read from their arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.command_line import MISUSE
from api.verbs.arguments import counted, printable, whole_number
from tests.api.conftest import Run


@given(value=st.integers(-20, 2_000))
def test_whole_numbers_within_their_bounds_are_read(value: int) -> None:
    if 2 <= value <= 1_000:
        assert whole_number(str(value), least=2, most=1_000) == value
    else:
        with pytest.raises(argparse.ArgumentTypeError, match=f"'{value}' is not a whole number from 2 to 1,000"):
            whole_number(str(value), least=2, most=1_000)


@pytest.mark.parametrize("text", ["", " 1", "+1", "-1", "1_0", "1.0", "1e3", "٣", "²", "nan", "abc", "9" * 10_000])
def test_other_text_is_no_whole_number(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number from 0 to 999,999,999"):
        whole_number(text)


def test_one_is_no_plural() -> None:
    assert [counted(count, "print") for count in (0, 1, 2)] == ["0 prints", "1 print", "2 prints"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--limit", "many"), "'many' is not a whole number from 1 to "),
        (("--limit", "0"), "'0' is not a whole number from 1 to "),
        (("--ppi", "many"), "'many' is not a number of pixels per inch"),
    ],
)
def test_wrong_numbers_are_told_in_words(kura: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    code, _, err = kura("identify", tmp_path / "a.png", *words)
    assert (code, said in err) == (MISUSE, True)


def test_spaces_of_any_width_are_printed_and_what_steers_a_terminal_is_escaped() -> None:
    assert printable("1\u202f000\u00a0é\nŋ") == "1\u202f000\u00a0é\nŋ"
    assert printable("\x1b[2J\u202e\u2028\r") == "\\x1b[2J\\u202e\\u2028\\r"
