"""The engine as workers ask it: looked for until there is one, then asked on connections that all share."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.http import engines
from api.http.engines import EngineDoor
from api.installation import Installation
from api.settings import Settings
from biometrics.errors import ServiceError
from biometrics.records import SYSTEM, Actor
from enrollment.engine.client import EngineClient, find_engine
from registry.location import registry_folder
from tests.enrollment.engine.serving import SETTINGS, serving


def test_no_engine_is_said_and_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def find(_: Installation) -> EngineClient | None:
        looked.append(1)
        return None

    monkeypatch.setattr(engines, "running_engine", find)
    door = EngineDoor(Installation(home=tmp_path, settings=Settings()))
    for times in (1, 2):
        with pytest.raises(ServiceError, match="does not run"):
            door.acting(SYSTEM)
        assert len(looked) == times
    door.close()


def test_an_engine_is_found_and_again_after_it_was_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def find(installation: Installation) -> EngineClient | None:
        looked.append(1)
        return find_engine(registry_folder(installation.home), SETTINGS)

    monkeypatch.setattr(engines, "running_engine", find)
    home = tmp_path / "home"
    door = EngineDoor(Installation(home=home, settings=Settings()))
    with serving(home):
        assert door.acting(SYSTEM).state().persons == 0
    with pytest.raises(ServiceError):
        door.acting(SYSTEM).state()
    with serving(home):
        assert door.acting(Actor(name="somebody")).state().persons == 0
        assert len(looked) == 1
        door.close()
        assert door.acting(SYSTEM).state().persons == 0
        assert len(looked) == 2
        door.close()
