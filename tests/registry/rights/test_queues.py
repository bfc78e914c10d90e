"""What other systems left about an erased person goes too; a call still to be performed keeps the person."""

from __future__ import annotations

import pytest

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.records import Actor, ActorRole
from biometrics.samples import now_utc
from registry.service_states import TaskState
from registry.store import Registry
from registry.tasks import Task
from tests.registry.people import enroll

SUPERVISOR = Actor(name="supervisor", role=ActorRole.SUPERVISOR)


def task(task_id: str, asked: bytes) -> Task:
    return Task(
        task_id=task_id,
        client="bank",
        operation="readEncounters",
        transaction_id="t",
        callback=None,
        priority=0,
        state=TaskState.PENDING,
        made_at=now_utc(),
        changed_at=now_utc(),
        asked=asked,
    )


def test_answers_and_finished_tasks_that_name_the_person_go(registry: Registry) -> None:
    gone = enroll(registry, "Dembélé-1")
    enroll(registry, "Dembélé-10", seed=1)
    with registry.writing(SUPERVISOR) as writer:
        for number, label in enumerate(("Dembélé-1", "Dembélé-10")):
            writer.tasks.add(task(f"task-{number}", f'{{"path": {{"personId": "{label}"}}}}'.encode()))
            writer.answers.keep("bank", f"k{number}", request_sha256="0" * 64, status=200, answer=ascii_of(label))
        erasure = writer.rights.accept_erasure(gone.subject_id, basis="loi", approved_by="director", request_id=None)
    with pytest.raises(RecordConflictError, match="still to be performed"), registry.writing(SUPERVISOR) as writer:
        writer.rights.erase_records(erasure.erasure_id)
    with registry.writing(SUPERVISOR) as writer:
        for number, label in enumerate(("Dembélé-1", "Dembélé-10")):
            writer.tasks.answer(f"task-{number}", f'["{label}"]'.encode(), failed=False)
    with registry.writing(SUPERVISOR) as writer:
        done = writer.rights.erase_records(erasure.erasure_id)
    assert (done.removed["tasks"], done.removed["answers"]) == (1, 1)
    with registry.reading() as record:
        assert record.answers.find("bank", "k0") is None and record.answers.find("bank", "k1") is not None
        assert record.tasks.find("task-1").answer is not None
        with pytest.raises(RecordNotFoundError):
            record.tasks.find("task-0")
    assert registry.check() == []


def ascii_of(label: str) -> bytes:
    """Return an answer as clients with plain letters send it, everything beyond ASCII escaped."""
    escaped = label.encode("unicode_escape").decode().replace("\\xe9", "\\u00e9")
    return f'{{"person": "{escaped}"}}'.encode()
