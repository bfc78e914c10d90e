"""Anchors: signed states of the log, numbered and chained, one a line of JSON; what goes to the second sink."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.errors import RecordError, SignatureInvalidError
from biometrics.signing.jws import sign_detached
from biometrics.signing.signer import Purpose, Signer
from biometrics.signing.trust import KeySet
from registry.audit_log.hashing import HASH_BYTES
from registry.audit_log.tree_heads import TreeHead
from registry.columns import canonical_json, utc_text

FORM = "kura anchor/1"

NO_ANCHOR = "0" * 64
"""What the first anchor names as its predecessor."""

LONGEST_LINE = 100_000
"""Bytes; a signature may bring a chain of certificates."""

_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A state of the log at a moment.

    Parameters
    ----------
    number
        Anchors of a log are numbered from 1; 0 is that of an export.
    previous
        Digest of the anchor before, so that none can be taken out.
    head
        The state.
    at
        When it was signed, by the clock of whoever keeps the log.
    """

    number: int
    previous: str
    head: TreeHead
    at: datetime

    def content(self) -> bytes:
        """Return the bytes that are signed."""
        said = {
            "form": FORM,
            "log": self.head.log_id,
            "number": self.number,
            "previous": self.previous,
            "size": self.head.size,
            "root": self.head.root.hex(),
            "at": utc_text(self.at),
        }
        return canonical_json(said).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the content; the log tells of the anchor by it."""
        return hashlib.sha256(self.content()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAnchor:
    """An anchor and its detached signature."""

    anchor: Anchor
    signature: str

    def line(self) -> str:
        """Return the line of JSON, without its end."""
        return canonical_json({"anchor": json.loads(self.anchor.content()), "signature": self.signature})

    def verify(self, keys: KeySet, now: datetime) -> None:
        """Refuse a signature that no trusted key made.

        Raises
        ------
        SignatureInvalidError
            Saying why.
        """
        keys.verify(self.signature, self.anchor.content(), Purpose.ANCHORS, now=now)


def sign_anchor(signer: Signer, anchor: Anchor) -> SignedAnchor:
    """Sign an anchor.

    Raises
    ------
    SigningError
        When the key cannot be used; nothing is signed.
    """
    signature = sign_detached(signer, Purpose.ANCHORS, anchor.content(), signed_at=anchor.at)
    return SignedAnchor(anchor=anchor, signature=signature)


def read_anchor(line: bytes | str) -> SignedAnchor:
    """Read a line as `SignedAnchor.line` writes it; verify it before believing it.

    Raises
    ------
    RecordError
        When it is none, or written in another way.
    """
    try:
        if len(line) > LONGEST_LINE:
            raise ValueError("too long")
        text = line if isinstance(line, str) else line.decode()
        document = json.loads(text)
        found = SignedAnchor(anchor=_anchor_of(document["anchor"]), signature=document["signature"])
        if found.line() != text:
            raise ValueError("not canonical")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError("this is no anchor", remedy="name the file that the anchors were written to") from error
    return found


def _anchor_of(said: Any) -> Anchor:
    root = bytes.fromhex(_hex(said["root"], 2 * HASH_BYTES))
    head = TreeHead(log_id=_hex(said["log"], 32), size=_count(said["size"]), root=root)
    at = datetime.fromisoformat(said["at"])
    return Anchor(number=_count(said["number"]), previous=_hex(said["previous"], 64), head=head, at=at)


def _hex(value: Any, length: int) -> str:
    if not isinstance(value, str) or len(value) != length or not _HEX.fullmatch(value):
        raise ValueError("no hexadecimal number")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def chain_faults(lines: Iterable[bytes], keys: KeySet, now: datetime, found: list[Anchor]) -> Iterator[str]:
    """Yield what is wrong with the lines of a sink by themselves; put the anchors that are to be believed into `found`.

    A line that was delivered twice in a row counts once: an answer of the sink may have been lost.
    """
    last: Anchor | None = None
    for place, line in enumerate(lines, start=1):
        try:
            signed = read_anchor(line)
            signed.verify(keys, now)
        except SignatureInvalidError as error:
            yield f"the signature of the anchor in line {place} does not hold: {error.message}"
            continue
        except RecordError as error:
            yield f"line {place}: {error.message}"
            continue
        anchor = signed.anchor
        if anchor == last:
            continue
        yield from (f"line {place}: {fault}" for fault in _link_faults(anchor, last))
        found.append(anchor)
        last = anchor


def _link_faults(anchor: Anchor, last: Anchor | None) -> Iterator[str]:
    number, previous = (1, NO_ANCHOR) if last is None else (last.number + 1, last.digest)
    if anchor.number != number:
        yield f"anchor {number} is missing before anchor {anchor.number}"
    elif anchor.previous != previous:
        yield f"anchor {anchor.number} does not follow from the one before it"
    if last is not None and anchor.head.log_id != last.head.log_id:
        yield f"anchor {anchor.number} is of another log"
    if last is not None and anchor.head.size < last.head.size:
        yield f"anchor {anchor.number} is of a shorter log than the one before it"
