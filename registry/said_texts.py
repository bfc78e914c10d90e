"""What the audit trail keeps of words that may name people: a digest that nobody without the keys can guess from."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from registry.keys.sections import keyring_of


def text_digest(connection: Connection, text: str) -> str:
    """Return what the audit trail keeps of words: an HMAC under a key of the installation."""
    return keyring_of(connection).token("audit_events.words", text)


def agrees(connection: Connection, text: str, told: object) -> bool:
    """Return whether words are those of which the trail tells; before version 5 it kept their SHA-256."""
    return told in (text_digest(connection, text), hashlib.sha256(text.encode()).hexdigest())
