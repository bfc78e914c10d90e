from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import PersonDataError
from biometrics.people.places import PartialPlace, PlacePrecision


def test_a_place_goes_through_its_document() -> None:
    place = PartialPlace(value="Nowhere  on  Sea", precision=PlacePrecision.CERCLE, country="XXK")
    assert place.value == "Nowhere on Sea"
    assert place.document() == {"value": "Nowhere on Sea", "precision": "cercle", "country": "XXK"}
    assert PartialPlace.parse(place.document()) == place


def test_what_is_unknown_has_no_value() -> None:
    assert PartialPlace.parse({"value": None, "precision": "unknown"}) == PartialPlace()
    assert PartialPlace().document() == {"value": None, "precision": "unknown"}


@pytest.mark.parametrize(
    "document",
    [
        {"value": "", "precision": "locality"},
        {"precision": "region"},
        {"value": "Nowhere", "precision": "unknown"},
        {"value": "Nowhere", "precision": "village"},
        {"value": "Nowhere", "precision": "commune", "country": "ML"},
        {"value": "Nowhere", "precision": "commune", "country": "mli"},
        {"value": "Nowhere", "precision": "commune", "country": 466},
        {"value": "Nowhere", "precision": "commune", "region": "North"},
        {"value": "N" * 201, "precision": "commune"},
        {"value": "No\x00where", "precision": "commune"},
        {"value": 12, "precision": "commune"},
        "Nowhere",
    ],
)
def test_places_that_cannot_be_are_refused(document: object) -> None:
    with pytest.raises(PersonDataError) as caught:
        PartialPlace.parse(document)
    assert "here" not in caught.value.message


@given(st.sampled_from(PlacePrecision), st.sampled_from(["", "Nowhere"]))
def test_a_value_and_a_precision_come_together(precision: PlacePrecision, value: str) -> None:
    if (precision is PlacePrecision.UNKNOWN) == (value == ""):
        assert PartialPlace(value=value, precision=precision).value == value
    else:
        with pytest.raises(PersonDataError):
            PartialPlace(value=value, precision=precision)
