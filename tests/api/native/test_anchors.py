"""A service whose log is not anchored for too long shows and records nothing, and goes on once it is."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from api.native.scopes import GALLERIES_READ, PERSONS_READ
from biometrics.records import ActorRole
from registry.audit_log.freshness import AnchorPolicy
from tests.api.native.conftest import House
from tests.registry.audit_log.sinks import HeldSink

POLICY = AnchorPolicy()


def test_nothing_is_shown_while_the_log_is_not_anchored(house: House) -> None:
    served, sink = house.served, HeldSink()
    anchoring = served.registry.keep_anchored(POLICY, [sink])
    with house.as_("supervisor", PERSONS_READ) as client:
        assert client.get("/persons/P-1").status_code == 200
        anchoring.waiting._since = anchoring.waiting._clock() - POLICY.stop_after_s
        refused = client.get("/persons/P-1")
        assert refused.status_code == 503 and "P-1" not in refused.text and "held" not in refused.text
        assert not served.desk.decisions.flush()
        assert _ready(served.client) == (503, "audit")
        anchoring.work()
        assert client.get("/persons/P-1").status_code == 200
        assert served.desk.decisions.flush()
        assert _ready(served.client) == (200, None)
    assert served.registry.audit_log.verify(served.registry.signing.trusted()).faults == ()


def test_what_a_call_did_names_its_client_route_scope_and_purpose(house: House) -> None:
    with house.as_("supervisor", PERSONS_READ, GALLERIES_READ) as client:
        client.get("/persons/P-1")
    actor = house.served.registry.events()[-1].actor
    assert actor is not None
    assert (actor.name, actor.role, actor.purpose) == ("a.supervisor", ActorRole.SUPERVISOR, "tests")
    assert (actor.client, actor.route, actor.scope) == ("tester", "GET /v1/persons/{person}", PERSONS_READ)


def _ready(client_of: Callable[[], httpx.Client]) -> tuple[int, str | None]:
    with client_of() as client:
        answer = client.get("/health/ready")
    return answer.status_code, answer.json().get("part")
