"""Which of the languages that texts are written in a client prefers (RFC 9110, section 12.5.4)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import Header

Language = Literal["en", "fr"]
AcceptLanguage = Annotated[str | None, Header(max_length=200, description="`fr` or `en`; the first of them if absent")]

_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def preferred(accept_language: str | None) -> Language:
    """Return the language to answer in: English where the header names neither."""
    weights: dict[str, float] = {}
    for part in (accept_language or "").split(","):
        found = _RANGE.fullmatch(part)
        if found is not None:
            name = found[1].lower()
            weights[name] = max(weights.get(name, 0.0), float(found[2] or 1.0))
    others = weights.get("*", 0.0)
    english, french = weights.get("en", others), weights.get("fr", others)
    return "fr" if french > english else "en"
