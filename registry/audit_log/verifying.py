"""The log in the database against itself: every event, the right edge, the kept subtrees and the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from biometrics.errors import RecordError, StorageError
from registry.audit_log.anchors import Anchor, read_anchor
from registry.audit_log.entries import RAW_COLUMNS, entry_of_row
from registry.audit_log.examining import ANCHORED, Examination
from registry.audit_log.hashing import Subtree, leaf_hash
from registry.audit_log.tree_heads import current_head, frontier_of_row, is_authentic
from registry.columns import utc_text
from registry.rows import StoredRow
from registry.tables.audit import audit_anchors, audit_subtrees
from registry.tables.core import heads

_ROWS_AT_ONCE = 2000
_NOT_WRITTEN = leaf_hash(b"not an event that was written")


def log_faults(connection: Connection, anchors: Sequence[Anchor] | None = None) -> Iterator[str]:
    """Yield one sentence for every place where the log is not what was written.

    Parameters
    ----------
    connection
        A snapshot.
    anchors
        Those of the second sink that are to be believed; the log is compared with them too.
    """
    found, kept, last_at = Examination(anchor.head.size for anchor in anchors or ()), list[Subtree](), None
    for row in raw_events(connection):
        sequence, at, action, *_, digest = row
        if sequence != found.size + 1:
            yield f"event {found.size + 1} is missing before event {sequence}"
            return  # what follows hangs in the air: nothing more can be said about it
        entry = entry_of_row(row)
        leaf = _NOT_WRITTEN if entry is None else leaf_hash(entry)
        if leaf.hex() != digest:
            yield f"event {sequence} is not what was written"
        kept += found.add(leaf)
        if action == ANCHORED and entry is not None:
            found.note(entry)
        last_at = at
    yield from _head_faults(connection, found, last_at)
    yield from _subtree_faults(connection, kept)
    yield from _kept_anchor_faults(connection, {told.number: told.digest for told in found.told})
    if anchors is not None:
        yield from found.anchor_faults(anchors, current_head(connection).log_id)


def raw_events(connection: Connection, until: int | None = None) -> Iterator[StoredRow]:
    """Yield the rows of events, all or up to one, as raw text: an edit that means the same is still an edit."""
    those = "" if until is None else f" WHERE sequence <= {until:d}"
    query = f"SELECT {', '.join(RAW_COLUMNS)} FROM audit_events{those} ORDER BY sequence"
    with connection.exec_driver_sql(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        yield from rows


def _head_faults(connection: Connection, found: Examination, last_at: str | None) -> Iterator[str]:
    head = connection.execute(select(heads)).one()
    if head.event_sequence != found.size:
        yield f"the log should end at event {head.event_sequence} and ends at event {found.size}"
        return
    if head.event_digest != found.root.hex():
        yield "the events are not those that the head of the log was made of"
    if last_at != (None if head.event_at is None else utc_text(head.event_at)):
        yield "the head of the log has another time than its last event"
    try:
        if frontier_of_row(head).digests != found.edge:
            yield "the right edge of the log is not that of its events"
    except StorageError as error:
        yield error.message
    if not is_authentic(connection, head):
        yield "the head of the log was not written with the keys of this installation"


def _subtree_faults(connection: Connection, kept: list[Subtree]) -> Iterator[str]:
    order = (audit_subtrees.c.height, audit_subtrees.c.position)
    rows = connection.execute(select(audit_subtrees).order_by(*order)).all()
    if [(row.height, row.position, row.digest) for row in rows] != [
        (one.height, one.position, one.digest.hex()) for one in sorted(kept)
    ]:
        yield "the hashes that are kept beside the log are not those of its events"


def _kept_anchor_faults(connection: Connection, told: Mapping[int, str]) -> Iterator[str]:
    """Yield where the anchors that are kept beside the log are not those of which it tells."""
    kept: dict[int, str] = {}
    columns = [audit_anchors.c[name] for name in ("number", "size", "at", "line")]
    for row in connection.execute(select(*columns)).all():
        try:
            anchor = read_anchor(row.line).anchor
            beside = (row.size, row.at) == (anchor.head.size, anchor.at)
            kept[row.number] = anchor.digest if beside else ""
        except RecordError:
            kept[row.number] = ""
    for number in sorted(kept.keys() | told.keys()):
        if kept.get(number) != told.get(number):
            yield f"anchor {number} is not kept as the log tells of it"
