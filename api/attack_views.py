"""Presentation attack evidence as JSON output and text show it."""

from __future__ import annotations

from typing import Any

from biometrics.quality import PadResult


def verdict_words(pad: PadResult) -> str:
    """Return `not evaluated`, `bona fide` or `attack suspected`."""
    return pad.verdict.value.replace("_", " ")


def evidence_document(pad: PadResult) -> dict[str, Any]:
    """Return the score (1 is bona fide), the threshold below which an attack is suspected, who says so, and why not."""
    return {"score": pad.score, "threshold": pad.threshold, "model": pad.algorithm, "reason": pad.reason or None}
