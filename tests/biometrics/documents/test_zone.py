"""Zones against the specimens of ICAO Doc 9303 (parts 4, 5 and 6), and against every misreading of one character."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.documents.check_digits import ALLOWED, check_digit
from biometrics.documents.zone import NAME_LENGTH, OPTIONAL_LENGTH, Zone, ZoneFormat, day_text
from biometrics.documents.zone_text import read_zone, write_zone
from biometrics.errors import PersonDataError

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
LONG = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"
SPECIMENS = {"TD1": TD1, "TD1, a long number": LONG, "TD2": TD2, "TD3": TD3}

ANNA = Zone(
    format=ZoneFormat.TD1,
    code="I",
    state="UTO",
    number="D23145890",
    birth="740812",
    sex="F",
    expiry="120415",
    nationality="UTO",
    name="ERIKSSON<<ANNA<MARIA",
)


@pytest.mark.parametrize("text", SPECIMENS.values(), ids=SPECIMENS)
def test_a_specimen_is_read_and_written_back(text: str) -> None:
    assert write_zone(read_zone(text)) == text


def test_the_fields_of_the_specimens() -> None:
    assert read_zone(TD1) == ANNA
    assert read_zone(TD2) == replace(ANNA, format=ZoneFormat.TD2)
    assert read_zone(TD3) == replace(ANNA, format=ZoneFormat.TD3, code="P", number="L898902C3", optional="ZE184226B")
    assert (read_zone(LONG).number, read_zone(LONG).optional) == ("D23145890734", "")
    assert (ANNA.primary, ANNA.secondary) == ("ERIKSSON", "ANNA MARIA")


def test_check_digits_of_the_standard() -> None:
    assert (check_digit("520727"), check_digit("AB2134<<<")) == ("3", "5")  # Doc 9303-3, appendix A
    with pytest.raises(ValueError, match="no place"):
        check_digit("a")


@pytest.mark.parametrize("text", SPECIMENS.values(), ids=SPECIMENS)
def test_a_misread_character_of_a_checked_field_is_noticed(text: str) -> None:
    zone, noticed = read_zone(text), 0
    for place, letter in enumerate(text):
        for other in "0O8B1I5S<":
            if letter in ("\n", other) or check_digit(other) == check_digit(letter):
                continue  # 0 and <, B and 1: what check digits cannot tell apart
            try:
                found = read_zone(text[:place] + other + text[place + 1 :])
            except PersonDataError:
                noticed += 1
                continue
            for field in ("number", "birth", "expiry", "optional"):
                assert getattr(found, field) == getattr(zone, field)
    assert noticed > 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        TD1.lower(),
        TD1[:-1],
        TD1 + "<",
        TD1.replace("\n", ""),
        TD2 + "\n" + TD2,
        TD3.replace("ANNA", "ANN4"),
        TD3.replace("ERIKSSON<<", "<ERIKSSON<"),
        TD1.replace("I<UTO", "<IUTO"),
        TD1.replace("F1204159", "X1204159"),
        "x" * 1000,
        "é" * 90,
    ],
)
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(PersonDataError):
        read_zone(text)


def test_a_refusal_names_the_field_and_not_what_it_holds() -> None:
    with pytest.raises(PersonDataError, match="document number is wrong") as refused:
        read_zone(TD3.replace("L898902C36", "L898902C37"))
    assert "L898902C3" not in str(refused.value)


@pytest.mark.parametrize(("place", "what"), [(6, "birth"), (14, "expiry")])
def test_a_wrong_check_digit_is_noticed_although_the_composite_agrees(place: int, what: str) -> None:
    upper, middle, name = TD1.split("\n")
    middle = middle[:place] + str((int(middle[place]) + 1) % 10) + middle[place + 1 : 29]
    composite = check_digit(upper[5:] + middle[:7] + middle[8:15] + middle[18:29])
    with pytest.raises(PersonDataError, match=f"date of {what} is wrong"):
        read_zone("\n".join([upper, middle + composite, name]))


def test_a_passport_without_a_personal_number_may_leave_its_check_digit_out() -> None:
    zone = replace(ANNA, format=ZoneFormat.TD3, code="P")
    text = write_zone(zone)
    left_out = text[:-2] + "<" + text[-1]
    assert text[-2] == "0" and read_zone(left_out) == read_zone(text) == zone


@pytest.mark.parametrize("birth", ["<<<<<<", "85<<<<", "8503<<", "000229"])
def test_a_birth_may_be_known_in_part(birth: str) -> None:
    zone = replace(ANNA, birth=birth)
    assert read_zone(write_zone(zone)) == zone


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth": "741332"},
        {"birth": "7408<2"},
        {"birth": "<<0812"},
        {"expiry": "120230"},
        {"expiry": "12<<<<"},
        {"code": ""},
        {"code": "1"},
        {"state": "MALI"},
        {"nationality": ""},
        {"sex": "X"},
        {"number": ""},
        {"number": "<1"},
        {"number": "A" * 23},
        {"number": "A" * 8 + "<B" + "C"},
        {"name": ""},
        {"name": "A" * 31},
        {"name": "A<"},
        {"name": "A1"},
        {"optional": "A" * 16},
        {"optional": "A" * 13, "number": "A" * 10},
        {"second_optional": "A" * 12},
        {"format": ZoneFormat.TD2, "second_optional": "A"},
        {"format": ZoneFormat.TD3, "number": "A" * 10},
    ],
)
def test_what_cannot_stand_in_a_zone_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(PersonDataError):
        replace(ANNA, **wrong)  # type: ignore[arg-type]


def test_a_number_that_is_refused_is_told_how_it_is_written() -> None:
    with pytest.raises(PersonDataError, match="number cannot stand") as refused:
        replace(ANNA, number="A B/1")
    assert refused.value.remedy is not None and "A to Z and digits" in refused.value.remedy


def test_the_century_of_an_expiry_is_the_nearest() -> None:
    today = date(2026, 11, 27)
    assert ANNA.expiry_date(today) == date(2012, 4, 15)
    assert replace(ANNA, expiry="311126").expiry_date(today) == date(2031, 11, 26)
    assert replace(ANNA, expiry="991231").expiry_date(today) == date(1999, 12, 31)
    with pytest.raises(PersonDataError, match="no day"):
        replace(ANNA, expiry="270229").expiry_date(today)
    assert day_text(date(2031, 11, 26)) == "311126"


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MARKS = _LETTERS + "0123456789"


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    chosen = draw(st.sampled_from(ZoneFormat))
    number = draw(st.text(_MARKS, min_size=1, max_size=9 if chosen is ZoneFormat.TD3 else 11))
    room = OPTIONAL_LENGTH[chosen] - (len(number) - 7 if len(number) > 9 else 0)
    family, given = (draw(st.text(_LETTERS, min_size=1, max_size=NAME_LENGTH[chosen] // 2 - 1)) for _ in "ab")
    return Zone(
        format=chosen,
        code=draw(st.sampled_from(["I", "ID", "P", "AC"])),
        state=draw(st.sampled_from(["MLI", "UTO", "D"])),
        number=number,
        birth=draw(st.sampled_from(["740812", "<<<<<<", "85<<<<", "0001<<"])),
        sex=draw(st.sampled_from("MF<")),
        expiry=draw(st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(day_text)),
        nationality=draw(st.sampled_from(["MLI", "UTO", "D"])),
        name=draw(st.sampled_from([f"{family}<<{given}", family])),
        optional=draw(st.text(_MARKS, max_size=max(room, 0))),
    )


@given(zones())
def test_a_zone_comes_back(zone: Zone) -> None:
    assert read_zone(write_zone(zone)) == zone


@given(st.text(st.sampled_from(sorted(ALLOWED)), min_size=90, max_size=90))
def test_anything_of_the_right_shape_is_read_or_refused(text: str) -> None:
    for width in (30, 44, 36):
        lines = [text[start : start + width] for start in range(0, 90 if width == 30 else 2 * width, width)]
        with suppress(PersonDataError):
            assert write_zone(read_zone("\n".join(lines))).split() == lines
