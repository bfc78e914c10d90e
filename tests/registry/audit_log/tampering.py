"""Ways to change a log, its export and its anchors behind everybody's back, chosen by a seed.

Those who tamper know this code and every format. They have no key, unless a way says so: then only the anchors tell.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from registry.audit_log.anchors import NO_ANCHOR, Anchor, read_anchor, sign_anchor
from registry.audit_log.entries import entry_of
from registry.audit_log.hashing import Frontier, leaf_hash
from registry.audit_log.tree_heads import MAC_KEY, TreeHead
from registry.keys.sections import keyring_of
from registry.signing.software import SoftwareSigner

COLUMNS = (
    "sequence", "at", "action", "subject_id", "details", "actor", "role", "post", "station", "purpose", "client",
    "route", "scope",
)  # fmt: skip
_TEXTS = ("at", "action", "subject_id", "details", "actor", "post", "purpose", "client")

FORGER = SoftwareSigner(b"\x07" * 32)
"""A key of whoever tampers, which nobody trusts."""

Lines = list[bytes]


# Rows: each way gets the connection, dice and the number of events.


def edit_text(connection: Connection, dice: random.Random, size: int) -> None:
    column, sequence = dice.choice(_TEXTS), dice.randint(1, size)
    old = connection.scalar(text(f"SELECT {column} FROM audit_events WHERE sequence = {sequence}")) or "x"
    place = dice.randrange(len(old))
    new = old[:place] + dice.choice("aé0 }") + old[place + dice.randint(0, 1) :]
    _set(connection, sequence, **{column: new})


def edit_and_hash(connection: Connection, dice: random.Random, size: int) -> None:
    """Change an event and its own hash, but nothing that follows from it."""
    row = _row(connection, dice.randint(1, size))
    row["action"] = dice.choice(("person.read", "nothing", "case.closed")) + str(dice.random())
    _set(connection, row["sequence"], action=row["action"], digest=_leaf(row).hex())


def move_text(connection: Connection, dice: random.Random, size: int) -> None:
    """Move the purpose into the details, so that the text of the whole looks alike."""
    sequence = dice.randint(1, size)
    row = _row(connection, sequence)
    _set(connection, sequence, details=json.dumps(row["details"]) + ',"post":"paris"', post=None)


def delete_event(connection: Connection, dice: random.Random, size: int) -> None:
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence = {dice.randint(1, size)}"))


def delete_and_close_up(connection: Connection, dice: random.Random, size: int) -> None:
    sequence = dice.randint(1, size - 1)
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence = {sequence}"))
    for number in range(sequence + 1, size + 1):
        connection.execute(text(f"UPDATE audit_events SET sequence = {number - 1} WHERE sequence = {number}"))


def swap_events(connection: Connection, dice: random.Random, size: int) -> None:
    one, other = dice.sample(range(1, size + 1), 2)
    for before, after in ((one, -1), (other, one), (-1, other)):
        connection.execute(text(f"UPDATE audit_events SET sequence = {after} WHERE sequence = {before}"))


def cut(connection: Connection, dice: random.Random, size: int) -> None:
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence > {dice.randrange(size)}"))


def cut_and_rewrite(connection: Connection, dice: random.Random, size: int) -> None:
    """Cut the tail and compute everything anew, but for the MAC."""
    kept = dice.randint(1, size - 1)
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence > {kept}"))
    rewrite(connection)


def fork(connection: Connection, dice: random.Random, size: int) -> None:
    """Change an event and compute everything anew, but for the MAC."""
    _set(connection, dice.randint(1, size), actor=f"somebody else {dice.random()}")
    rewrite(connection)


def append_forged(connection: Connection, dice: random.Random, size: int) -> None:
    row = _row(connection, dice.randint(1, size)) | {"sequence": size + 1}
    _insert(connection, row)
    rewrite(connection)


def edit_head(connection: Connection, dice: random.Random, size: int) -> None:
    column = dice.choice(("event_digest", "frontier", "log_id", "event_mac"))
    old = str(connection.scalar(text(f"SELECT {column} FROM heads")))
    place = dice.randrange(len(old))
    new = old[:place] + ("0" if old[place] != "0" else "1") + old[place + 1 :]
    connection.execute(text(f"UPDATE heads SET {column} = :new"), {"new": new})


def edit_subtree(connection: Connection, dice: random.Random, size: int) -> None:
    places = connection.scalars(text("SELECT position FROM audit_subtrees ORDER BY position")).all()
    change = dice.choice(("DELETE FROM audit_subtrees", "UPDATE audit_subtrees SET digest = digest || '0'"))
    connection.execute(text(f"{change} WHERE position = {dice.choice(places)}"))


def edit_kept_anchor(connection: Connection, dice: random.Random, size: int) -> None:
    numbers = connection.scalars(text("SELECT number FROM audit_anchors ORDER BY number")).all()
    change = dice.choice(
        ("DELETE FROM audit_anchors", "UPDATE audit_anchors SET line = replace(line, '\"size\":', '\"size\":1')")
    )
    connection.execute(text(f"{change} WHERE number = {dice.choice(numbers)}"))


def fork_with_the_key(connection: Connection, dice: random.Random, size: int) -> None:
    """Change an event that is anchored and compute everything anew with the keys of the registry."""
    _set(connection, dice.randint(1, size // 2), actor=f"somebody else {dice.random()}")
    rewrite(connection, with_the_key=True)


def cut_with_the_key(connection: Connection, dice: random.Random, size: int) -> None:
    """Cut what is anchored and compute everything anew with the keys; whoever kept an old head needs none for it."""
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence > {dice.randint(1, size // 2)}"))
    rewrite(connection, with_the_key=True)


ROWS: tuple[Callable[[Connection, random.Random, int], None], ...] = (
    edit_text, edit_and_hash, move_text, delete_event, delete_and_close_up, swap_events, cut, cut_and_rewrite, fork,
    append_forged, edit_head, edit_subtree, edit_kept_anchor, fork_with_the_key, cut_with_the_key,
)  # fmt: skip


def rewrite(connection: Connection, *, with_the_key: bool = False) -> None:
    """Compute hashes, subtrees and the head anew from the events, as whoever knows this code can."""
    tree, last = Frontier(), ""
    connection.execute(text("DELETE FROM audit_subtrees"))
    names = ", ".join(COLUMNS)
    for found in connection.execute(text(f"SELECT {names}, digest FROM audit_events ORDER BY sequence")).all():
        row = _values(found._asdict())
        leaf, last = _leaf(row), row["at"]
        if leaf.hex() != found.digest:
            _set(connection, row["sequence"], digest=leaf.hex())
        for one in tree.append(leaf):
            values = f"({one.height}, {one.position}, '{one.digest.hex()}')"
            connection.execute(text(f"INSERT INTO audit_subtrees (height, position, digest) VALUES {values}"))
    log_id = str(connection.scalar(text("SELECT log_id FROM heads")))
    head = {
        "event_sequence": tree.size,
        "event_digest": tree.root().hex(),
        "frontier": b"".join(tree.digests).hex(),
        "event_at": last,
    }
    if with_the_key:
        key = keyring_of(connection).named(MAC_KEY)
        head["event_mac"] = TreeHead(log_id=log_id, size=tree.size, root=tree.root()).mac(key)
    connection.execute(text(f"UPDATE heads SET {', '.join(f'{name} = :{name}' for name in head)}"), head)


def _row(connection: Connection, sequence: int) -> dict[str, Any]:
    names = ", ".join(COLUMNS)
    found = connection.execute(text(f"SELECT {names} FROM audit_events WHERE sequence = {sequence}")).one()
    return _values(found._asdict())


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS} | {"details": json.loads(row["details"])}


def _leaf(row: dict[str, Any]) -> bytes:
    return leaf_hash(entry_of(row))


def _set(connection: Connection, sequence: int, **values: Any) -> None:
    setting = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(text(f"UPDATE audit_events SET {setting} WHERE sequence = {sequence}"), values)


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    values = row | {"details": json.dumps(row["details"], separators=(",", ":"), sort_keys=True), "digest": "0" * 64}
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO audit_events ({names}) VALUES ({places})"), values)


# Lines of an export or of the second sink.


def flip_byte(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    whole = bytearray(b"\n".join(lines))
    whole[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
    return bytes(whole).split(b"\n")


def delete_line(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    place = dice.randrange(len(lines))
    return lines[:place] + lines[place + 1 :]


def swap_lines(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    one, other = dice.sample(range(len(lines)), 2)
    swapped = list(lines)
    swapped[one], swapped[other] = lines[other], lines[one]
    return swapped


def cut_bytes(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    whole = b"\n".join(lines)
    return whole[: dice.randrange(len(whole))].split(b"\n")


def cut_lines(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    return lines[: dice.randrange(len(lines))]


def insert_other(lines: Lines, dice: random.Random, others: Lines) -> Lines:
    """Put in a line of the other file: an anchor for a head, a head for an anchor."""
    place = dice.randrange(len(lines))
    return [*lines[:place], dice.choice(others), *lines[place:]]


def forge_export(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    """Change an event and sign a head over the result, with a key that nobody trusts."""
    changed = list(lines)
    place = dice.randrange(1, len(lines))
    changed[place] = changed[place].replace(b'"action":"', b'"action":"x')
    tree = Frontier()
    for line in changed[1:]:
        tree.append(leaf_hash(line))
    old = read_anchor(lines[0]).anchor
    head = TreeHead(log_id=old.head.log_id, size=tree.size, root=tree.root())
    changed[0] = sign_anchor(FORGER, Anchor(number=0, previous=NO_ANCHOR, head=head, at=old.at)).line().encode()
    return changed


def keep_signature(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    """Change what one line says under its old signature."""
    place = dice.randrange(len(lines))
    document = json.loads(lines[place])
    name, value = dice.choice((("size", 1), ("number", 99), ("root", "0" * 64), ("previous", "f" * 64)))
    document["anchor"][name] = value
    return [*lines[:place], _canonical(document), *lines[place + 1 :]]


def swap_signatures(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    one, other = dice.sample(range(len(lines)), 2)
    first, second = json.loads(lines[one]), json.loads(lines[other])
    first["signature"], second["signature"] = second["signature"], first["signature"]
    swapped = list(lines)
    swapped[one], swapped[other] = _canonical(first), _canonical(second)
    return swapped


def sign_another(lines: Lines, dice: random.Random, _: Lines) -> Lines:
    """Put an anchor in the place of one, signed with a key that nobody trusts."""
    place = dice.randrange(len(lines))
    old = read_anchor(lines[place]).anchor
    return [*lines[:place], sign_anchor(FORGER, old).line().encode(), *lines[place + 1 :]]


Way = Callable[[Lines, random.Random, Lines], Lines]

_EITHER: tuple[Way, ...] = (flip_byte, delete_line, swap_lines, cut_bytes, cut_lines, insert_other)
EXPORT: tuple[Way, ...] = (*_EITHER, forge_export)
ANCHORS: tuple[Way, ...] = (*_EITHER, keep_signature, swap_signatures, sign_another)


def _canonical(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def joined(lines: Sequence[bytes]) -> bytes:
    """Return lines as a file holds them."""
    return b"".join(line + b"\n" for line in lines)
