"""Let tasks flow while the engine and the workers that perform them are killed, and see what their clients received.

``python -m tests.journeys.task_kills FOLDER KILLS SEED`` writes a JSON summary, and ends with 1 when a task that was
accepted was not performed, was performed twice with effect, or its client did not receive its one answer, signed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import structlog

from api.http.access import Caller
from api.http.clients import DEVELOPMENT
from api.http.desk import Desk
from api.installation import Installation
from api.osia.abis.calls import AbisAnswer, AbisCall
from api.osia.tasks import packing
from api.osia.tasks import runner as runners
from api.osia.tasks.keys import public_key
from api.osia.tasks.runner import TaskRunner
from api.osia.tasks.signatures import Message, SignatureRefusedError, verify_message
from api.settings import Settings
from biometrics.decisions import Duplicate, Unique
from biometrics.errors import RecordConflictError, ServiceError, ServiceLostError
from biometrics.records import SYSTEM, Actor
from biometrics.signing.public_keys import jwk_of
from enrollment.engine.client import EngineClient
from enrollment.operations.tasks import ACCEPT_TASK, TASK_RESULT
from enrollment.tasks import desk as desks
from enrollment.tasks import queue as queues
from enrollment.tasks.records import AcceptTask, OwnTask
from matching.minutiae import warm_up
from registry.service_states import TaskState
from registry.store import Registry
from tests.api.osia.tasks.receivers import Received, receiving
from tests.databases import follow_environment
from tests.enrollment.engine.serving import client_of, person, start_engine
from tests.enrollment.fakes import fake_extractors

WORKERS, TASKS_PER_ROUND, KILLS_PER_HOME = 2, 3, 5
LONGEST_LIFE_S = 0.4
ENDS_WITHIN_S = 60.0
CLIENT = "ministry"
RIGHTS = DEVELOPMENT


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened; `faults` must stay empty."""

    kills: int = 0
    workers_killed: int = 0
    acknowledged: int = 0
    received: int = 0
    faults: list[str] = field(default_factory=list)


def hurry() -> None:
    """Let waits and leases be as short as the lives of those who are killed."""
    queues.LEASE_S = 0.3
    runners.LEASE_S = 0.3  # type: ignore[attr-defined]
    runners._ENGINE_AWAY_S = 0.02
    runners.MOST_LOST = 1_000
    desks.FIRST_RETRY_S, desks.LONGEST_RETRY_S, desks.LONGEST_SILENCE_S, desks._AFTER_RESTART_S = 0.02, 0.2, 0.1, 0.1


def child(work: Callable[[], None]) -> int:
    """Do something in a process of its own and return its process id."""
    started = os.fork()
    if started:
        return started
    try:
        work()
    except BaseException:  # noqa: BLE001 - it must not go on as its parent
        os._exit(70)
    os._exit(0)


def end(process: int, how: signal.Signals = signal.SIGKILL) -> int:
    """End a process and return how it ended."""
    os.kill(process, how)
    return os.waitpid(process, 0)[1]


def enroll(desk: Desk, call: AbisCall) -> AbisAnswer:
    """Enroll whom a task brings, under its name: a second time, what was recorded the first is found."""
    assert call.task_id is not None
    service = desk.service(call.caller.actor())
    prepared = person(desk.home.parent, call.task_id, call.body["number"])
    for _ in range(2):
        earlier = service.earlier(prepared.label, tuple(one.image.sha256 for one in prepared.samples))
        try:
            outcome = earlier.outcome if earlier is not None else service.enroll(prepared)
        except RecordConflictError:
            continue  # another worker recorded it at this moment
        assert isinstance(outcome, Unique | Duplicate)
        return AbisAnswer(status=200, content={"personId": call.task_id, "subject": outcome.subject_id})
    raise ServiceLostError("recorded and not found")


def start_worker(home: Path) -> int:
    """Perform and deliver in a process of its own, until it is told to end."""

    def work() -> None:
        clients: dict[Actor, EngineClient] = {}

        def service_of(actor: Actor) -> EngineClient:
            if actor not in clients:
                clients[actor] = client_of(home, actor)
            return clients[actor]

        installation = Installation(home=home, settings=Settings())
        desk = Desk(installation, extractors=fake_extractors(), calibrations={}, service_of=service_of)
        runner = TaskRunner(desk, lambda _: RIGHTS, {"enroll": enroll})
        ending = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ending.set())
        runner.start()
        ending.wait()
        runner.stop()

    return child(work)


@contextmanager
def client_side(folder: Path) -> Iterator[tuple[str, Path]]:
    """Receive results in a process of its own; every third is refused at first. Yields the address and what came."""
    reading, writing = os.pipe()
    notes = folder / "received"
    notes.touch()

    def receive() -> None:
        with receiving(statuses=[204, 500, 204] * 10_000) as receiver:
            os.write(writing, receiver.url.encode())
            told = 0
            while True:
                came = receiver.wait_for_more(told)
                with notes.open("a") as file:
                    for one in came:
                        file.write(f"{json.dumps(_noted(one))}\n")
                told += len(came)

    process = child(receive)
    try:
        yield os.read(reading, 1_000).decode(), notes
    finally:
        end(process)
        os.close(reading)
        os.close(writing)


