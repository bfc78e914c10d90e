"""What is said on the engine's socket, besides the values themselves.

The engine greets with its protocol, version and settings, or with an error. Then, one question at a time: a question
names a method of `EnrollmentService`, who asks, and the arguments; any number of progress messages follow, then one
answer or error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, get_type_hints

from biometrics.errors import BiometricsError, ServiceError
from biometrics.protocols import Progress
from biometrics.records import Actor
from enrollment.engine.codec import decode, encode
from enrollment.engine.frames import Message
from enrollment.engine.service import EnrollmentService
from enrollment.operations.table import OPERATIONS

PROTOCOL = 3
METHODS = (
    "enroll",
    "earlier",
    "portraits_apart",
    "identify",
    "verify",
    "record_encounter",
    "replace_encounter",
    "place_encounter",
    "search_persons",
    "verify_person",
    "deduplicate",
    "resume_deduplication",
    "state",
    "keep_gallery",
    "gallery_figures",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What the engine says first; `settings` is a digest, since both sides must have read the same."""

    protocol: int
    version: str
    settings: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks: a method or an operation, by name, with the codec types of its arguments and answer."""

    name: str
    arguments: dict[str, Any]
    answer: Any
    tells_progress: bool = False


@cache
def question(name: str) -> Question:
    """Return what is known of a question by the name of its method or operation.

    Raises
    ------
    ServiceError
        When nobody answers it.
    """
    if name in OPERATIONS:
        operation = OPERATIONS[name]
        return Question(name=name, arguments={"asked": operation.asked}, answer=operation.answered)
    if name not in METHODS:
        raise ServiceError("the engine knows no such operation", remedy="use the same version of Kura on both sides")
    hints = get_type_hints(getattr(EnrollmentService, name))
    answer = hints.pop("return")
    tells_progress = hints.pop("progress", None) is Progress
    return Question(name=name, arguments=hints, answer=answer, tells_progress=tells_progress)


def greeting(settings: str, pid: int) -> Message:
    """Return what the engine says first."""
    said = Greeting(protocol=PROTOCOL, version=version("kura"), settings=settings, pid=pid)
    return answer_message(said, Greeting, name="greeting")


def read_greeting(message: Message, settings: str | None) -> Greeting:
    """Read what the engine said first; the digest of the settings is compared where one is given.

    Raises
    ------
    ServiceError
        When it is another version, or works by other settings.
    BiometricsError
        What it said instead.
    """
    said: Greeting = read_answer(message, Greeting, name="greeting")
    own = (PROTOCOL, version("kura"))
    if (said.protocol, said.version) != own:
        raise ServiceError(
            f"the engine is Kura {said.version} with protocol {said.protocol}, this is {own[1]} with {own[0]}",
            remedy="end it with kura engine stop and start it anew",
        )
    if settings not in (None, said.settings):
        raise ServiceError(
            "the settings have changed since the engine started",
            remedy="end it with kura engine stop and start it anew, or undo the change",
        )
    return said


def question_message(asked: Question, actor: Actor, arguments: dict[str, Any]) -> Message:
    """Return a question with its arguments."""
    parts: list[bytes] = []
    said = {
        "question": asked.name,
        "actor": encode(actor, Actor, parts),
        "arguments": {name: encode(arguments[name], kind, parts) for name, kind in asked.arguments.items()},
    }
    return Message(said, parts)


def read_question(message: Message) -> tuple[Question, Actor, dict[str, Any]]:
    """Read a question.

    Raises
    ------
    ServiceError
        When it is none, or nobody answers it.
    BiometricsError
        When a value in it contradicts itself.
    """
    said, parts = message.said, list(message.parts)
    if said.keys() != {"question", "actor", "arguments"} or not isinstance(said["question"], str):
        raise ServiceError("this is no question to the engine")
    asked = question(said["question"])
    actor = decode(said["actor"], Actor, parts)
    given = said["arguments"]
    if not isinstance(given, dict) or given.keys() != asked.arguments.keys():
        raise ServiceError("the arguments are not those of the question")
    arguments = {name: decode(given[name], kind, parts) for name, kind in asked.arguments.items()}
    _require_none_left(parts)
    return asked, actor, arguments


def answer_message(answer: Any, kind: Any, *, name: str = "answer") -> Message:
    """Return an answer."""
    parts: list[bytes] = []
    return Message({name: encode(answer, kind, parts)}, parts)


def error_message(error: BiometricsError) -> Message:
    """Return an error, to be raised at the other side."""
    return Message({"error": encode(error, BiometricsError, [])}, [])


def progress_message(done: int, total: int, what: str) -> Message:
    """Return how far the work has come."""
    return Message({"progress": encode((done, total, what), tuple[int, int, str], [])}, [])


def read_answer(message: Message, kind: Any, *, name: str = "answer") -> Any:
    """Read an answer, or raise the error that came instead.

    Raises
    ------
    ServiceError
        When it is neither.
    """
    said, parts = message.said, list(message.parts)
    if said.keys() == {"error"}:
        raise decode(said["error"], BiometricsError, parts)
    if said.keys() != {name}:
        raise ServiceError("the engine's answer cannot be understood")
    answer = decode(said[name], kind, parts)
    _require_none_left(parts)
    return answer


def read_progress(message: Message) -> tuple[int, int, str] | None:
    """Read how far the work has come; None when the message is another."""
    if message.said.keys() != {"progress"}:
        return None
    told: tuple[int, int, str] = decode(message.said["progress"], tuple[int, int, str], [])
    return told


def _require_none_left(parts: list[bytes]) -> None:
    if parts:
        raise ServiceError("a message holds more files than it names")
