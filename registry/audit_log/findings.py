"""What a verification of the log found."""

from __future__ import annotations

from dataclasses import dataclass

from registry.audit_log.anchors import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a verification found.

    Parameters
    ----------
    faults
        One sentence for everything that is wrong; empty when nothing is.
    log_id, events, root
        Which log it was, how many events, and the hash of the tree over them.
    anchors
        Those that are to be believed.
    """

    faults: tuple[str, ...]
    log_id: str
    events: int
    root: str
    anchors: tuple[Anchor, ...] = ()

    @property
    def unanchored(self) -> int:
        """Events behind the last anchor: of these, no anchor says that they were not changed or cut away."""
        return max(0, self.events - max((anchor.head.size for anchor in self.anchors), default=0))
