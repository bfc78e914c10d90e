"""The gateway is told references and nothing personal; what it does not take is tried again."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from api.rights.gateway import tell_due
from api.rights.rights_settings import Gateway
from api.rights.rounds import make_round
from biometrics.records import Actor, ActorRole
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from enrollment.operations.operation import Answer, Asked, Operation
from registry.store import Registry

GATEWAY = Gateway(url="https://gateway.example/told", most_attempts=3)
SYSTEM = Actor(name="engine", role=ActorRole.SYSTEM)


class Owner:
    """Performs operations on a registry, as its owner does."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __call__(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        return operation.perform(self.registry, SYSTEM, asked)


@pytest.fixture
def owner(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Registry.open(tmp_path / "home") as registry:
        with registry.writing() as writer:
            writer.rights.notify(event="request.answered", reference="r1")
        yield Owner(registry)


def test_the_gateway_is_told_once_and_signed(owner: Owner) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        assert tell_due(owner, GATEWAY, client) == (1, 0)
        assert tell_due(owner, GATEWAY, client) == (0, 0)
    (request,) = seen
    assert set(json.loads(request.content)) == {"event", "reference", "id", "made_at"}
    keys = owner.registry.signing.trusted()
    assert keys.verify(request.headers["kura-signature"], request.content, Purpose.EXPORTS, now=now_utc())


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_tried_later(owner: Owner, status: int) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status))) as client:
        assert tell_due(owner, GATEWAY, client) == (0, 1)
        assert tell_due(owner, GATEWAY, client) == (0, 0)


def test_nobody_is_told_without_an_address(owner: Owner) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: pytest.fail("told"))) as client:
        assert tell_due(owner, Gateway(), client) == (0, 0)


def test_a_round_runs_each_rule_once_a_day(owner: Owner) -> None:
    text = "[[retention]]\nkept = 'notifications'\ndays = 1\nbasis = 'x'\n"
    (owner.registry.home / "rights.toml").write_text(text, encoding="utf-8")
    for _ in range(2):
        make_round(owner, owner.registry.home)
    with owner.registry.reading() as record:
        assert len(record.rights.retention_runs()) == 1
