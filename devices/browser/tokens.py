"""Secrets that let a page in."""

from __future__ import annotations

import secrets

_BYTES = 32


def new_token() -> str:
    """Return a random secret that may stand in an address."""
    return secrets.token_urlsafe(_BYTES)
