"""The basics of OSIA's Biometrics interface: persons' encounters, identification and verification."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from api.client.connection import Connection

Json = dict[str, Any]

_BASE = "/osia/abis/v1"


class AbisClient:
    """OSIA Biometrics 1.6 over a connection; bodies and answers are JSON as OSIA describes them.

    Each call has a `transactionId` of its own unless it is given; sent again with it after a lost connection, an
    encounter is recorded once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self, encounter: Json, *, person: str | None = None, name: str | None = None, transaction: str | None = None
    ) -> Json:
        """Enroll an encounter of a person, new or known; raises `ApiError`, as all of these."""
        path = "/persons" if person is None else f"/persons/{_part(person)}/encounters"
        if name is not None:
            path += f"/{_part(name)}"
        told: Json = self._answer("POST", path, encounter, transaction=transaction)
        return told

    def read(self, person: str, name: str | None = None) -> Any:
        """Return an encounter of a person, or all."""
        path = f"/persons/{_part(person)}/encounters"
        return self._answer("GET", path if name is None else f"{path}/{_part(name)}")

    def delete(self, person: str, name: str | None = None, *, transaction: str | None = None) -> None:
        """Retire an encounter of a person, or all."""
        path = f"/persons/{_part(person)}"
        self._answer("DELETE", path if name is None else f"{path}/encounters/{_part(name)}", transaction=transaction)

    def merge(self, target: str, source: str, *, transaction: str | None = None) -> None:
        """Make the source the same person as the target."""
        self._answer("POST", f"/persons/{_part(target)}/merge/{_part(source)}", transaction=transaction)

    def move(self, target: str, source: str, name: str, *, transaction: str | None = None) -> None:
        """File an encounter of the source under the target."""
        path = f"/persons/{_part(target)}/move/{_part(source)}/encounters/{_part(name)}"
        self._answer("POST", path, transaction=transaction)

    def identify(self, asked: Json, *, gallery: str = "ALL", limit: int = 10) -> Any:
        """Return candidates for biometric data: `{"filter": ..., "biometricData": [...]}`."""
        return self._answer("POST", f"/identify/{_part(gallery)}", asked, maxNbCand=limit)

    def verify(self, asked: Json, person: str, *, gallery: str = "ALL") -> Any:
        """Return whether biometric data are a person's."""
        return self._answer("POST", f"/verify/{_part(gallery)}/{_part(person)}", asked)

    def galleries(self) -> Any:
        """Return the names of the galleries."""
        return self._answer("GET", "/galleries")

    def _answer(
        self, method: str, path: str, body: Json | None = None, *, transaction: str | None = None, **query: Any
    ) -> Any:
        asked = {"transactionId": transaction or uuid.uuid4().hex, **query}
        answer = self._connection.send(method, _BASE + path, body=body, query=asked)
        return answer.json() if answer.content else None


def _part(text: str) -> str:
    return quote(text, safe="")
