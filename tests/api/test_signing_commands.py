"""The verbs sign, card and receipt, and signed exports: what they write is verified with public keys alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from api import command_line, wiring
from api.command_line import BAD_INPUT, DONE, NEGATIVE
from api.installation import open_installation
from api.settings import read_settings, write_settings
from api.signing_settings import SigningSettings
from api.verbs.sign_steps.verifying import ENDINGS, PURPOSES
from biometrics.errors import RestrictedError
from biometrics.records import Actor, ActorRole
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import Ending
from enrollment.operations.issuing import CARD_PORTRAIT, MAKE_CARD, CardPortrait, MakeCard
from tests.api.conftest import Run
from tests.enrollment.issuing.people import enroll_holder, portrait
from tests.registry.keys.softhsm import Token, token

__all__ = ["token"]

WHO = ("--actor", "officer", "--purpose", "card for the consulate")


@pytest.fixture(autouse=True)
def verbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verbs be found before the package is installed anew."""
    known = [one for one in entry_points(group=command_line.VERB_GROUP) if find_spec(one.module) is not None]
    for name in ("sign", "card", "receipt"):
        if name not in {one.name for one in known}:
            known.append(EntryPoint(name=name, value=f"api.verbs.{name}", group=command_line.VERB_GROUP))
    monkeypatch.setattr(command_line, "entry_points", lambda **_: known)


