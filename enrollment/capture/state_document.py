"""Where a session stands, as JSON; pictures stand beside it, by the names that the caller gives them.

Templates are not written: they are extracted again from the pictures, so that nothing lies at a station that could be
searched with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from biometrics.errors import BiometricsError, ProcessingError, StorageError
from biometrics.people.exceptions import CaptureException
from biometrics.positions import Position
from biometrics.samples import BiometricSample
from biometrics.slaps import Slap
from devices.contract import CaptureEvidence
from enrollment.capture.findings import CaptureFinding, FindingKind
from enrollment.capture.moves import Phase
from enrollment.capture.outcome import Approval, HeldTry, TryRecord
from enrollment.capture.plan import CaptureStep
from enrollment.capture.state import SessionState, StepState
from enrollment.capture.taking import TakenSample

FORMAT = "kura-capture-session/1"

NamePicture: TypeAlias = Callable[[BiometricSample], str]
"""Gives a picture its name."""

ReadPicture: TypeAlias = Callable[[Mapping[str, Any]], TakenSample]
"""Returns a sample from its entry."""


def write_state(state: SessionState, name_picture: NamePicture) -> dict[str, Any]:
    """Return the JSON form of a session."""
    return {
        "format": FORMAT,
        "session": state.session_id,
        "operator": state.operator,
        "started_at": state.started_at.isoformat(),
        "policy": state.policy_version,
        "exceptions": [one.document() for one in state.exceptions],
        "steps": [_write_step(one, name_picture) for one in state.steps],
    }


def read_state(document: object, read_picture: ReadPicture) -> SessionState:
    """Read what `write_state` wrote.

    Raises
    ------
    StorageError
        When it is anything else, or of another version.
    ProcessingError
        When a model fails on a picture.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise StorageError(f"this is no session of format {FORMAT}", remedy="capture the person anew")
    try:
        return SessionState(
            session_id=str(document["session"]),
            operator=str(document["operator"]),
            started_at=datetime.fromisoformat(document["started_at"]),
            policy_version=str(document["policy"]),
            steps=tuple(_read_step(one, read_picture) for one in document["steps"]),
            exceptions=tuple(CaptureException.parse(one) for one in document["exceptions"]),
        )
    except (StorageError, ProcessingError):
        raise
    except (KeyError, TypeError, ValueError, AttributeError, BiometricsError) as error:
        raise StorageError("the kept session is damaged", remedy="capture the person anew") from error


def write_evidence(evidence: CaptureEvidence | None) -> dict[str, str] | None:
    """Return the JSON form of what proves where a capture comes from."""
    if evidence is None:
        return None
    return {
        "transaction": evidence.transaction,
        "serial": evidence.serial,
        "certificate_sha256": evidence.certificate_sha256,
        "chain_hash": evidence.chain_hash,
        "device_time": evidence.device_time.isoformat(),
    }


def write_approval(approval: Approval) -> dict[str, str]:
    """Return the JSON form of a decision."""
    return {"approver": approval.approver, "reason": approval.reason}


def write_try(record: TryRecord) -> dict[str, Any]:
    """Return the JSON form of a try without its pictures."""
    return {
        "at": record.at.isoformat(),
        "positions": [position.value for position in record.positions],
        "qualities": list(record.qualities),
        "findings": [finding.document() for finding in record.findings],
    }


def _write_step(one: StepState, name_picture: NamePicture) -> dict[str, Any]:
    return {
        "positions": [position.value for position in one.step.positions],
        "slap": one.step.slap and one.step.slap.value,
        "allowed": one.allowed,
        "phase": one.phase.value,
        "tries": [write_try(record) for record in one.tries],
        "best": one.best and _write_held(one.best, name_picture),
        "pending": one.pending and _write_held(one.pending, name_picture),
        "approvals": [write_approval(approval) for approval in one.approvals],
    }


def _write_held(held: HeldTry, name_picture: NamePicture) -> dict[str, Any]:
    return {
        "number": held.number,
        "geometry": sorted(kind.value for kind in held.geometry),
        "findings": [finding.document() for finding in held.findings],
        "evidence": write_evidence(held.evidence),
        "samples": [_write_sample(one, name_picture) for one in held.samples],
    }


def _write_sample(one: TakenSample, name_picture: NamePicture) -> dict[str, Any]:
    sample = one.sample
    return {
        "picture": name_picture(sample),
        "position": sample.position.value,
        "ppi": sample.ppi,
        "captured_at": sample.captured_at.isoformat(),
        "device": sample.device,
        "simulated": sample.simulated,
        "device_quality": one.device_quality,
    }


def _read_step(document: Mapping[str, Any], read_picture: ReadPicture) -> StepState:
    slap = document["slap"]
    return StepState(
        step=CaptureStep(
            positions=tuple(Position(name) for name in document["positions"]),
            slap=None if slap is None else Slap(slap),
        ),
        allowed=int(document["allowed"]),
        phase=Phase(document["phase"]),
        tries=tuple(_read_try(one) for one in document["tries"]),
        best=_read_held(document["best"], read_picture),
        pending=_read_held(document["pending"], read_picture),
        approvals=tuple(Approval(approver=one["approver"], reason=one["reason"]) for one in document["approvals"]),
    )


def _read_try(document: Mapping[str, Any]) -> TryRecord:
    return TryRecord(
        at=datetime.fromisoformat(document["at"]),
        positions=tuple(Position(name) for name in document["positions"]),
        qualities=tuple(int(quality) for quality in document["qualities"]),
        findings=tuple(CaptureFinding.parse(one) for one in document["findings"]),
    )


def _read_held(document: Mapping[str, Any] | None, read_picture: ReadPicture) -> HeldTry | None:
    if document is None:
        return None
    evidence = document["evidence"]
    return HeldTry(
        number=int(document["number"]),
        samples=tuple(read_picture(one) for one in document["samples"]),
        geometry=frozenset(FindingKind(name) for name in document["geometry"]),
        findings=tuple(CaptureFinding.parse(one) for one in document["findings"]),
        evidence=None if evidence is None else _read_evidence(evidence),
    )


def _read_evidence(document: Mapping[str, str]) -> CaptureEvidence:
    return CaptureEvidence(
        transaction=document["transaction"],
        serial=document["serial"],
        certificate_sha256=document["certificate_sha256"],
        chain_hash=document["chain_hash"],
        device_time=datetime.fromisoformat(document["device_time"]),
    )
