"""Canaries put through a running service: a name, a number, a label, a picture; accepted, refused and malformed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import numpy as np

from biometrics.image_writing import encode_png
from devices.simulated import PPI
from tests.leaks.scanner import windows
from tests.simulated import impression


@dataclass(frozen=True, slots=True)
class Deposit:
    """What is put in; random, so that no other run and no other text holds it."""

    tag: str = field(default_factory=lambda: secrets.token_hex(5))

    @property
    def given(self) -> str:
        """A given name with a letter beyond ASCII."""
        return f"Kɛna{self._letters}"

    @property
    def family(self) -> str:
        """A family name of letters."""
        return f"Simulated{self._letters}"

    @property
    def number(self) -> str:
        """A number that says that it is simulated."""
        return f"SIM-{self.tag.upper()}"

    @property
    def label(self) -> str:
        """An identifier of a person as clients give them."""
        return f"label-{self.tag}"

    @property
    def _letters(self) -> str:
        return self.tag.translate(str.maketrans("0123456789", "ghijklmnop"))

    def picture(self, touch: int = 0) -> bytes:
        """Return a simulated print, marked by a block of noise in a corner."""
        pixels = impression(8_800, touch).copy()
        pixels[:16, :24] = np.random.default_rng(int(self.tag, 16)).integers(0, 256, (16, 24), dtype=np.uint8)
        return encode_png(pixels, PPI, simulated=True)

    def canaries(self) -> dict[str, str | bytes]:
        """Return what must be found nowhere, by name."""
        block = np.random.default_rng(int(self.tag, 16)).integers(0, 256, (16, 24), dtype=np.uint8)
        found: dict[str, str | bytes] = {
            "given name": self.given,
            "family name": self.family,
            "number": self.number,
            "label": self.label,
            "row of pixels": block[8].tobytes(),
        }
        for touch in (0, 1):
            pieces = windows(self.picture(touch))
            found |= {f"picture {touch}, piece {number}": piece for number, piece in enumerate(pieces)}
        return found

    def finger(self, touch: int = 0, **others: str) -> dict[str, object]:
        """Return the picture as OSIA writes it."""
        return {
            "biometricType": "FINGER",
            "biometricSubType": "RIGHT_INDEX",
            "image": base64.b64encode(self.picture(touch)).decode(),
            "mimeType": "image/png",
            "compression": "PNG",
            "resolution": PPI,
            **others,
        }

    def encounter(self, **others: object) -> dict[str, object]:
        """Return an encounter as OSIA writes it."""
        return {
            "status": "ACTIVE",
            "encounterType": "simulated",
            "galleries": ["citizens"],
            "biographicData": {"firstName": self.given, "lastName": self.family},
            "biometricData": [self.finger()],
            **others,
        }


def accepted(client: httpx.Client, deposit: Deposit) -> Iterator[httpx.Response]:
    """Put everything in, by OSIA and natively, and ask for it."""
    made = f"/osia/abis/v1/persons/{deposit.label}"
    query = {"transactionId": f"t-{deposit.label}"}
    yield client.post(f"{made}/encounters", params=query, json=deposit.encounter())
    yield client.get(f"{made}/encounters", params=query)
    yield client.post(
        "/osia/abis/v1/identify/citizens", params=query, json={"filter": {}, "biometricData": [deposit.finger(1)]}
    )
    yield client.post(
        f"/osia/abis/v1/verify/citizens/{deposit.label}", params=query, json={"biometricData": [deposit.finger(1)]}
    )
    number = {"scheme": "simulated", "value": deposit.number, "reason": "given"}
    headers = {"Idempotency-Key": f"number-{deposit.tag}"}
    yield client.post(f"/v1/persons/{deposit.label}/numbers", json=number, headers=headers)
    yield client.get(f"/v1/persons/{deposit.number}")
    yield client.post("/v1/persons/search", json={"name": deposit.family, "given": deposit.given})
    yield client.post("/v1/persons/search", json={"number": deposit.number})


def refused(client: httpx.Client, deposit: Deposit) -> Iterator[httpx.Response]:
    """Send what cannot be used, with the canaries wherever a message could repeat them."""
    query = {"transactionId": "t"}
    path = f"/osia/abis/v1/persons/refused-{deposit.label}/encounters"
    yield client.post(path, params=query, json=deposit.encounter(encounterType=[deposit.given]))
    yield client.post(path, params=query, json=deposit.encounter(**{deposit.family: deposit.number}))
    yield client.post(path, params=query, json=deposit.encounter(status=deposit.given))
    yield client.post(path, params=query, json=deposit.encounter(galleries=[f"{deposit.family} {deposit.number}"]))
    broken = deposit.finger() | {"image": base64.b64encode(deposit.picture()[:900]).decode()}
    yield client.post(path, params=query, json=deposit.encounter(biometricData=[broken]))
    yield client.post(
        path, params=query, json=deposit.encounter(biometricData=[deposit.finger(mimeType=deposit.given)])
    )
    yield client.post(path, params=query, content=json.dumps(deposit.encounter()).encode()[:-5], headers=_JSON)
    yield client.post(path, params={**query, deposit.label: deposit.number}, json=deposit.encounter())
    yield client.post(path, params=query, content=deposit.picture(), headers={"Content-Type": f"image/{deposit.label}"})
    yield client.post(path, params={**query, "callback": f"http://{deposit.label}.example/"}, json=deposit.encounter())
    yield client.get(f"/v1/persons/{deposit.given}-unknown", params={"language": deposit.family})
    yield client.request("REPORT", f"/{deposit.number}")
    yield client.get(
        f"/{deposit.given}/{deposit.number}", headers={"X-Request-Id": f"{deposit.family} {deposit.number}"}
    )
    yield client.get("/v1/persons/x", headers={"Authorization": f"Bearer {deposit.label}.{deposit.number}.x"})
    yield client.post("/v1/persons/search", json={"number": [deposit.number]})


_JSON = {"Content-Type": "application/json"}
