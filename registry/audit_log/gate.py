"""Whether anything may be recorded: not while the log has waited too long for its anchor outside."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sqlalchemy import Connection, Engine

from registry.rows import StoredRow

_OPTION = "audit_gate"


@runtime_checkable
class AnchorGate(Protocol):
    """Knows how long the log has waited for its anchor."""

    def require_anchored(self, head: StoredRow, action: str) -> None:
        """Let an event of an action be appended after a head of the log.

        Raises
        ------
        AnchorsStaleError
            When the log has waited too long.
        """


def place_gate(engine: Engine, gate: AnchorGate) -> None:
    """Let every event of a database pass a gate from here on."""
    engine.update_execution_options(**{_OPTION: gate})


def require_anchored(connection: Connection, head: StoredRow, action: str) -> None:
    """Ask the gate of the database, where it has one.

    Raises
    ------
    AnchorsStaleError
        When nothing may be recorded at present.
    """
    gate: AnchorGate | None = connection.get_execution_options().get(_OPTION)
    if gate is not None:
        gate.require_anchored(head, action)
