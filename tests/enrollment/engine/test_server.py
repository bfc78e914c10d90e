"""The engine on its socket: who may speak to it, what it refuses, and what it survives."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biometrics.decisions import Unique
from biometrics.errors import BiometricsError, ServiceBusyError, ServiceError, ServiceLostError
from biometrics.records import SYSTEM, Actor
from enrollment.engine import address, protocol, server
from enrollment.engine.address import connect
from enrollment.engine.client import find_engine
from enrollment.engine.frames import MOST_JSON_BYTES, MOST_PART_BYTES, MOST_PARTS, Message, receive, send
from enrollment.engine.server import Engine
from enrollment.operations.operation import Operation
from enrollment.operations.subjects import SUBJECTS, NamedSubjects
from enrollment.operations.table import OPERATIONS
from registry.location import registry_folder
from registry.store import Registry
from tests.enrollment.engine.serving import SETTINGS, client_of, person, serving


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with serving(home) as running:
        yield running


def greeted(home: Path) -> socket.socket:
    """Return a connection that the engine has greeted."""
    connection = connect(registry_folder(home))
    assert connection is not None
    receive(connection)
    return connection


def error_to(home: Path, message: Message) -> BiometricsError:
    """Return the error with which the engine answers a message."""
    with greeted(home) as connection:
        send(connection, message)
        with pytest.raises(BiometricsError) as told:
            protocol.read_answer(receive(connection), type(None))
        return told.value


@pytest.fixture
def question(tmp_path: Path) -> Message:
    """A whole question, to be spoiled."""
    return protocol.question_message(protocol.question("enroll"), SYSTEM, {"prepared": person(tmp_path, "A", 1)})


def test_only_the_owner_may_touch_the_socket(engine: Engine, home: Path) -> None:
    folder = registry_folder(home)
    assert (folder / address.SOCKET_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_another_user_is_refused_by_its_credentials(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "peer", lambda _: (1, os.getuid() + 1))
    with pytest.raises(ServiceError, match="serves another user"):
        find_engine(registry_folder(home), SETTINGS)


def test_a_foreign_engine_is_not_trusted(engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "peer", lambda _: (1, os.getuid() + 1))
    with pytest.raises(ServiceError, match="cannot be reached"):
        find_engine(registry_folder(home), SETTINGS)


def test_a_home_with_a_very_long_path_is_served(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20) / ("longer" * 20)
    with serving(home), client_of(home) as client:
        assert client.state().persons == 0


def test_a_socket_that_a_killed_engine_left_is_nobody_and_replaced(home: Path) -> None:
    folder = registry_folder(home)
    folder.mkdir(parents=True, mode=0o700)
    address.listen(folder, 1).close()
    assert (folder / address.SOCKET_NAME).exists()
    assert find_engine(folder, SETTINGS) is None
    with serving(home), client_of(home) as client:
        assert client.state().persons == 0
    assert not (folder / address.SOCKET_NAME).exists()
    assert find_engine(folder, SETTINGS) is None


def test_other_settings_and_versions_are_refused(engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = registry_folder(home)
    with pytest.raises(ServiceError, match="settings have changed"):
        find_engine(folder, "another digest")
    careless = find_engine(folder, None)
    assert careless is not None and careless.greeting.settings == SETTINGS
    careless.close()
    versions = iter(["0.2.0", "0.1.0"])  # the engine's, then the command's
    monkeypatch.setattr(protocol, "version", lambda _: next(versions))
    with pytest.raises(ServiceError, match="the engine is Kura"):
        find_engine(folder, SETTINGS)


Spoil = Callable[[Message], Message]


def without_parts(whole: Message) -> Message:
    return Message(whole.said, [])


def with_another_part(whole: Message) -> Message:
    return Message(whole.said, [*whole.parts, b"left over"])


def with_a_field(whole: Message) -> Message:
    return Message(whole.said | {"more": 1}, whole.parts)


def without_an_argument(whole: Message) -> Message:
    return Message(whole.said | {"arguments": {}}, whole.parts)


def with_an_argument(whole: Message) -> Message:
    return Message(whole.said | {"arguments": whole.said["arguments"] | {"more": 1}}, whole.parts)


def by_another_name(whole: Message) -> Message:
    return Message(whole.said | {"question": "stop"}, whole.parts)


def by_a_private_name(whole: Message) -> Message:
    return Message(whole.said | {"question": "__init__"}, whole.parts)


def by_nobody(whole: Message) -> Message:
    return Message(whole.said | {"actor": None}, whole.parts)


def with_swapped_parts(whole: Message) -> Message:
    return Message(whole.said, whole.parts[::-1])


@pytest.mark.parametrize(
    "spoil",
    [
        without_parts,
        with_another_part,
        with_a_field,
        without_an_argument,
        with_an_argument,
        by_another_name,
        by_a_private_name,
        by_nobody,
        with_swapped_parts,
    ],
)
def test_a_question_that_is_none_is_refused_and_nothing_recorded(
    engine: Engine, home: Path, question: Message, spoil: Spoil
) -> None:
    assert isinstance(error_to(home, spoil(question)), BiometricsError)
    with client_of(home) as client, Registry.open(home, create=False) as registry:
        assert client.state().persons == 0 and registry.counts().subjects == 0


def test_the_whole_question_is_answered(engine: Engine, home: Path, question: Message) -> None:
    with greeted(home) as connection:
        send(connection, question)
        assert "Unique" in receive(connection).said["answer"]


def _start(json_bytes: int, parts: int, magic: bytes = b"KURE") -> bytes:
    return struct.pack(">4sII", magic, json_bytes, parts)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        _start(2, 0, b"KURX") + b"{}",
        _start(MOST_JSON_BYTES + 1, 0),
        _start(2, MOST_PARTS + 1),
        _start(2, 0xFFFFFFFF),
        _start(2, 1) + struct.pack(">Q", MOST_PART_BYTES + 1),
        _start(2, 2) + struct.pack(">2Q", 2**63, 2**63),
        _start(2, 0) + b"[]",
        _start(2, 0) + b"{!",
        _start(4, 0) + b"\xff\xff\xff\xff",
        _start(100_000, 0) + b"[" * 100_000,
    ],
)
def test_garbage_is_answered_with_an_error_and_the_connection_closed(engine: Engine, home: Path, data: bytes) -> None:
    with greeted(home) as connection:
        connection.sendall(data)
        assert receive(connection).said["error"]["kind"] == "ServiceError"
        with pytest.raises(ConnectionResetError):
            receive(connection)
    with client_of(home) as client:
        assert client.state().persons == 0


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_no_bytes_whatever_end_the_engine(engine: Engine, home: Path, data: bytes) -> None:
    with greeted(home) as connection, suppress(ConnectionResetError, BrokenPipeError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    with client_of(home) as client:
        assert client.state().persons == 0


def test_a_command_that_dies_at_any_byte_of_its_upload_harms_nobody(
    engine: Engine, home: Path, question: Message
) -> None:
    whole = _bytes_of(question)
    chance = random.Random(1)
    for length in [0, 1, 11, 12, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(20))]:
        with greeted(home) as connection:
            connection.sendall(whole[:length])
    with client_of(home) as client, Registry.open(home, create=False) as registry:
        assert client.state().persons == 0
        assert registry.check() == []


def test_a_command_that_dies_before_its_answer_is_enrolled_all_the_same(
    engine: Engine, home: Path, question: Message, tmp_path: Path
) -> None:
    with greeted(home) as connection:
        connection.sendall(_bytes_of(question))
    with client_of(home) as client:
        digests = (person(tmp_path, "A", 1).samples[0].image.sha256,)
        earlier = None
        while earlier is None:
            earlier = client.earlier("A", digests)
        assert isinstance(earlier.outcome, Unique)


def _bytes_of(message: Message) -> bytes:
    one, other = socket.socketpair()

    def upload() -> None:
        with one:
            send(one, message)

    with other:
        sender = threading.Thread(target=upload)
        sender.start()
        received = bytearray()
        while piece := other.recv(1 << 16):
            received += piece
        sender.join()
    return bytes(received)


def test_a_busy_engine_says_so_and_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "MOST_AT_WORK", 1)
    with serving(home) as engine, client_of(home) as client:
        with engine._at_work, pytest.raises(ServiceBusyError):
            client.enroll(person(tmp_path, "A", 1))
        assert isinstance(client.enroll(person(tmp_path, "A", 1)), Unique)


def test_more_connections_than_are_served_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    with serving(home), greeted(home), client_of(home), pytest.raises(ServiceBusyError):
        find_engine(registry_folder(home), SETTINGS)


class Held:
    """An operation that waits until it is let go."""

    def __init__(self) -> None:
        self.entered, self.released = threading.Event(), threading.Event()

    def perform(self, _: Registry, __: Actor, asked: NamedSubjects) -> tuple[str, ...]:
        self.entered.set()
        assert self.released.wait(60)
        return asked.subject_ids


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Held, Operation[NamedSubjects, tuple[str, ...]]]]:
    waiting = Held()
    operation = Operation("test.held", waiting.perform)
    known: dict[str, Operation[Any, Any]] = {**OPERATIONS, operation.name: operation}
    for module in (protocol, server):
        monkeypatch.setattr(module, "OPERATIONS", known)
    protocol.question.cache_clear()
    yield waiting, operation
    protocol.question.cache_clear()


HeldOperation = tuple[Held, Operation[NamedSubjects, tuple[str, ...]]]


def test_told_to_end_it_finishes_what_it_has_begun_and_takes_nothing_new(held: HeldOperation, home: Path) -> None:
    waiting, operation = held
    answers: list[tuple[str, ...]] = []
    with serving(home) as engine, client_of(home) as busy, client_of(home) as idle:
        asking = threading.Thread(
            target=lambda: answers.append(busy.call(operation, NamedSubjects(subject_ids=("a",))))
        )
        asking.start()
        assert waiting.entered.wait(60)
        engine.stop()
        while find_engine_or_none(home):
            pass
        with pytest.raises(ServiceError):
            idle.call(SUBJECTS, NamedSubjects(subject_ids=()))
        waiting.released.set()
        asking.join()
    assert answers == [("a",)]


def find_engine_or_none(home: Path) -> bool:
    try:
        found = find_engine(registry_folder(home), SETTINGS)
    except ServiceError:
        return True  # it listens still, and ends
    if found is not None:
        found.close()
    return found is not None


def test_an_engine_that_is_gone_is_a_typed_error_that_says_whether_to_repeat(home: Path, tmp_path: Path) -> None:
    with serving(home):
        client = client_of(home)
    with client:
        with pytest.raises(ServiceLostError) as lost:
            client.enroll(person(tmp_path, "A", 1))
        assert lost.value.remedy is not None and "repeat the same command" in lost.value.remedy
        with pytest.raises(ServiceError, match="the engine has ended"):
            client.state()


def test_an_interrupted_question_leaves_no_answer_for_the_next(engine: Engine, home: Path, tmp_path: Path) -> None:
    with client_of(home) as client:
        for number in range(3):
            client.enroll(person(tmp_path, str(number), number))

        def interrupt(done: int, total: int, what: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            client.deduplicate(interrupt)
        assert client.state().persons == 3


def test_a_mistake_of_an_operation_is_an_error_and_the_engine_goes_on(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.engine.local.LocalService.state", lambda *_, **__: 1 / 0)
    with client_of(home) as client:
        with pytest.raises(BiometricsError, match="internal error ZeroDivisionError"):
            client.state()
        assert client.earlier("A", ()) is None


def test_an_engine_short_of_memory_says_so_and_goes_on(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("enrollment.engine.local.LocalService.state", fail)
    with client_of(home) as client:
        with pytest.raises(ServiceBusyError, match="short of memory"):
            client.state()
        assert client.earlier("A", ()) is None
