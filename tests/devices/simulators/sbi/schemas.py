"""What MOSIP's compliance toolkit demands of answers by its JSON schemas of 0.9.5: fields, types, values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SCORE = re.compile(r"^(100(\.0+)?|\d{1,2}(\.\d+)?|0(\.[0-9]+)?)$")
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
STATUS = ("Ready", "Busy", "Not Ready", "Not Registered")
ENV = ("Staging", "Developer", "Pre-Production", "Production")

DIGITAL_ID = {
    "serialNo": ".{12,}",
    "make": ".+",
    "model": ".+",
    "type": "Finger|Face",
    "deviceSubType": "Slap|Single|Full face",
    "deviceProvider": ".+",
    "deviceProviderId": ".+",
    "dateTime": MOMENT.pattern,
}
DISCOVERED = {
    "deviceId": ".+",
    "deviceStatus": "|".join(STATUS),
    "certification": "L0|L1",
    "serviceVersion": ".+",
    "callbackId": ".+",
    "digitalId": ".+",
    "deviceCode": ".+",
    "purpose": "Registration",
}
INFO = {**DISCOVERED, "env": "|".join(ENV), "firmware": ".+"}
DATA = {
    "digitalId": ".+",
    "deviceCode": ".+",
    "deviceServiceVersion": ".+",
    "bioType": "Finger|Face",
    "purpose": "Registration",
    "env": "|".join(ENV),
    "bioValue": "[A-Za-z0-9_-]+",
    "transactionId": "[a-zA-Z0-9-]{4,50}",
    "timestamp": MOMENT.pattern,
    "requestedScore": SCORE.pattern,
    "qualityScore": SCORE.pattern,
}
LISTS = {"specVersion": {"0.9.5"}, "deviceSubId": {"0", "1", "2", "3"}}
SUCCESS = {"errorCode": "0", "errorInfo": "Success"}


def fits(value: Mapping[str, Any], texts: Mapping[str, str], *others: str) -> None:
    """Assert that an object has these texts, these other members, and nothing else."""
    assert set(value) == {*texts, *others}
    for name, pattern in texts.items():
        assert isinstance(value[name], str), name
        assert re.fullmatch(pattern, value[name]), f"{name}: {value[name]!r}"
    for name in set(others) & set(LISTS):
        assert isinstance(value[name], list), name
        assert value[name], name
        assert set(value[name]) <= LISTS[name], name
