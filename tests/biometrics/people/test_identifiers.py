"""A NINA is 15 letters and digits, the last of them a letter; what is simulated never passes for one."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import PersonDataError
from biometrics.people.identifiers import (
    IdentifierKind,
    IdentifierScheme,
    PersonNumber,
    check_nina,
    is_simulated,
    normal_nina,
)
from enrollment.simulation.people import people
from enrollment.simulation.plan import PopulationPlan

# Words, so that nobody takes them for somebody's number.
NINA = "NOTANUMBERATALL"
OTHER = "00NOTANUMBER00X"


def nina(value: str, kind: IdentifierKind = IdentifierKind.PERMANENT) -> PersonNumber:
    return PersonNumber(scheme=IdentifierScheme.NINA, value=value, kind=kind)


@pytest.mark.parametrize("written", [NINA, NINA.lower(), "not a-number at all", " NOTANUMBERATALL "])
def test_a_nina_is_kept_in_capitals_without_grouping(written: str) -> None:
    assert nina(written).value == NINA


def test_letters_may_stand_inside_a_nina() -> None:
    assert nina(OTHER, IdentifierKind.TEMPORARY).value == OTHER


@pytest.mark.parametrize(
    "written",
    [
        "",
        NINA[:-1],
        NINA + "X",
        NINA[:-1] + "7",
        "0" * 15,
        "NOTANUMBERATAL\u0141",
        "NOTANUMBERATAL\u0131",  # whose capital is an I
        "NOTANUMBERAT\ufb02",  # whose capitals are F and L
        "\u0660" + NINA[1:],
        "NOT.ANUMBERATALL",
        "NOTANUMBERATAL\n",
        "N" * 10_000,
    ],
)
def test_other_numbers_are_no_nina(written: str) -> None:
    with pytest.raises(PersonDataError):
        nina(written)


def test_an_error_does_not_repeat_the_number() -> None:
    with pytest.raises(PersonDataError) as caught:
        nina("NOTANUMBERATAL7")
    assert "NOTANUMBER" not in str(caught.value)


def test_only_a_nina_is_permanent_or_temporary() -> None:
    with pytest.raises(PersonDataError, match="permanent or temporary"):
        nina(NINA, IdentifierKind.NONE)
    with pytest.raises(PersonDataError, match="permanent or temporary"):
        PersonNumber(scheme=IdentifierScheme.PASSPORT, value="AA00", kind=IdentifierKind.PERMANENT)


def test_a_simulated_number_is_recorded_as_simulated_alone() -> None:
    number = next(iter(people(PopulationPlan(persons=1)))).number
    assert PersonNumber(scheme=IdentifierScheme.SIMULATED, value=number).value == number
    for scheme in set(IdentifierScheme) - {IdentifierScheme.SIMULATED}:
        with pytest.raises(PersonDataError, match=r"simulated number is given|no NINA"):
            PersonNumber(scheme=scheme, value=number)
    for written in ("SIMULATEDNUMBER", "SIM00000000000A", "sim-0000-0000-0000-a"):
        with pytest.raises(PersonDataError):
            nina(written)
    with pytest.raises(PersonDataError, match="does not say so"):
        PersonNumber(scheme=IdentifierScheme.SIMULATED, value="AA00")


def test_numbers_of_documents_are_short_printable_text() -> None:
    passport = PersonNumber(scheme=IdentifierScheme.PASSPORT, value="  aa 00-11 ")
    assert passport.value == "aa 00-11"
    for text in ("", " ", "A" * 65, "A\u202eB", "A\x07"):
        with pytest.raises(PersonDataError):
            PersonNumber(scheme=IdentifierScheme.PASSPORT, value=text)


class EndsInX:
    def agrees(self, nina: str) -> bool:
        return nina.endswith("X")


def test_the_check_letter_is_verified_only_where_somebody_says_how() -> None:
    check_nina(NINA, None)
    check_nina(OTHER, EndsInX())
    with pytest.raises(PersonDataError, match="last letter"):
        check_nina(NINA, EndsInX())


@given(st.text(alphabet=string.ascii_letters + string.digits + " -", max_size=20))
def test_the_normal_form_of_a_nina_is_its_own(text: str) -> None:
    try:
        found = normal_nina(text)
    except PersonDataError:
        assert len(text.replace(" ", "").replace("-", "")) != 15 or not text.rstrip(" -")[-1].isalpha()
    else:
        assert normal_nina(found) == found
        assert found == text.upper().replace(" ", "").replace("-", "")


def test_what_says_that_it_is_simulated() -> None:
    assert is_simulated("SIM-00000001")
    assert is_simulated("simulated-0000")
    assert not is_simulated("SIMON")
