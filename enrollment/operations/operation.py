"""Named operations: what a command asks of the registry's owner, be it the engine or the command itself.

One process at a time owns a registry's writes (see `registry.ownership`). A command therefore never opens a writer
section of its own accord; it states what it wants as an operation, which is performed by whoever is the owner.

How to add one, for example in `enrollment/operations/people.py`::

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Correction:                      # what is asked: plain values and dataclasses of biometrics
        subject_id: str
        ...

    def correct(registry: Registry, actor: Actor, asked: Correction) -> PersonRecord:
        with registry.writing(actor) as writer:
            return writer.people.correct(...)

    CORRECT = Operation("person.correct", correct)

then add `CORRECT` to the table in `enrollment/operations/table.py`, and in the command::

    record = asking.ask(arguments, CORRECT, Correction(subject_id=..., ...))

What is asked and answered may travel over a socket: dataclasses, enumerations, text, numbers, bytes, dates, tuples,
frozensets, mappings, unions of these, `Template`; always annotated. Errors are raised at the caller as the same type.
Reads that leave an audit event (`registry.consult`) are operations too. Long work is many short operations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, get_type_hints, runtime_checkable

from biometrics.records import Actor
from registry.store import Registry

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Operation(Generic[Asked, Answer]):
    """A name that travels, and what the owner of the registry does when it is asked for it.

    Parameters
    ----------
    name
        `noun.verb`; part of the protocol between processes.
    perform
        Given the registry, who asks, and what; its annotations say what travels.
    """

    name: str
    perform: Callable[[Registry, Actor, Asked], Answer]

    @property
    def asked(self) -> Any:
        """The type of what is asked."""
        hints = get_type_hints(self.perform)
        del hints["return"]
        return list(hints.values())[-1]

    @property
    def answered(self) -> Any:
        """The type of the answer."""
        return get_type_hints(self.perform)["return"]


@runtime_checkable
class Performs(Protocol):
    """Whoever has operations performed, such as `EnrollmentService.call`."""

    def __call__(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        """Perform an operation and return its answer, or raise what it raises."""
        ...
