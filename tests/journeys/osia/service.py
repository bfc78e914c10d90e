"""A client of the service in tests, that asks at once or by callback and returns the same either way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.journeys.osia.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Osia:
    """OSIA Biometrics, at once, or by callback where a receiver is given."""

    client: httpx.Client
    receiver: Receiver | None
    prefix: str

    def name(self, person: str) -> str:
        """Return an identifier that no other test uses."""
        return f"{re.sub('[^A-Za-z0-9]+', '-', self.prefix)}-{person}"

    def post(self, path: str, body: Any = None) -> Any:
        """Create, search, verify, merge or move."""
        return self._said(self.asked("POST", path, body))

    def put(self, path: str, body: Any, **query: str) -> Any:
        """Change."""
        return self._said(self.asked("PUT", path, body, **query))

    def get(self, path: str) -> Any:
        """Read."""
        return self._said(self.asked("GET", path))

    def delete(self, path: str) -> Any:
        """Delete."""
        return self._said(self.asked("DELETE", path))

    def status(self, method: str, path: str) -> int:
        """Return the status of a question asked at once."""
        return self.client.request(method, path, params={"transactionId": "T"}).status_code

    def asked(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """Return the answer of the service, whatever it is."""
        params = {"transactionId": f"{self.prefix} {method}", **query}
        if self.receiver is not None:
            params["callback"] = self.receiver.url
        if body is None:
            return self.client.request(method, path, params=params)
        return self.client.request(method, path, params=params, json=body)

    def _said(self, answer: httpx.Response) -> Any:
        if self.receiver is None:
            assert answer.status_code in (200, 204), answer.text
            return answer.json() if answer.status_code == 200 else "OK"
        assert answer.status_code == 202, answer.text
        told = self.receiver.of(answer.json()["taskId"])
        assert told.headers["Content-Type"] == "application/json", told.said
        return told.said
