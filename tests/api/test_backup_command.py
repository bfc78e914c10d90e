"""`kura registry backup` and `restore`: what a user sees, and that a restored home goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from api.command_line import BAD_INPUT, DONE
from tests.api.conftest import Run, enrolled


@pytest.fixture
def backup(kura: Run, people: Path, tmp_path: Path) -> Path:
    enrolled(kura, people)
    folder = tmp_path / "backup"
    code, out, _ = kura("registry", "backup", folder, "--actor", "keeper")
    assert code == DONE
    assert "4 files" in out and "copy settings.toml" in out
    return folder


def test_a_new_home_goes_on_where_the_backup_ends(
    kura: Run, home: Path, people: Path, backup: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    code, _, error = kura("registry", "restore", backup, "--home", other)
    assert code != DONE and "there is no key here" in error and not other.exists()
    other.mkdir()
    shutil.copy(home / "protection.key", other)
    code, out, _ = kura("registry", "restore", backup, "--home", other)
    assert code == DONE and "4 persons and 4 files restored" in out
    assert kura("registry", "check", "--home", other)[1] == "the registry is whole\n"
    code, out, _ = kura("enroll", people, "--modality", "finger", "--home", other, "--json")
    assert code == DONE
    assert all(one["repeated"] for one in json.loads(out)["results"])


def test_the_trail_names_who_copied_everything(kura: Run, backup: Path) -> None:
    events = json.loads(kura("registry", "events", "--json")[1])
    assert any(one["action"] == "registry.backed_up" for one in events)


def test_a_restore_over_a_newer_registry_is_refused(kura: Run, people: Path, backup: Path) -> None:
    before = kura("registry", "status", "--json")[1]
    (people / "b.png").rename(people / "new.png")
    assert kura("enroll", people / "new.png", "--modality", "finger", "--person", "new")[0] == DONE
    now = kura("registry", "status", "--json")[1]
    assert now != before
    code, _, error = kura("registry", "restore", backup)
    assert code == BAD_INPUT and "newer" in error and "--home" in error
    assert kura("registry", "status", "--json")[1] == now


def test_a_folder_without_a_backup_makes_no_home(kura: Run, tmp_path: Path) -> None:
    code, _, error = kura("registry", "restore", tmp_path / "nothing", "--home", tmp_path / "new")
    assert code == BAD_INPUT and "no finished backup" in error
    assert not (tmp_path / "new").exists()
