"""Enrollments that are still being filled in, with their files; and answers kept under a client's keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biometrics.errors import RecordConflictError, RecordNotFoundError, StorageError
from biometrics.samples import now_utc
from registry.drafts import DraftBuffer
from registry.service_states import DraftState
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.raw import plain_connection

SECRET = '{"firstName": "Awa SIMULATED"}'


def open_draft(registry: Registry, draft_id: str, client: str = "booth") -> None:
    with registry.writing() as writer:
        writer.drafts.add(draft_id, client=client, document=SECRET, attributes='{"type": "first"}')


def add_file(registry: Registry, draft_id: str, data: bytes = b"a picture") -> DraftBuffer:
    digest = registry.keep_sample(data)
    with registry.writing() as writer:
        return writer.drafts.add_buffer(draft_id, sha256=digest, media_type="image/png", size=len(data))


def test_a_draft_is_filled_in_and_becomes_an_encounter(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    open_draft(registry, "d")
    with registry.writing() as writer:
        assert writer.drafts.replace("d", "{}", '{"type": "second"}') == 2
        assert writer.drafts.finalize("d", person="one", encounter_id=encounter.encounter_id) == 3
    with registry.reading() as record:
        found = record.drafts.find("d")
    assert found is not None and found.updated_at > found.created_at
    assert (found.client, found.document, found.attributes) == ("booth", "{}", '{"type": "second"}')
    assert (found.state, found.person, found.encounter_id) == (DraftState.FINALIZED, "one", encounter.encounter_id)
    assert "SIMULATED" not in str(registry.events()) and '"d"' not in str(registry.events())
    assert registry.check() == []


def test_a_draft_may_become_nothing(registry: Registry) -> None:
    open_draft(registry, "d")
    with registry.writing() as writer:
        assert writer.drafts.finalize("d", expected_version=1) == 2
    assert registry.check() == []


def test_two_who_change_one_draft_do_not_overwrite_each_other(registry: Registry) -> None:
    open_draft(registry, "d")
    with registry.writing() as writer:
        assert writer.drafts.replace("d", "{}", expected_version=1) == 2
        with pytest.raises(RecordConflictError, match="somebody else"):
            writer.drafts.replace("d", "[]", expected_version=1)
        with pytest.raises(RecordConflictError, match="somebody else"):
            writer.drafts.finalize("d", expected_version=1)
        found = writer.drafts.find("d")
    assert found is not None and (found.document, found.version) == ("{}", 2)


def test_a_finalized_draft_stays_as_it_is(registry: Registry) -> None:
    open_draft(registry, "d")
    digest = registry.keep_sample(b"late")
    with registry.writing() as writer:
        writer.drafts.finalize("d")
        with pytest.raises(RecordConflictError):
            writer.drafts.replace("d", "{}")
        with pytest.raises(RecordConflictError):
            writer.drafts.finalize("d")
        with pytest.raises(RecordConflictError):
            writer.drafts.add_buffer("d", sha256=digest, media_type="image/png", size=4)
        with pytest.raises(RecordConflictError):
            writer.drafts.add("d", client="other", document="{}")


def test_what_is_not_there_is_not_found(registry: Registry) -> None:
    open_draft(registry, "d")
    with registry.writing() as writer:
        for call in (
            lambda: writer.drafts.replace("x", "{}"),
            lambda: writer.drafts.finalize("x"),
            lambda: writer.drafts.delete("x"),
            lambda: writer.drafts.finalize("d", person="p", encounter_id="nothing"),
            lambda: writer.drafts.add_buffer("x", sha256="0" * 64, media_type="image/png", size=1),
        ):
            with pytest.raises(RecordNotFoundError):
                call()
        with pytest.raises(StorageError):
            writer.drafts.add_buffer("d", sha256="0" * 64, media_type="image/png", size=1)
        assert writer.drafts.find("x") is None and writer.drafts.buffer("d", "x") is None


def test_drafts_of_a_client_are_read_page_by_page(registry: Registry) -> None:
    for name in "cabd":
        open_draft(registry, name)
    open_draft(registry, "foreign", client="other")
    with registry.reading() as record:
        first = record.drafts.page("booth", "", 3)
        rest = record.drafts.page("booth", first[-1].draft_id, 3)
        assert sorted(one.draft_id for one in (*first, *rest)) == ["a", "b", "c", "d"] and len(first) == 3
        assert {(one.state, one.attributes) for one in first} == {(DraftState.IN_PROGRESS, '{"type": "first"}')}


def test_files_stay_as_long_as_their_draft(registry: Registry) -> None:
    open_draft(registry, "d")
    open_draft(registry, "other")
    first, second = add_file(registry, "d"), add_file(registry, "d", b"another")
    shared = add_file(registry, "other")
    with registry.reading() as record:
        assert record.drafts.buffers("d") == (first, second)
        assert record.drafts.buffer("d", second.buffer_id) == second
        assert record.drafts.buffer("other", second.buffer_id) is None
    assert registry.upkeep.sweep(older_than_s=-1) == 0
    assert registry.sample_bytes(first.sha256) == b"a picture"
    with registry.writing() as writer:
        writer.drafts.delete("d")
    with pytest.raises(StorageError, match="missing"):
        registry.sample_bytes(second.sha256)
    # The other draft names the first one too.
    assert registry.sample_bytes(shared.sha256) == b"a picture" and registry.check() == []
    with registry.writing() as writer:
        writer.drafts.delete("other")
    assert list(registry._samples.files()) == [] and registry.check() == []


def test_a_deleted_draft_may_be_opened_anew(registry: Registry) -> None:
    open_draft(registry, "d")
    with registry.writing() as writer:
        writer.drafts.delete("d")
    open_draft(registry, "d")
    with registry.reading() as record:
        found = record.drafts.find("d")
    assert found is not None and found.version == 1 and registry.check() == []


def test_a_client_is_answered_the_same_under_its_key(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.answers.keep("booth", "k1", request_sha256="a" * 64, status=201, answer=SECRET.encode())
        with pytest.raises(RecordConflictError):
            writer.answers.keep("booth", "k1", request_sha256="b" * 64, status=409, answer=b"")
        writer.answers.keep("other", "k1", request_sha256="c" * 64, status=200, answer=b"")
    with registry.reading() as record:
        found = record.answers.find("booth", "k1")
        assert record.answers.find("booth", "k2") is record.answers.find("third", "k1") is None
    assert found is not None
    assert (found.request_sha256, found.status, found.answer) == ("a" * 64, 201, SECRET.encode())
    assert "SIMULATED" not in repr(found) + str(registry.events()) and "k1" not in str(registry.events())
    assert registry.check() == []


def test_old_answers_are_forgotten(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.answers.keep("booth", "old", request_sha256="a" * 64, status=200, answer=b"")
    between = now_utc()
    with registry.writing() as writer:
        writer.answers.keep("booth", "new", request_sha256="a" * 64, status=200, answer=b"")
        assert writer.answers.forget(between - timedelta(days=1)) == 0
        assert writer.answers.forget(between) == 1
        assert writer.answers.find("booth", "old") is None
        kept = writer.answers.find("booth", "new")
    assert kept is not None and registry.check() == []


def test_what_clients_send_lies_sealed_and_its_keys_go_with_it(registry: Registry) -> None:
    open_draft(registry, "telling-draft")
    add_file(registry, "telling-draft")
    with registry.writing() as writer:
        writer.answers.keep("booth", "telling-key", request_sha256="a" * 64, status=200, answer=b"telling-answer")
    with plain_connection(registry) as connection:
        rows = [
            row
            for table in ("drafts", "draft_buffers", "kept_answers")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        ]
        values = [bytes(value) if isinstance(value, memoryview) else value for row in rows for value in row]
        keys = connection.exec_driver_sql("SELECT count(*) FROM data_keys").scalar_one()
    assert len(rows) == 3 and not any("telling" in str(value) or "SIMULATED" in str(value) for value in values)
    assert sum(isinstance(value, bytes) and b"telling" not in value for value in values) >= 10
    with registry.writing() as writer:
        writer.drafts.delete("telling-draft")
        writer.answers.forget(made_before=now_utc() + timedelta(seconds=1))
    with plain_connection(registry) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM data_keys").scalar_one() <= keys - 2
