"""`kura keys`: an operator protects an installation, exchanges its keys, and survives the loss of one."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from api import command_line
from api.command_line import BAD_INPUT, DONE
from api.protection_settings import name_key
from api.settings import FILE_NAME, read_settings
from registry.store import Registry
from tests.api.conftest import Run, enrolled
from tests.registry.raw import tamper

_VERB = EntryPoint("keys", "api.verbs.keys", command_line.VERB_GROUP)


@pytest.fixture
def kura(kura: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    installed = [one for one in entry_points(group=command_line.VERB_GROUP) if one.name != _VERB.name]
    monkeypatch.setattr(command_line, "entry_points", lambda group: [*installed, _VERB])
    return kura


def told(kura: Run, *words: object) -> dict[str, Any]:
    code, out, err = kura("keys", *words, "--json")
    assert code == DONE, err
    document: dict[str, Any] = json.loads(out)
    return document


def test_a_new_installation_says_what_is_doubtful_about_its_protection(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    status = told(kura, "status")
    assert status["key"].startswith("aes256:") and status["recovery_key"] is None and not status["rotating"]
    assert [one["generation"] for one in status["generations"]] == [1]
    assert ["lies in the home" in one or "no recovery key" in one for one in status["warnings"]] == [True, True]
    assert kura("keys", "check")[1] == "everything opens\n"


def test_keys_are_rotated_by_a_command(kura: Run, people: Path) -> None:
    enrolled(kura, people)
    owners = told(kura, "status")["generations"][0]["owners"]
    rotated = told(kura, "rotate")
    assert (rotated["generation"], rotated["destroyed"]) == (2, [1]) and rotated["keys"] > owners
    (generation,) = told(kura, "status")["generations"]
    assert (generation["generation"], generation["owners"]) == (2, owners)
    assert kura("keys", "check")[0] == DONE and kura("registry", "check")[1] == "the registry is whole\n"


def test_a_key_outside_of_the_home_takes_the_place_of_the_first(
    kura: Run, people: Path, home: Path, tmp_path: Path
) -> None:
    enrolled(kura, people)
    settings = home / FILE_NAME
    settings.write_text("# what we chose\ncase_timeout_min = 30\n\n[server]\nport = 9443\n")
    medium = tmp_path / "medium" / "kura.key"
    code, out, _ = kura("keys", "change", "--to", f"file:{medium}")
    assert code == DONE and f"no key in {medium}: this one was made" in out
    assert f"{home / 'protection.key'} opens only backups" in out
    made_at = told(kura, "status")["generations"][0]["made_at"]
    out = kura("keys", "change", "--to", f"file:{tmp_path / 'other.key'}")[1]
    assert f"{medium} opens only backups" in out
    out = kura("keys", "change", "--to", f"file:{medium}")[1]
    assert "was made" not in out
    assert told(kura, "status")["generations"][0]["made_at"] == made_at  # under another key it is not younger
    chosen = read_settings(home)
    assert chosen.protection.key == f"file:{medium}" and chosen.case_timeout_min == 30 and chosen.server.port == 9443
    assert settings.read_text().startswith("# what we chose\n")
    (home / "protection.key").unlink()
    assert told(kura, "status")["warnings"] == [
        "there is no recovery key: when the key is lost, everything is; see kura keys recovery"
    ]
    away = medium.rename(medium.with_name("away"))
    code, _, err = kura("registry", "status")
    assert code == BAD_INPUT and "there is no key here" in err and str(medium) in err
    away.rename(medium)
    assert kura("registry", "check")[0] == DONE


def test_a_lost_key_is_survived_with_the_one_from_the_safe(kura: Run, people: Path, home: Path, tmp_path: Path) -> None:
    enrolled(kura, people)
    safe = tmp_path / "safe.key"
    key_id = told(kura, "recovery", "--out", safe)["recovery_key"]
    assert kura("keys", "recovery", "--out", safe)[0] == BAD_INPUT
    told(kura, "rotate")
    (home / "protection.key").unlink()
    assert kura("keys", "status")[0] == BAD_INPUT
    name_key(home / FILE_NAME, f"recovery:{safe}")
    assert "open with its recovery key" in str(told(kura, "status")["warnings"])
    code, _, err = kura("keys", "rotate")
    assert code == BAD_INPUT and "recovery key" in err
    assert kura("keys", "change", "--to", f"recovery:{safe}")[0] == BAD_INPUT
    told(kura, "change", "--to", f"file:{tmp_path / 'new.key'}")
    status = told(kura, "status")
    assert (status["recovery_key"], status["warnings"]) == (key_id, [])
    assert kura("registry", "check")[0] == DONE


def test_a_key_in_the_environment(kura: Run, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolled(kura, people)
    monkeypatch.setenv("KURA_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    told(kura, "change", "--to", "env:KURA_KEY")
    assert kura("registry", "check")[0] == DONE
    monkeypatch.delenv("KURA_KEY")
    code, _, err = kura("registry", "status")
    assert code == BAD_INPUT and "not set" in err


def test_what_does_not_open_is_named_and_what_names_no_key_refused(
    kura: Run, people: Path, home: Path, tmp_path: Path
) -> None:
    enrolled(kura, people)
    for wrong in ("kura.key", "file:relative.key", "env:", "pkcs11:token=only"):
        code, _, err = kura("keys", "change", "--to", wrong)
        assert code != DONE and err
    made = told(kura, "make", "--out", tmp_path / "a.key")
    assert made["key"].startswith("aes256:") and kura("keys", "make", "--out", tmp_path / "a.key")[0] == BAD_INPUT
    with Registry.open(home) as registry:
        tamper(registry, "UPDATE biometric_references SET template = substr(template, 1, length(template) - 1)")
    code, out, _ = kura("keys", "check")
    assert code == BAD_INPUT and "biometric_references.template" in out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '\n[protection]\nkey = "env:K"\n'),
        ('a = 1\n[protection]\nkey = "file:/x"\n[audit]\nkey_like = 2\n', None),
        ("[protection]\n", '[protection]\nkey = "env:K"\n'),
    ],
)
def test_only_the_key_is_changed_in_the_settings(tmp_path: Path, before: str, after: str | None) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(before)
    name_key(path, "env:K")
    assert path.read_text() == (before.replace("file:/x", "env:K") if after is None else after)
