"""Names are kept as people write them; what nobody can read, or reads wrongly, is refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import PersonDataError
from biometrics.people.names import LONGEST_NAME, NameKind, PersonName
from biometrics.people.text import text_fault


@pytest.mark.parametrize(
    "text",
    [
        "Kɔnɛ",
        "Ɲaŋa",
        "N'Diaye",
        "Ould-Mohamed",
        "محمد بن زكريا",
        "יצחק",
        "Nguyễn Thị",
        "ზურაბ",
        "田中",
        "मीनाक्षी",
        "می‌خواهم",  # a joiner that the spelling needs
        "Ọ̀rúnmìlà",
    ],
)
def test_names_of_any_script_are_kept(text: str) -> None:
    kept = PersonName(family=text).family
    assert kept == unicodedata.normalize("NFC", text)


def test_a_name_is_kept_in_one_form() -> None:
    composed, decomposed = PersonName(family="Touré"), PersonName(family="  Toure\u0301 ")
    assert composed == decomposed
    assert PersonName(given="Awa \u00a0  Fanta").given == "Awa Fanta"


def test_somebody_may_have_a_single_name() -> None:
    assert PersonName(given="Suharto").family == ""
    assert PersonName(family="Suharto").given == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x" * 201, "longer than 200"),
        ("x" * 10_000, "longer than 200"),
        ("x\u0301" * 100_000, "longer than 200"),
        ("A\x00B", "control characters"),
        ("A\tB", "control characters"),
        ("A\nB", "control characters"),
        ("A\u009bB", "control characters"),
        ("A\u2028B", "line separator"),
        ("A\ud800B", "not Unicode text"),
        ("A\u202eB", "direction of text"),
        ("A\u2067B", "direction of text"),
        ("A\u200bB", "invisible"),
        ("A\u00adB", "invisible"),
        ("A\U000e0041B", "invisible"),
        ("A\ue000B", "does not define"),
        ("A\U000e1fffB", "does not define"),
        ("A" + "\u0301\u0300\u0302\u0303\u0304", "more than 4 combining"),
        ("Z" + "\u0335" * 60, "more than 4 combining"),
        ("\u1ea4" + "\u0335\u0336\u0337", "more than 4 combining"),  # two of its own
        ("12345", "no letter"),
        ("--", "no letter"),
    ],
)
def test_what_cannot_be_a_name_is_refused(text: str, complaint: str) -> None:
    for part in ("family", "given"):
        with pytest.raises(PersonDataError, match=complaint) as caught:
            PersonName.parse({part: text})
        assert part in caught.value.message


def test_a_name_needs_one_part() -> None:
    with pytest.raises(PersonDataError, match="empty"):
        PersonName(family=" ", given="")


@pytest.mark.parametrize(
    "document",
    [None, "Touré", [], {}, {"family": 1}, {"family": None}, {"family": "A", "kind": "nick"}, {"surname": "A"}],
)
def test_other_documents_are_no_names(document: object) -> None:
    with pytest.raises(PersonDataError):
        PersonName.parse(document)


@given(st.text(max_size=LONGEST_NAME), st.text(max_size=20), st.sampled_from(NameKind))
def test_a_name_goes_through_its_document_or_is_refused(family: str, given_name: str, kind: NameKind) -> None:
    try:
        name = PersonName(family=family, given=given_name, kind=kind)
    except PersonDataError as error:
        assert error.remedy
        return
    assert PersonName.parse(name.document()) == name
    assert text_fault(name.family) is None
