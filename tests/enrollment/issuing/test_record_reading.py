import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from biometrics.errors import PersonDataError
from enrollment.issuing.record_reading import read_record
from enrollment.operations.issuing import MAKE_CARD, MakeCard
from registry.store import Registry
from tests.enrollment.issuing.people import OFFICER, enroll_holder, portrait


@pytest.fixture
def record(registry: Registry) -> dict[str, Any]:
    subject = enroll_holder(registry)
    asked = MakeCard(
        subject_id=subject.subject_id,
        profile="example-national-card",
        number="SIM000001",
        issued_on=date(2026, 11, 27),
        portrait=portrait(),
    )
    made: dict[str, Any] = json.loads(MAKE_CARD.perform(registry, OFFICER, asked).content)
    return made


def test_a_record_is_read_back(record: dict[str, Any]) -> None:
    found = read_record(json.dumps(record).encode())
    assert (found.profile, found.expires_on, found.simulated) == ("example-national-card", "2031-11-26", True)


def _number(record: dict[str, Any]) -> None:
    record["document"]["number"] = "SIM000002"


def _expiry(record: dict[str, Any]) -> None:
    record["document"]["expires_on"] = "2032-11-26"


def _digit(record: dict[str, Any]) -> None:
    record["mrz"][1] = record["mrz"][1].replace("311126", "321126")


def _picture(record: dict[str, Any]) -> None:
    record["portrait"]["data"] = "AAAA"


def _form(record: dict[str, Any]) -> None:
    record["format"] = "another"


def _part(record: dict[str, Any]) -> None:
    del record["portrait"]


@pytest.mark.parametrize("change", [_number, _expiry, _digit, _picture, _form, _part])
def test_a_record_that_contradicts_itself_is_refused(
    record: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    change(record)
    with pytest.raises(PersonDataError):
        read_record(json.dumps(record).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(PersonDataError):
        read_record(content)
