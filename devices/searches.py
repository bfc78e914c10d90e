"""All drivers asked at once, each in a thread of its own; one that raises or hangs keeps nobody else's answer back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TypeAlias, TypeVar

from biometrics.errors import BiometricsError
from devices.answers import typed
from devices.calls import Call, Cancellation
from devices.uris import DeviceUri
from devices.worker import GRACE_S, LOOKS_S, Crew, Worker

T = TypeVar("T")

Answer: TypeAlias = tuple[str, T | BiometricsError]
"""The name of a driver, and what it gave or raised."""


def ask_all(
    crew: Crew,
    names: Sequence[str],
    work: Callable[[str, Call], T],
    timeout_s: float,
    cancellation: Cancellation | None,
) -> Iterator[Answer[T]]:
    """Ask each driver by its name, and yield what each answers as soon as it does; nothing once it is cancelled.

    Raises
    ------
    CaptureError
        When the time is no time to wait.
    """
    wanted = Cancellation() if cancellation is None else Cancellation(cancellation)
    whole = Call("devices", timeout_s, wanted)
    calls = {name: Call(f"{name}:", timeout_s, wanted) for name in names}
    answers: SimpleQueue[Answer[T]] = SimpleQueue()
    asked: dict[str, Worker] = {}
    for name, call in calls.items():
        try:
            asked[name] = crew.hire(call.uri, most_left=1)
        except BiometricsError as error:
            answers.put((name, error))
        else:
            asked[name].begin(_answering(name, work, call, answers))
    try:
        waiting = set(names)
        for name, answer in _arriving(answers, waiting, whole):
            yield name, answer
            waiting.discard(name)
            if name in asked:
                asked.pop(name).dismiss(_nothing)
        if not wanted.wanted:
            yield from ((name, calls[name].timed_out()) for name in sorted(waiting))
    finally:
        wanted.cancel()
        for name, worker in asked.items():
            crew.leave(calls[name].uri, worker, _nothing)


def _answering(
    name: str, work: Callable[[str, Call], T], call: Call, answers: SimpleQueue[Answer[T]]
) -> Callable[[], None]:
    uri = DeviceUri(text=f"{name}:", scheme=name, target="", query="")

    def answering() -> None:
        try:
            answers.put((name, typed(uri, lambda: work(name, call))))
        except BiometricsError as error:
            answers.put((name, error))

    return answering


def _arriving(answers: SimpleQueue[Answer[T]], waiting: set[str], call: Call) -> Iterator[Answer[T]]:
    """Yield answers until nobody is waited for, or a little after the call is over."""
    give_up: float | None = None
    while waiting and (give_up is None or monotonic() < give_up):
        with suppress(Empty):
            yield answers.get(timeout=LOOKS_S)
        if call.cancellation.wanted:
            return
        if give_up is None and call.over:
            give_up = monotonic() + GRACE_S


def _nothing() -> None:
    pass
