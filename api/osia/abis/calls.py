"""What a client asks of OSIA Biometrics, apart from how it came: performed at once, or later by a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from api.http.access import Caller
    from api.http.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class AbisCall:
    """One operation with everything it needs, as plain values.

    Parameters
    ----------
    operation
        OSIA's name of it.
    caller
        Who asks, with their rights at this moment.
    path, query
        Identifiers of the path, and parameters by OSIA's names without `callback` and `priority`; `transactionId` is
        always there, others where they were sent.
    body
        The JSON body, checked against OSIA's description; None without one.
    task_id
        Of an operation performed later: identifiers derive from it, so that performing it again does no harm.
    """

    operation: str
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None
    task_id: str | None = None

    @property
    def transaction(self) -> str:
        """The client's name of what this call belongs to."""
        return str(self.query["transactionId"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AbisAnswer:
    """What an operation came to: 200 with content, or 204 without."""

    status: int
    content: Any = None


NOTHING = AbisAnswer(status=204)
"""The answer of operations that only do something."""

Performer: TypeAlias = "Callable[[Desk, AbisCall], AbisAnswer]"
"""Performs an operation, blocking; raises a `Refusal` or a `BiometricsError` where it cannot."""
