"""Requests that a device refuses, and the code that each is refused with."""

from __future__ import annotations

import pytest

from tests.devices.simulators.sbi.client import LEFT, RIGHT, Client, order

REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "transaction of 3 letters": ({"transactionId": "abc"}, "112"),
    "transaction of 51 letters": ({"transactionId": "a" * 51}, "112"),
    "transaction with an underscore": ({"transactionId": "a_b_c"}, "112"),
    "transaction with a line feed": ({"transactionId": "abcd\n"}, "112"),
    "no transaction": ({"transactionId": None}, "501"),
    "another environment": ({"env": "Staging"}, "502"),
    "no environment of the specification": ({"env": "Moon"}, "502"),
    "for authentication": ({"purpose": "Auth"}, "503"),
    "another version": ({"specVersion": "1.0.0"}, "504"),
    "another device": ({"deviceId": "elsewhere"}, "106"),
    "another part of the device": ({"deviceSubId": "4", "bioSubType": [LEFT[0]]}, "106"),
    "no part of a slap scanner": ({"deviceSubId": "0", "bioSubType": [LEFT[0]]}, "106"),
    "another type": ({"type": "Iris"}, "505"),
    "too small a count": ({"count": "3"}, "109"),
    "too large a count": ({"count": "5"}, "109"),
    "a count that exceptions do not explain": ({"exception": [LEFT[0]], "count": "4"}, "109"),
    "fingers of the other hand": ({"bioSubType": [RIGHT[0]]}, "109"),
    "nothing left": ({"bioSubType": [], "exception": list(LEFT), "count": "0"}, "109"),
    "two fingers at a single scanner": (
        {"deviceId": "simulated-single", "deviceSubId": "0", "bioSubType": [LEFT[0], LEFT[1]]},
        "109",
    ),
    "a finger twice": ({"bioSubType": [LEFT[0], LEFT[0]]}, "501"),
    "a finger that nobody has": ({"bioSubType": ["Left Toe"]}, "501"),
    "a score above 100": ({"requestedScore": "101"}, "501"),
    "a score that is no number": ({"requestedScore": "good"}, "501"),
    "a score that is not finite": ({"requestedScore": "nan"}, "501"),
    "no time": ({"timeout": "0"}, "501"),
    "an hour": ({"timeout": "3600000"}, "501"),
    "a time that is no number": ({"timeout": "soon"}, "501"),
    "a hash that is none": ({"previousHash": "abc"}, "501"),
    "nothing to capture": ({"bio": []}, "501"),
    "two things to capture": ({"bio": [{}, {}]}, "501"),
    "a number where an array belongs": ({"bio": 7}, "501"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(client: Client, case: str) -> None:
    changes, code = REFUSED[case]
    assert client.code(**changes) == code


@pytest.mark.parametrize("transaction", ["abcd", "a" * 50, "----", "A-1-b"])
def test_transactions_of_4_to_50_letters_digits_and_hyphens_are_taken(client: Client, transaction: str) -> None:
    assert client.code(transactionId=transaction, deviceId="elsewhere") == "106"


def test_numbers_are_taken_as_text_and_as_numbers(client: Client) -> None:
    assert len(client.capture(count=4, timeout=10_000, requestedScore=60, deviceSubId="1")) == 4
    asked = order()
    assert isinstance(asked["bio"], list)
    asked["bio"][0]["deviceSubId"] = 1
    assert len(client.ask("RCAPTURE", "capture", asked).json()["biometrics"]) == 4


@pytest.mark.parametrize("value", ["a text", 7, None, ["a list"]])
def test_what_is_no_object_is_refused(client: Client, value: object) -> None:
    (entry,) = client.ask("RCAPTURE", "capture", value).json()["biometrics"]
    assert entry["error"]["errorCode"] == "501"
    assert client.ask("STREAM", "stream", value).json()["error"]["errorCode"] == "501"


def test_requests_that_are_too_large_are_refused(client: Client) -> None:
    (entry,) = client.ask("RCAPTURE", "capture", order(customOpts={"a": "x" * 70_000})).json()["biometrics"]
    assert entry["error"]["errorCode"] == "501"


@pytest.mark.parametrize(
    "changes", [{"deviceId": "elsewhere"}, {"deviceSubId": "7"}, {"deviceId": "simulated-face", "deviceSubId": "0"}]
)
def test_streams_of_other_devices_are_refused(client: Client, changes: dict[str, object]) -> None:
    assert client.stream(**changes).json()["error"]["errorCode"] == "106"
