"""The root key exchanged step by step beside everything else; a crash at any point loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select

from biometrics.errors import KeyUnavailableError, RecordConflictError, StorageError
from registry.keys import naming
from registry.keys.choosing import open_key
from registry.keys.encryption import PlainKeyEncryption
from registry.keys.naming import ROOT
from registry.store import Registry
from registry.tables.keys import data_keys, installation_keys
from tests.registry.people import enroll
from tests.registry.raw import tamper


def rotate(registry: Registry, most: int = 500) -> int:
    """Rotate to the end and return how many steps that took."""
    registry.protection.begin_rotation()
    steps = 1
    while not registry.protection.rotate_some(most=most).finished:
        steps += 1
    return steps


def test_everything_is_wrapped_by_the_new_root_and_the_old_one_is_gone(registry: Registry, home: Path) -> None:
    people = [enroll(registry, f"person {number}", number) for number in range(4)]
    before = registry.protection.status()
    assert rotate(registry, 3) > 2
    after = registry.protection.status()
    (old,), (new,) = before.generations, after.generations
    assert (old.number, new.number, after.rotating) == (1, 2, False) and new.made_at > old.made_at
    assert new.owners == old.owners > 0 and after.named == before.named
    with registry.reading() as record:
        generations = set(record._connection.scalars(select(installation_keys.c.root_generation)))
    assert generations == {2}
    with Registry.open(home) as again:
        assert again.check() == [] and again.protection.check() == []
        assert again.encounters(people[0].subject_id) == (people[0],)
        assert [event.action for event in again.events()][-2:] == ["keys.rotation_begun", "keys.rotated"]
        assert again.events()[-1].details == {"generation": 2, "destroyed": [1]}


def test_what_the_old_root_wrapped_is_no_key_any_more(registry: Registry) -> None:
    enroll(registry, "one")
    with registry.reading() as record:
        old = naming.roots(record._connection, registry.keys.encryption)[1]
    rotate(registry)
    with registry.reading() as record:
        rows = record._connection.execute(select(data_keys)).all()
        named = record._connection.execute(select(installation_keys).where(installation_keys.c.name != ROOT)).all()
    wrapped = [(row.owner_id, row.wrapped) for row in rows] + [(row.name, row.wrapped) for row in named]
    assert len(wrapped) > 5
    for name, value in wrapped:
        with pytest.raises(InvalidTag):
            AESGCM(old).decrypt(bytes(value[:12]), bytes(value[12:]), name.encode())


def test_others_write_and_read_in_the_middle_of_it(registry: Registry, home: Path) -> None:
    enroll(registry, "before")
    with Registry.open(home) as other:  # knows the first generation only
        registry.protection.begin_rotation()
        enroll(other, "during", 1)
        registry.protection.rotate_some(most=1)
        during = enroll(registry, "between", 2)
        with other.reading() as record:
            record.subjects()
            while not registry.protection.rotate_some(most=1).finished:
                pass
            other.keys.reload()
            assert record.subject_by_label("before") is not None  # still in the snapshot of before
        enroll(other, "after", 3)
        assert other.encounters(during.subject_id) == (during,)
    with Registry.open(home) as again:
        assert again.check() == [] and again.protection.check() == []
        assert [one.number for one in again.protection.status().generations if one.owners] == [2]


def test_begun_again_it_goes_on(registry: Registry, home: Path) -> None:
    for number in range(3):
        enroll(registry, f"person {number}", number)
    begun = registry.protection.begin_rotation()
    registry.protection.rotate_some(most=2)
    with Registry.open(home) as other:
        assert other.protection.status().rotating
        again = other.protection.begin_rotation()
        assert (again.generation, again.left) == (begun.generation, begun.left - 2)
        while not other.protection.rotate_some().finished:
            pass
        assert other.protection.rotate_some().destroyed == ()
        assert [event.action for event in other.events()].count("keys.rotated") == 1
        assert other.check() == []


def test_another_key_from_outside_takes_the_place_of_the_first(registry: Registry, home: Path) -> None:
    enroll(registry, "one")
    registry.protection.begin_rotation()  # both roots are taken along
    new = PlainKeyEncryption(b"n" * 32, "new")
    registry.protection.change(new)
    assert registry.protection.status().key_id == new.key_id
    with pytest.raises(KeyUnavailableError, match="another key"):
        Registry.open(home)
    with Registry.open(home, key_encryption=new) as again:
        while not again.protection.rotate_some().finished:
            pass
        assert again.check() == [] and again.events()[-1].action == "keys.rotated"


def test_a_change_that_fails_half_way_leaves_both_keys_and_is_gone_on_with(registry: Registry, home: Path) -> None:
    new = PlainKeyEncryption(b"n" * 32, "new")

    def fail() -> None:
        raise StorageError("the settings cannot be written")

    with pytest.raises(StorageError, match="settings"):
        registry.protection.change(new, then=fail)
    Registry.open(home).close()
    with Registry.open(home, key_encryption=new) as again:
        again.protection.begin_rotation()
        again.protection.rotate_some()
        again.protection.change(new)
    with pytest.raises(KeyUnavailableError, match="another key"):
        Registry.open(home)
    with Registry.open(home, key_encryption=new) as again:
        assert again.check() == [] and again.events()[-1].action == "keys.changed"


def test_a_key_that_does_not_open_what_it_wraps_is_refused(registry: Registry, home: Path) -> None:
    class Forgetful(PlainKeyEncryption):
        def unwrap(self, wrapped: bytes) -> bytes:
            return bytes(32)

    with pytest.raises(RecordConflictError, match="does not open"):
        registry.protection.change(Forgetful(b"f" * 32, "forgetful"))
    Registry.open(home).close()


def test_the_recovery_key_opens_what_nobody_else_can_open(registry: Registry, home: Path, tmp_path: Path) -> None:
    person = enroll(registry, "one")
    safe = tmp_path / "safe" / "recovery.key"
    key_id = registry.protection.make_recovery(safe)
    rotate(registry)  # nobody fetches the file from the safe for that
    assert registry.protection.status().recovery_id == key_id
    (home / "protection.key").unlink()
    with pytest.raises(KeyUnavailableError):
        Registry.open(home)
    recovery = open_key(f"recovery:{safe}")
    with Registry.open(home, key_encryption=recovery) as saved:
        assert saved.encounters(person.subject_id) == (person,)
        for refused in (saved.protection.begin_rotation, lambda: saved.protection.make_recovery(tmp_path / "another")):
            with pytest.raises(RecordConflictError, match="recovery key"):
                refused()
        with pytest.raises(RecordConflictError, match="recovery key"):
            saved.protection.change(recovery)
        saved.protection.change(PlainKeyEncryption(b"n" * 32, "new"))
        rotate(saved)
    with Registry.open(home, key_encryption=PlainKeyEncryption(b"n" * 32, "new")) as again:
        assert again.check() == [] and again.protection.status().recovery_id == key_id
    Registry.open(home, key_encryption=recovery).close()


def test_a_new_recovery_key_takes_the_place_of_the_former(registry: Registry, home: Path, tmp_path: Path) -> None:
    registry.protection.make_recovery(tmp_path / "first")
    with pytest.raises(RecordConflictError, match="already"):
        registry.protection.make_recovery(tmp_path / "first")
    registry.protection.make_recovery(tmp_path / "second")
    with pytest.raises(KeyUnavailableError):
        Registry.open(home, key_encryption=open_key(f"recovery:{tmp_path / 'first'}"))
    Registry.open(home, key_encryption=open_key(f"recovery:{tmp_path / 'second'}")).close()


def test_a_check_names_what_does_not_open(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    assert registry.protection.check() == []
    told: list[str] = []
    registry.protection.check(lambda done, total, what: told.append(what))
    assert {"keys", "samples", "biometric_references", "subjects"} <= set(told)
    tamper(registry, "UPDATE biometric_references SET template = substr(template, 1, length(template) - 1)")
    tamper(registry, "DELETE FROM data_keys WHERE owner_id = :owner", owner=encounter.subject_id)
    tamper(registry, "UPDATE installation_keys SET wrapped = substr(wrapped, 2) WHERE name = 'search'")
    registry.keys.reload()
    faults = registry.protection.check()
    sources = {fault.source.split(" of ")[0] for fault in faults}
    assert {"search", "biometric_references.template", "subjects.label"} <= sources
    assert all(fault.severe for fault in faults)


def test_a_rotation_stops_at_a_damaged_key_and_loses_nothing(registry: Registry) -> None:
    enroll(registry, "one")
    damage = "UPDATE data_keys SET wrapped = substr(wrapped, 1, length(wrapped) - 1)"
    assert tamper(registry, damage) > 0
    registry.protection.begin_rotation()
    with pytest.raises(StorageError, match="data key is damaged"):
        registry.protection.rotate_some()
    with registry.reading() as record:
        roots = select(func.count()).where(installation_keys.c.name == ROOT)
        assert record._connection.scalar(roots) == 2
