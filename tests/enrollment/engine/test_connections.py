"""Connections to an engine that is started again, shared by clients of several actors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from biometrics.decisions import Unique
from biometrics.errors import ServiceError, ServiceLostError
from biometrics.records import Actor
from registry.location import registry_folder
from registry.store import Registry
from tests.enrollment.engine.serving import client_of, person, serving


def test_an_engine_that_was_started_again_is_asked_on_a_new_connection(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home):
        client = client_of(home)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: client.state(), range(8)))
    with client:
        with pytest.raises(ServiceLostError):
            client.state()
        with pytest.raises(ServiceError, match="the engine has ended"):
            client.state()
        with serving(home):
            assert isinstance(client.enroll(person(tmp_path, "A", 1)), Unique)


def test_stale_connections_are_no_failure_when_another_engine_listens(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home):
        client = client_of(home)
        client.state()
    with serving(home), client:
        assert client.state().persons == 0
        assert isinstance(client.enroll(person(tmp_path, "A", 1)), Unique)


def test_a_connection_that_breaks_while_a_question_is_sent_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    with serving(home):
        client = client_of(home)
    monkeypatch.setattr("enrollment.engine.connections._has_something_to_say", lambda _: False)
    with serving(home), client:
        assert client.state().persons == 0


def test_one_pool_serves_several_actors(tmp_path: Path) -> None:
    home = tmp_path / "home"
    names = [f"clerk-{number}" for number in range(6)]
    with serving(home), client_of(home) as client:

        def enroll(number: int) -> object:
            return client.acting(Actor(name=names[number])).enroll(person(tmp_path, f"p{number}", number))

        with ThreadPoolExecutor(3) as pool:
            assert all(isinstance(one, Unique) for one in pool.map(enroll, range(6)))
        assert len(client._connections._idle) <= 3
        with Registry.open(home, create=False) as registry:
            enrolled = [event.actor for event in registry.events() if event.action == "enrolled"]
    assert sorted(actor.name for actor in enrolled if actor is not None) == names
    assert registry_folder(home).exists()
