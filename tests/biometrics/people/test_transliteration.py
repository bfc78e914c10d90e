"""Names in machine-readable zones, as the examples of ICAO Doc 9303 have them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ConfigurationError, PersonDataError
from biometrics.people.names import PersonName
from biometrics.people.transliteration import TD1_NAME, TD3_NAME, mrz_name, read_table, shipped_table


def letters(text: str) -> str:
    return shipped_table().letters(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Traoré", "TRAORE"),
        ("Aïssata", "AISSATA"),
        ("N'Diaye", "NDIAYE"),
        ("N’Diaye", "NDIAYE"),
        ("Ould-Mohamed", "OULD<MOHAMED"),
        ("Fatoumata  Bintou", "FATOUMATA<BINTOU"),
        ("Kɔnɛ", "KONE"),
        ("Ɲaŋa", "NYANA"),
        ("Müller", "MUELLER"),
        ("Ångström", "AANGSTROEM"),
        ("Strauß", "STRAUSS"),
        ("Þór", "THOR"),
        ("Nguyễn", "NGUYEN"),
        ("Иванов", "IVANOV"),
        ("Щукин", "SHCHUKIN"),
        ("ﬁ", "FI"),
        ("Ａ", "A"),
        ("-A-", "A"),
    ],
)
def test_characters_become_letters(text: str, written: str) -> None:
    assert letters(text) == written


def test_the_arabic_example_of_the_standard() -> None:
    assert letters("ابو بكر محمد بن زكريا الرازي") == "ABW<BKR<MXHMD<BN<ZKRYA<ALRAZY"


def test_short_vowels_of_arabic_are_not_written() -> None:
    assert letters("مُحَمَد") == letters("محمد") == "MXHMD"


@pytest.mark.parametrize(("text", "code"), [("田", "U+7530"), ("A4", "U+0034"), ("ნ", "U+10DC"), ("A\u0ea5", "U+0EA5")])
def test_a_character_without_letters_is_named_not_lost(text: str, code: str) -> None:
    with pytest.raises(PersonDataError, match=re.escape(code)):
        letters(text)


@pytest.mark.parametrize(
    ("family", "given_names", "length", "field"),
    [
        ("Eriksson", "Anna Maria", TD3_NAME, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        ("Eriksson", "Anna Maria", TD1_NAME, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
        ("", "Arkfreith", TD3_NAME, "ARKFREITH" + "<" * 30),
        # Doc 9303-4: given names too long, the last cut to its first letter
        (
            "Nilavadhanananda",
            "Chayapa Dejthamrong Krasuang",
            TD3_NAME,
            "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K",
        ),
        ("A" * 38, "Bob", TD3_NAME, "A" * 36 + "<<B"),
        ("A" * 36, "Bob", TD3_NAME, "A" * 36 + "<<B"),
        ("A" * 37, "Bo", TD3_NAME, "A" * 36 + "<<B"),
        ("A" * 39, "", TD3_NAME, "A" * 39),
        ("A" * 40, "", TD3_NAME, "A" * 39),
        ("A" * 35 + " Ccc", "Bob", TD3_NAME, "A" * 34 + "<C<<B"),
        # The last position would be a filler: one letter less before it, one more behind it
        ("Aaaa", "Bbbbbbbbbbbbbbbbbbbbbbb Ccc", TD1_NAME, "AAAA<<BBBBBBBBBBBBBBBBBBBBBB<C"),
    ],
)
def test_a_name_fills_its_field(family: str, given_names: str, length: int, field: str) -> None:
    written = mrz_name(PersonName(family=family, given=given_names), length)
    assert written == field
    assert len(written) == length


latin_names = st.text(alphabet="abcdefgh '-éɛ", min_size=1, max_size=80).filter(
    lambda text: any(map(str.isalpha, text))
)


@given(latin_names, st.one_of(st.just(""), latin_names), st.sampled_from((TD1_NAME, TD3_NAME)))
def test_a_field_is_full_keeps_both_names_and_ends_in_a_letter_when_cut(
    family: str, given_names: str, length: int
) -> None:
    primary, secondary = letters(family), letters(given_names)
    field = mrz_name(PersonName(family=family, given=given_names), length)
    assert re.fullmatch(r"[A-Z<]+", field)
    assert len(field) == length
    kept_primary, _, kept_secondary = field.rstrip("<").partition("<<")
    assert kept_primary[0] == primary[0]
    assert kept_secondary[:1] == secondary[:1]
    whole = f"{primary}<<{secondary}" if secondary else primary
    if len(whole) > length:
        assert field[-1].isalpha()
        assert len(kept_primary) >= min(len(primary), length - 4)
    else:
        assert field.rstrip("<") == whole


def test_a_part_without_letters_is_refused_and_not_left_out() -> None:
    with pytest.raises(PersonDataError, match="nothing of a part"):
        mrz_name(PersonName(family="Touré", given="\u02bb\u02bf"), TD3_NAME)


def test_an_installation_lays_its_rows_over_the_table(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[here]\nsource = "decree"\n[here.rows]\n"Ü" = "U"\n"田" = "TA"\n', encoding="utf-8")
    table = read_table(own)
    assert table.letters("Müller田") == "MULLERTA"
    assert letters("Müller") == "MUELLER"
    assert mrz_name(PersonName(family="Mü", given="A"), TD1_NAME, table).startswith("MU<<A<")


@pytest.mark.parametrize(
    "text",
    [
        "no table",
        '[a.rows]\n"Ü" = "ue"',
        '[a.rows]\n"UE" = "U"',
        '[a.rows]\n"Ü" = 5',
        '[a.rows]\n"Ü" = "U1"',
        "a = 1",
        "[a]",
        "[a]\nrows = 1",
        "separators = 1",
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_table(own)


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        read_table(tmp_path / "none.toml")
