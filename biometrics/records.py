"""What the registry keeps about people, encounters and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from biometrics.errors import RecordError
from biometrics.positions import Position
from biometrics.quality import PadResult, QualityScore


class EncounterStatus(Enum):
    """Where an encounter stands; pending ones wait for a person's verdict on a case.

    A rejected one gives nobody an identity, but is searched, so that the next attempt of the same person is found.
    """

    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    RETIRED = "retired"


class SubjectStatus(Enum):
    """Where a subject stands; only people change it."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"
    MERGED = "merged"
    PURGED = "purged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person under an opaque identifier; `label` is the identifier of whoever sent the person, not a name.

    `merged_into` names the subject that this one was found to be, while `status` is merged.
    """

    subject_id: str
    label: str
    simulated: bool = False
    status: SubjectStatus = SubjectStatus.ACTIVE
    merged_into: str | None = None


PAD_NOT_RECORDED = PadResult(score=None, reason="not recorded")
"""Of samples from before attack evidence was kept, and of those that came without."""

QUALITY_NOT_RECORDED = QualityScore(value=0, algorithm="not recorded")
"""Of samples that came without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSample:
    """An image the registry keeps, addressed by the SHA-256 of its file."""

    sha256: str
    position: Position
    ppi: float | None
    captured_at: datetime
    quality: QualityScore
    simulated: bool = False
    pad: PadResult = PAD_NOT_RECORDED


DEFAULT_GALLERY = "citizens"
"""Where an encounter belongs when nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterContext:
    """Who met the subject, where, and why; None where it was not recorded.

    Parameters
    ----------
    operator, station, post
        Identifiers of the person at the station, of the station, and of the consulate or office.
    appointment
        Reference of the appointment.
    receipt
        Number of the receipt that was handed out; no two encounters share one.
    purpose
        Why the data were taken, for example `national_identity` or `visa`.
    """

    operator: str | None = None
    station: str | None = None
    post: str | None = None
    appointment: str | None = None
    receipt: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One meeting of a subject with the system, recorded in at least one gallery."""

    encounter_id: str
    subject_id: str
    status: EncounterStatus
    recorded_at: datetime
    policy_version: str
    samples: tuple[StoredSample, ...] = ()
    context: EncounterContext = EncounterContext()
    galleries: tuple[str, ...] = (DEFAULT_GALLERY,)


class ActorRole(Enum):
    """In which capacity somebody acts."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    EXAMINER = "examiner"
    SYSTEM = "system"


LONGEST_ACTOR = 200
"""Characters; longer than the accounts of any directory service."""

LONGEST_PURPOSE = 500
"""Characters; a few sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who reads or changes records, in which capacity, where and why; the audit trail names them.

    Parameters
    ----------
    name
        Identifier under which the person or the client is known to the authority.
    role
        In which capacity they act.
    post, station
        Identifiers of the consulate or office, and of the station.
    purpose
        Why the data are read or changed.
    client, route, scope
        Of a call that came through the network: the client, the method and the template of the address, and the scopes
        that were asked for and granted.

    Raises
    ------
    RecordError
        When the name is empty, or it or the rest is too long or holds what cannot be shown.
    """

    name: str
    role: ActorRole = ActorRole.OPERATOR
    post: str | None = None
    station: str | None = None
    purpose: str | None = None
    client: str | None = None
    route: str | None = None
    scope: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_ACTOR or not self.name.isprintable():
            raise RecordError("the name of who acts cannot be recorded", remedy="give an identifier in plain text")
        for stated in (self.post, self.station, self.purpose, self.client, self.route, self.scope):
            if stated is not None and (len(stated) > LONGEST_PURPOSE or not stated.isprintable()):
                raise RecordError(
                    "the post, station, purpose or call of who acts cannot be recorded",
                    remedy=f"give at most {LONGEST_PURPOSE} characters of plain text",
                )


SYSTEM = Actor(name="system", role=ActorRole.SYSTEM)
"""The software itself, where nobody else asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One entry of the append-only log; `details` holds identifiers, digests and scores, nothing personal.

    `actor` is None in events from before it was recorded.
    """

    sequence: int
    at: datetime
    action: str
    subject_id: str | None
    details: Mapping[str, object]
    actor: Actor | None = None