def _noted(one: Received) -> dict[str, object]:
    return {"path": one.path, "headers": one.headers, "content": one.content.decode()}


def accept(home: Path, task_id: str, url: str, number: int) -> None:
    """Have a task accepted by whatever engine runs, until it says so."""
    call = AbisCall(
        operation="enroll",
        caller=Caller(client=CLIENT, subject=CLIENT, rights=RIGHTS),
        path={},
        query={"transactionId": f"T {task_id}"},
        body={"number": number},
    )
    task = AcceptTask(
        task_id=task_id,
        client=CLIENT,
        operation="enroll",
        transaction_id=call.transaction,
        callback=url,
        priority=number % 10,
        asked=packing.pack(call),
    )
    while True:
        try:
            with client_of(home, SYSTEM) as client:
                client.call(ACCEPT_TASK, task)
                return
        except ServiceError:
            continue  # the engine was killed; another comes


def one_home(folder: Path, kills: int, chance: random.Random, tally: Tally) -> None:
    """Kill engines and workers of one home in the midst of tasks, let the last ones finish, and compare."""
    home = folder / "home"
    home.mkdir(parents=True)
    with client_side(folder) as (url, notes):
        engine, accepted = start_engine(home), list[str]()
        workers = [start_worker(home) for _ in range(WORKERS)]
        for left in reversed(range(kills)):
            for _ in range(TASKS_PER_ROUND):
                task_id = f"{folder.name}-{len(accepted)}"
                accept(home, task_id, url, number=len(accepted))
                accepted.append(task_id)
            time.sleep(chance.uniform(0, LONGEST_LIFE_S))
            if left and chance.random() < 0.6:  # the last to be killed is a worker: nothing but its lease tells
                end(engine)
                engine = start_engine(home)
            else:
                index = chance.randrange(WORKERS)
                end(workers[index])
                workers[index] = start_worker(home)
                tally.workers_killed += 1
            tally.kills += 1
        _finish(home, accepted, tally)
        for process in [*workers, engine]:
            # A worker that was started last may still be loading, and then ends by the signal itself.
            if end(process, signal.SIGTERM) not in (0, signal.SIGTERM):
                tally.faults.append("a process did not end well")
        examine(home, accepted, notes, tally)


def _finish(home: Path, accepted: list[str], tally: Tally) -> None:
    """Wait until all results were received."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    with client_of(home, SYSTEM) as client:
        for task_id in accepted:
            while client.call(TASK_RESULT, OwnTask(task_id=task_id, client=CLIENT)).state is not TaskState.COMPLETED:
                if time.monotonic() > deadline:
                    tally.faults.append(f"{task_id} did not come to its end")
                    return
                time.sleep(0.02)


def examine(home: Path, accepted: list[str], notes: Path, tally: Tally) -> None:
    """Compare what clients received with what the registry holds."""
    tally.acknowledged += len(accepted)
    with Registry.open(home, create=False) as registry:
        keys = {one.key_id: public_key(jwk_of(one.key)) for one in registry.signing.trusted()}
    answers: dict[str, set[str]] = {}
    for line in notes.read_text().splitlines():
        came = json.loads(line)
        tally.received += 1
        named = parse_qs(urlsplit(came["path"]).query)
        answers.setdefault(named["taskId"][0], set()).add(came["content"])
        target = f"http://{came['headers']['Host']}{came['path']}"
        try:
            message = Message(method="POST", target_uri=target, content=came["content"].encode())
            verify_message(message, headers=came["headers"], keys=keys, now_s=time.time())
        except SignatureRefusedError as error:
            tally.faults.append(f"a result is not as it was signed: {error}")
    with Registry.open(home, create=False) as registry:
        tally.faults += [f"{one.source}: {one.message}" for one in registry.check() if one.severe]
        found = {subject.label: subject.subject_id for subject in registry.subjects()}
        enrolled = [event.subject_id for event in registry.events() if event.action == "enrolled"]
    for task_id in accepted:
        wanted = json.dumps({"personId": task_id, "subject": found.get(task_id)}, separators=(",", ":"))
        if answers.get(task_id) != {wanted}:
            tally.faults.append(f"of {task_id} its client received {answers.get(task_id)}")
        if enrolled.count(found.get(task_id, "")) != 1:
            tally.faults.append(f"{task_id} was enrolled {enrolled.count(found.get(task_id, ''))} times")


def run(folder: Path, kills: int, seed: int) -> Tally:
    """Kill `kills` processes and return the tally."""
    follow_environment()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    warm_up()
    hurry()
    chance, tally = random.Random(seed), Tally()
    for first in range(0, kills, KILLS_PER_HOME):
        one_home(folder / f"home-{first}", min(KILLS_PER_HOME, kills - first), chance, tally)
    return tally


if __name__ == "__main__":
    ended = run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(ended)) + "\n")
    sys.exit(1 if ended.faults else 0)
