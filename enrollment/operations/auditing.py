"""Operations on the audit log: how it stands, its anchors, and what others decided about who may do what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from biometrics.errors import ConfigurationError
from biometrics.records import Actor
from enrollment.operations.operation import Operation
from registry.access import TRAIL_EXPORTED, TRAIL_READ
from registry.audit_log.state import AuditState
from registry.decisions import Decision
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReport:
    """What a worker decided since its last report; an empty one only asks how the log stands."""

    decisions: tuple[Decision, ...]


def _state(registry: Registry, _: Actor, __: None) -> AuditState:
    return registry.audit_log.state()


def _anchor(registry: Registry, _: Actor, __: None) -> AuditState:
    """Make an anchor of what waits, and deliver it."""
    if registry.anchoring is None:
        raise ConfigurationError(
            "no second sink is set, so the audit log is anchored nowhere",
            remedy="set sink_file or sink_url in the table [audit] of the settings",
        )
    registry.anchoring.work(now=True)
    return registry.audit_log.state()


def _report(registry: Registry, actor: Actor, asked: DecisionReport) -> AuditState:
    """Record what a worker decided, and return how the log stands."""
    if asked.decisions:
        with registry.writing(actor) as writer:
            writer.record_decisions(asked.decisions)
    return registry.audit_log.state()


def _sign_head(registry: Registry, actor: Actor, _: None) -> str:
    """Return the signed state of the log that an export is of; the trail tells that somebody takes all of it."""
    with registry.writing(actor) as writer:
        writer.record_reading(TRAIL_EXPORTED, ())
    return registry.audit_log.signed_head().line()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveEvent:
    """Asks for the proof that an event is in the log."""

    sequence: int


def _prove(registry: Registry, actor: Actor, asked: ProveEvent) -> str:
    """Return the proof as JSON; it shows the event, so the trail tells who asked."""
    with registry.writing(actor) as writer:
        writer.record_reading(TRAIL_READ, (), {"event": asked.sequence})
    return json.dumps(registry.audit_log.prove(asked.sequence).document(), ensure_ascii=False)


AUDIT_STATE = Operation("audit.state", _state)
ANCHOR = Operation("audit.anchor", _anchor)
REPORT_DECISIONS = Operation("access.report", _report)
SIGN_HEAD = Operation("audit.sign_head", _sign_head)
PROVE_EVENT = Operation("audit.prove", _prove)

AUDITING: tuple[Operation[Any, Any], ...] = (ANCHOR, AUDIT_STATE, PROVE_EVENT, REPORT_DECISIONS, SIGN_HEAD)
