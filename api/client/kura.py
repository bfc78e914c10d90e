"""The native interface, a method per thing to do; what comes back has the types that the server describes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from api.client.connection import Connection
from api.client.osia import AbisClient
from api.native.models import cases, entries, persons, stations, upkeep
from api.native.models.base import Told

Answer = TypeVar("Answer", bound=Told)


class KuraClient:
    """A client of one server.

    Parameters
    ----------
    address
        `https://kura.example`, without a path.
    token
        Returns an access token, as often as one is needed.
    transport
        Sends the requests; by default the network.

    Every request that changes something carries an Idempotency-Key, new for each call unless it is given: it is sent
    again after a lost connection or a 503, and done once.
    """

    def __init__(self, address: str, token: Callable[[], str], *, transport: httpx.BaseTransport | None = None) -> None:
        self.connection = Connection(address, token, transport=transport)
        self.abis = AbisClient(self.connection)

    def close(self) -> None:
        """Close the connections."""
        self.connection.close()

    def __enter__(self) -> KuraClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def enroll(self, asked: stations.EnrollAsked, *, key: str | None = None) -> stations.EnrollmentTold:
        """Enroll a person; raises `ApiError`, as all of these."""
        return self._change("enrollments", asked, stations.EnrollmentTold, key)

    def identify(self, asked: stations.IdentifyAsked) -> stations.IdentificationTold:
        """Search a person among everybody of a gallery."""
        return self._ask("POST", "identifications", stations.IdentificationTold, body=asked)

    def verify(self, asked: stations.VerifyAsked) -> stations.VerificationTold:
        """Compare a person with the one they claim to be."""
        return self._ask("POST", "verifications", stations.VerificationTold, body=asked)

    def find_persons(self, asked: persons.FindAsked) -> persons.FoundPersonsTold:
        """Find persons by name, birth or a number."""
        return self._ask("POST", "persons/search", persons.FoundPersonsTold, body=asked)

    def person(self, person: str, *, history: bool = False) -> persons.PersonTold:
        """Return everything that is recorded about a person."""
        return self._ask("GET", f"persons/{_part(person)}", persons.PersonTold, query={"history": history})

    def record(self, person: str) -> persons.RecordTold:
        """Return what a person states now."""
        return self._ask("GET", f"persons/{_part(person)}/record", persons.RecordTold)

    def correct(self, person: str, asked: persons.RecordAsked, *, version: int) -> persons.RecordTold:
        """Record a new version on the one that was read; 0 for the first. Sent once: the version guards it."""
        condition = {"If-None-Match": "*"} if version == 0 else {"If-Match": f'"{version}"'}
        path = f"persons/{_part(person)}/record"
        return self._ask("PUT", path, persons.RecordTold, body=asked, headers=condition, repeatable=False)

    def record_entry(self, person: str, noun: str, asked: BaseModel, *, key: str | None = None) -> entries.EntryTold:
        """Record what `noun` names: numbers, evidence, exceptions, guardians or life-events."""
        return self._change(f"persons/{_part(person)}/{_part(noun)}", asked, entries.EntryTold, key)

    def merge(self, person: str, asked: entries.MergeAsked, *, key: str | None = None) -> entries.MergeTold:
        """Record that a person is another one."""
        return self._change(f"persons/{_part(person)}/merge", asked, entries.MergeTold, key)

    def unmerge(self, merge: str, asked: entries.ReasonAsked, *, key: str | None = None) -> entries.MergeTold:
        """Undo a merge."""
        return self._change(f"merges/{_part(merge)}/undo", asked, entries.MergeTold, key)

    def move(self, encounter: str, asked: entries.MergeAsked, *, key: str | None = None) -> entries.MovedTold:
        """File an encounter under another person."""
        return self._change(f"encounters/{_part(encounter)}/move", asked, entries.MovedTold, key)

    def list_cases(self, **conditions: str) -> Iterator[cases.ListedCaseTold]:
        """Yield all cases, page by page; conditions are those of the route."""
        return (one for page in self._pages("cases", cases.CasesTold, conditions) for one in page.items)

    def take_case(self) -> cases.HeldTold | None:
        """Take the next case; None when none waits. Sent once: a second one would take a second case."""
        answer = self.connection.send("POST", "/v1/cases/next", repeatable=False)
        return None if answer.status_code == httpx.codes.NO_CONTENT else _told(cases.HeldTold, answer)

    def case(self, case_id: str) -> cases.BlindCaseTold | cases.RevealedCaseTold:
        """Return what you may see of a case."""
        answer = self.connection.send("GET", f"/v1/cases/{_part(case_id)}")
        if "verdicts" in answer.json():
            return _told(cases.RevealedCaseTold, answer)
        return _told(cases.BlindCaseTold, answer)

    def case_picture(self, case_id: str, sha256: str) -> bytes:
        """Return a picture of a case, as PNG."""
        return self.connection.send("GET", f"/v1/cases/{_part(case_id)}/pictures/{_part(sha256)}").content

    def decide(self, case_id: str, asked: cases.VerdictAsked, *, key: str | None = None) -> cases.VerdictTold:
        """Give your verdict."""
        return self._change(f"cases/{_part(case_id)}/verdicts", asked, cases.VerdictTold, key)

    def contest(self, case_id: str, asked: entries.ReasonAsked, *, key: str | None = None) -> cases.OpenedAgainTold:
        """Open a closed case again for its applicant."""
        return self._change(f"cases/{_part(case_id)}/contest", asked, cases.OpenedAgainTold, key)

    def reopen(self, case_id: str, asked: entries.ReasonAsked, *, key: str | None = None) -> cases.OpenedAgainTold:
        """Open a closed case again."""
        return self._change(f"cases/{_part(case_id)}/reopen", asked, cases.OpenedAgainTold, key)

    def explain(self, case_id: str, *, language: str = "en") -> cases.ExplanationTold:
        """Return why there is a case, in words for its applicant."""
        spoken = {"Accept-Language": language}
        return self._ask("GET", f"cases/{_part(case_id)}/explanation", cases.ExplanationTold, headers=spoken)

    def statistics(self, **conditions: str) -> upkeep.StatisticsTold:
        """Return what was done and what waits; conditions are those of the route."""
        return self._ask("GET", "statistics", upkeep.StatisticsTold, query=conditions)

    def audit_events(self, **conditions: str | int) -> Iterator[upkeep.EventTold]:
        """Yield what the audit trail tells, page by page; conditions are those of the route."""
        return (one for page in self._pages("audit-events", upkeep.EventsTold, conditions) for one in page.items)

    def deduplicate(self, asked: upkeep.DeduplicateAsked) -> upkeep.StartedTold:
        """Begin a deduplication. Sent once: a second one would be refused while the first goes on."""
        return self._ask("POST", "deduplications", upkeep.StartedTold, body=asked, repeatable=False)

    def deduplication(self, run: str) -> upkeep.RunTold:
        """Return how far a deduplication is."""
        return self._ask("GET", f"deduplications/{_part(run)}", upkeep.RunTold)

    def pairs(self, run: str) -> Iterator[upkeep.PairTold]:
        """Yield the pairs that a deduplication reports, page by page."""
        return (
            one
            for page in self._pages(f"deduplications/{_part(run)}/pairs", upkeep.PairsTold, {})
            for one in page.items
        )

    def galleries(self) -> upkeep.GalleriesTold:
        """Return the galleries that you may see."""
        return self._ask("GET", "galleries", upkeep.GalleriesTold)

    def state(self) -> upkeep.StateTold:
        """Return how much is recorded and waits."""
        return self._ask("GET", "state", upkeep.StateTold)

    def _change(self, path: str, asked: Any, kind: type[Answer], key: str | None) -> Answer:
        named = {"Idempotency-Key": key or secrets.token_urlsafe(18)}
        return self._ask("POST", path, kind, body=asked, headers=named)

    def _ask(  # noqa: PLR0913 - each a part of a request
        self,
        method: str,
        path: str,
        kind: type[Answer],
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        content = None if body is None else body.model_dump(mode="json", exclude_none=True)
        answer = self.connection.send(
            method, f"/v1/{path}", body=content, query=query, headers=headers, repeatable=repeatable
        )
        return _told(kind, answer)

    def _pages(self, path: str, kind: type[Answer], conditions: Mapping[str, Any]) -> Iterator[Answer]:
        asked = dict(conditions)
        while True:
            answer = self.connection.send("GET", f"/v1/{path}", query=asked)
            yield _told(kind, answer)
            cursor = answer.json()["next"]
            if cursor is None:
                return
            asked["cursor"] = cursor


def _told(kind: type[Answer], answer: httpx.Response) -> Answer:
    """Return an answer; what a newer server adds is left out."""
    return kind.model_validate(answer.json(), extra="ignore")


def _part(text: str) -> str:
    return quote(text, safe="")
