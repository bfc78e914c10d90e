"""What comes over the engine's socket: frames, questions, and the values in them."""

from __future__ import annotations

import json
import socket
import struct
import threading
from typing import Any

from biometrics.errors import BiometricsError
from biometrics.people.record import PersonRecord
from biometrics.records import Actor
from biometrics.templates import Template
from enrollment.engine.frames import Message, receive
from enrollment.engine.protocol import question, question_message, read_question
from enrollment.operations.people import CorrectPerson, ShowPerson
from tests.fuzz.parsers.files import PERSON
from tests.fuzz.parsers.records import template
from tests.fuzz.target import Target

_ACTOR = Actor(name="fuzz", purpose="test")


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    return (
        Target(
            name="engine-frames", seeds=_frames, parse=_receive, refused=(BiometricsError, OSError), words=(b"KURE",)
        ),
        Target(
            name="engine-questions",
            seeds=_questions,
            parse=_read_question,
            refused=(BiometricsError,),
            words=(b"[" * 3000, b"\\ud800", b"1e999"),
            is_json=True,
        ),
    )


def _messages() -> tuple[Message, ...]:
    record = PersonRecord.parse(PERSON["record"])
    asked: dict[str, Any] = {
        "person.show": ShowPerson(person="SIM-1"),
        "person.correct": CorrectPerson(person="SIM-1", record=record, expected_version=1, reason="misspelt"),
    }
    made = [question_message(question(name), _ACTOR, {"asked": one}) for name, one in asked.items()]
    portraits: tuple[Template, ...] = (template(),)
    made.append(question_message(question("portraits_apart"), _ACTOR, {"portraits": portraits}))
    made.append(question_message(question("earlier"), _ACTOR, {"label": "SIM-1", "digests": ("ab" * 32,)}))
    return tuple(made)


def _frames() -> tuple[bytes, ...]:
    return tuple(_framed(message) for message in _messages())


def _framed(message: Message) -> bytes:
    said = json.dumps(message.said).encode()
    lengths = struct.pack(f">{len(message.parts)}Q", *map(len, message.parts))
    return struct.pack(">4sII", b"KURE", len(said), len(message.parts)) + lengths + said + b"".join(message.parts)


def _receive(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sending = threading.Thread(target=_send, args=(theirs, data))
        sending.start()
        try:
            read_question(receive(ours))
        finally:
            ours.close()
            sending.join()


def _send(stream: socket.socket, data: bytes) -> None:
    try:
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
    except OSError:  # the reader refused it before its end
        return


def _questions() -> tuple[bytes, ...]:
    """Return the questions as JSON, with their parts in hexadecimal beside them."""
    said = [{"said": one.said, "parts": [part.hex() for part in one.parts]} for one in _messages()]
    return tuple(json.dumps(one).encode() for one in said)


def _read_question(data: bytes) -> None:
    try:
        document = json.loads(data)
        message = Message(document["said"], [bytes.fromhex(part) for part in document["parts"]])
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # the frame would have refused it
    if isinstance(message.said, dict):
        read_question(message)
