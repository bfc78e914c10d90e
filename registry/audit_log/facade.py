"""What a registry offers about its audit log: `registry.audit_log`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from biometrics.protocols import Progress, no_progress
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import KeySet
from registry.audit_log.anchors import Anchor, SignedAnchor, chain_faults
from registry.audit_log.exports import signed_head, sink_lines, write_export
from registry.audit_log.findings import Findings
from registry.audit_log.proving import InclusionProof, prove_event
from registry.audit_log.state import AuditState, audit_state
from registry.audit_log.tree_heads import current_head
from registry.audit_log.verifying import log_faults

if TYPE_CHECKING:
    from registry.store import Registry


class AuditLog:
    """The audit log of one registry; made by `Registry`.

    Parameters
    ----------
    registry
        The registry, whose keys sign.
    reading
        Opens a snapshot of its database.
    """

    def __init__(self, registry: Registry, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._registry, self._reading = registry, reading

    def state(self) -> AuditState:
        """Return how the log stands."""
        with self._reading() as connection:
            return audit_state(connection, self._registry.anchoring)

    def signed_head(self) -> SignedAnchor:
        """Return the present state, signed; for the owner of the registry, who records the key.

        Raises
        ------
        SigningError
            When the key cannot be used.
        """
        signer = self._registry.signing.signer(Purpose.ANCHORS)
        with self._reading() as connection:
            return signed_head(connection, signer, now_utc())

    def prove(self, sequence: int) -> InclusionProof:
        """Return the proof that an event is in the log.

        Raises
        ------
        RecordNotFoundError, RecordError
            When there is no such event, or it was edited.
        SigningError
            When the key cannot be used.
        """
        head = self.signed_head()
        with self._reading() as connection:
            return prove_event(connection, sequence, head)

    def export(self, head: SignedAnchor, path: Path, progress: Progress = no_progress) -> None:
        """Write the events of a signed state into a new file.

        Raises
        ------
        StorageError
            When an event is damaged, or the file exists or cannot be written.
        """
        with self._reading() as connection:
            write_export(connection, head, path, progress)

    def verify(self, keys: KeySet, anchors: Path | None = None) -> Findings:
        """Verify one snapshot against itself, and against a file of anchors.

        Raises
        ------
        StorageError
            When the file or the database cannot be read.
        """
        believed: list[Anchor] = []
        faults = [] if anchors is None else list(chain_faults(sink_lines(anchors), keys, now_utc(), believed))
        with self._reading() as connection:
            faults += log_faults(connection, None if anchors is None else believed)
            head = current_head(connection)
        return Findings(
            faults=tuple(faults),
            log_id=head.log_id,
            events=head.size,
            root=head.root.hex(),
            anchors=tuple(believed),
        )