@pytest.fixture
def holder(kura: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A person who may have a card; portraits are cut out of a picture that shows nobody."""
    installation = open_installation(home, create=True)
    with wiring.open_registry(installation, create=True) as registry:
        subject_id = enroll_holder(registry, "holder", receipt="R-17").subject_id
    monkeypatch.setattr(wiring, "load_face_extractor", lambda *_: None)
    monkeypatch.setattr("enrollment.issuing.portraits.document_portrait", lambda *_: portrait())
    return subject_id


def _keys(kura: Run, tmp_path: Path, purpose: str) -> Path:
    keys = tmp_path / f"{purpose}-keys.json"
    code, _, err = kura("sign", "keys", "--purpose-of-key", purpose, "--out", keys)
    assert code == DONE, err
    return keys


def _card(kura: Run, out: Path) -> tuple[int, str, str]:
    return kura(
        *("card", "issue", "holder", "--profile", "example-national-card", "--number", "SIM000001"),
        *("--issued-on", "2026-11-27", "--out", out, *WHO),
    )


def test_a_card_is_made_and_verified_elsewhere(kura: Run, holder: str, tmp_path: Path) -> None:
    record = tmp_path / "card.json"
    code, out, err = _card(kura, record)
    assert code == DONE and "simulated" in out, err
    assert record.stat().st_mode & 0o077 == 0
    keys = _keys(kura, tmp_path, "cards")
    code, out, _ = kura("card", "verify", record, "--keys", keys)
    assert code == DONE and "level simple (not a qualified signature)" in out and "expires on 2031-11-26" in out
    record.write_bytes(record.read_bytes().replace(b"SIM000001", b"SIM000002"))
    code, _, err = kura("card", "verify", record, "--keys", keys)
    assert code == BAD_INPUT and "not what was signed" in err


def test_a_card_needs_a_purpose_and_a_profile(kura: Run, holder: str, tmp_path: Path) -> None:
    issue = ("card", "issue", "holder", "--number", "SIM1", "--out", tmp_path / "card.json")
    code, _, err = kura(*issue, "--profile", "example-national-card")
    assert code == BAD_INPUT and "--purpose" in err
    code, _, err = kura(*issue, "--profile", "missing", *WHO)
    assert code == BAD_INPUT and "example-passport" in err
    assert not (tmp_path / "card.json").exists()


def test_nobody_who_is_locked_is_given_a_card_or_a_receipt(kura: Run, home: Path, holder: str, tmp_path: Path) -> None:
    def made() -> list[int]:
        receipt = kura("receipt", "issue", "R-17", "--out", tmp_path / "r.json", *WHO)
        return [_card(kura, tmp_path / "card.json")[0], receipt[0]]

    lock = json.loads(kura("rights", "lock", "holder", "--reason", "contested", "--json")[1])
    assert made() == [BAD_INPUT, BAD_INPUT]
    assert not (tmp_path / "card.json").exists() and not (tmp_path / "r.json").exists()
    lift = ("--reason", "corrected", "--actor", "x", "--approver", "y")
    kura("rights", "lift", lock["restriction_id"], *lift)
    assert made() == [DONE, DONE]


def test_a_lock_that_came_after_the_picture_keeps_from_signing(home: Path, holder: str) -> None:
    clerk = Actor(name="clerk", purpose="card")
    found = CardPortrait(person="holder", profile="example-national-card")
    with wiring.open_registry(open_installation(home, create=False), create=False) as registry:
        told = CARD_PORTRAIT.perform(registry, clerk, found)
        with registry.writing(Actor(name="boss", role=ActorRole.SUPERVISOR)) as writer:
            writer.rights.restrict(told.subject_id, purpose=None, reason="contested")
        asked = MakeCard(
            subject_id=told.subject_id,
            profile="example-national-card",
            number="SIM000001",
            issued_on=date(2026, 11, 27),
            portrait=portrait(),
        )
        with pytest.raises(RestrictedError):
            MAKE_CARD.perform(registry, clerk, asked)


def test_profiles_are_listed_and_a_wrong_one_hides_no_other(kura: Run, home: Path, holder: str) -> None:
    line = "example-national-card: Carte nationale d'identité (exemple), td1, 5 years"
    code, out, _ = kura("card", "profiles")
    assert code == DONE and line in out
    wrong = home / "profiles" / "wrong.toml"
    wrong.parent.mkdir()
    wrong.write_text("colour = 1")
    code, out, _ = kura("card", "profiles")
    assert code == BAD_INPUT and line in out and f"WRONG  {wrong}" in out


def test_a_receipt_is_written_with_its_text_and_verifies(kura: Run, holder: str, tmp_path: Path) -> None:
    code, out, err = kura("receipt", "issue", "R-17", "--out", tmp_path / "r.json", *WHO)
    assert code == DONE and "Reçu d'enregistrement n° R-17" in out and "niveau simple" in out, err
    assert (tmp_path / "r.txt").read_text(encoding="utf-8").startswith("DONNÉES SIMULÉES")
    keys = _keys(kura, tmp_path, "receipts")
    assert kura("sign", "verify", tmp_path / "r.json", "--as", "receipts", "--keys", keys)[0] == DONE
    code, _, err = kura("sign", "verify", tmp_path / "r.json", "--as", "cards", "--keys", keys)
    assert code == BAD_INPUT and "something else" in err


def test_receipts_wait_for_the_token(kura: Run, home: Path, holder: str, token: Token, tmp_path: Path) -> None:
    code, out, err = kura("sign", "token-key", token.uri("receipts"), "--json")
    assert code == DONE and json.loads(out)["algorithm"] == "ES256", err
    settings = read_settings(home)
    write_settings(home, replace(settings, signing=SigningSettings(receipts=token.uri("receipts"))))
    token.unplug()
    code, out, _ = kura("receipt", "issue", "R-17", "--out", tmp_path / "r.json", *WHO)
    assert code == DONE and "Signature en attente" in out and not (tmp_path / "r.json.jws").exists()
    assert kura("receipt", "waiting", tmp_path / "late")[0] == NEGATIVE
    token.plug()
    code, out, _ = kura("receipt", "waiting", tmp_path / "late")
    assert code == DONE and "1 receipt signed" in out
    assert len(list((tmp_path / "late").glob("*.json.jws"))) == 1


def test_keys_are_replaced_and_ended(kura: Run, holder: str, tmp_path: Path) -> None:
    record = tmp_path / "card.json"
    assert _card(kura, record)[0] == DONE
    old = json.loads(_keys(kura, tmp_path, "cards").read_text())["keys"][0]["kid"]
    assert kura("sign", "replace", "cards")[0] == DONE
    keys = _keys(kura, tmp_path, "cards")
    assert kura("card", "verify", record, "--keys", keys)[0] == DONE
    assert kura("sign", "end", old, "--ending", "compromised")[0] == DONE
    keys = _keys(kura, tmp_path, "cards")
    code, _, err = kura("card", "verify", record, "--keys", keys)
    assert code == BAD_INPUT and "others may have the key" in err
    assert kura("card", "verify", record, "--keys", keys, "--seen-at", "2020-01-01T00:00Z")[0] == DONE
    code, out, _ = kura("sign", "keys")
    assert code == DONE and "compromised" in out


def test_an_export_is_signed_and_an_import_asks_who_signed(
    kura: Run, holder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "export"
    code, out, err = kura("registry", "export", folder, *WHO)
    assert code == DONE, err
    assert "kura sign keys --purpose-of-key exports" in out
    exports, cards = _keys(kura, tmp_path, "exports"), _keys(kura, tmp_path, "cards")
    assert kura("sign", "verify", folder / "manifest.json", "--as", "exports", "--keys", exports)[0] == DONE

    def imported(name: str, keys: Path, *, source: Path = folder) -> tuple[int, str, str]:
        monkeypatch.setenv("KURA_HOME", str(tmp_path / name))
        return kura("registry", "import", source, "--signed-by", keys)

    assert imported("first", exports)[0] == DONE
    code, _, err = imported("second", cards)
    assert code == BAD_INPUT and "no trusted key" in err
    code, _, err = imported("third", exports, source=folder / "persons.jsonl")
    assert code == BAD_INPUT and "no signature" in err
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"persons": 1', '"persons": 2'))
    code, _, err = imported("fourth", exports)
    assert code == BAD_INPUT and "not what was signed" in err
    (folder / "manifest.json.jws").unlink()
    code, _, err = imported("fifth", exports)
    assert code == BAD_INPUT and "not signed" in err


def test_a_file_of_keys_that_is_none_is_refused(kura: Run, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("{}")
    for keys, said in ((file, "no set of trusted keys"), (tmp_path / "missing", "cannot be read")):
        code, _, err = kura("sign", "verify", file, "--as", "cards", "--keys", keys)
        assert code == BAD_INPUT and said in err


def test_the_words_of_the_commands_are_those_of_the_vocabulary() -> None:
    assert tuple(one.value for one in Purpose) == PURPOSES
    assert tuple(one.value for one in Ending) == ENDINGS
