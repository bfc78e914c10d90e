"""Verdicts on samples and reasons, as people and programs read them, in the operator's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from biometrics.decisions import Reason
from biometrics.quality import ComponentVerdict, Verdict
from models.face.quality.messages import FALLBACK, advice_text

_ALWAYS_SAID = "count"
"""Whether somebody else was taken for the subject is to be checked whatever else is well."""

_SUMMARY = "usefulness"


def worth_saying(verdicts: Sequence[ComponentVerdict]) -> tuple[ComponentVerdict, ...]:
    """Return what an operator who enrolls people should read.

    That is what is bad, and who else is in the picture; where the sample will be hard to recognise, everything that
    could be better.
    """
    advised = [one for one in verdicts if one.verdict.is_advice]
    everything = any(one.component == _SUMMARY for one in advised)
    said = (one for one in advised if everything or one.verdict is Verdict.BAD or one.component == _ALWAYS_SAID)
    return tuple(said)


def verdict_document(verdict: ComponentVerdict, language: str) -> dict[str, Any]:
    """Return a verdict as it appears in JSON output."""
    return {
        "component": verdict.component,
        "verdict": verdict.verdict.value,
        "message": verdict.message,
        "text": None if verdict.message is None else advice_text(verdict.message, language),
    }


def verdict_line(document: Mapping[str, Any], language: str) -> str:
    """Return what `verdict_document` made as a line for people."""
    name, judged = (advice_text(f"{kind}.{document[kind]}", language) for kind in ("component", "verdict"))
    return f"{name} - {judged}" + (f": {document['text']}" if document["text"] else "")


def reason_document(reason: Reason, language: str = FALLBACK) -> dict[str, str]:
    """Return a reason as it appears in JSON output."""
    return {"code": reason.value, "advice": reason_text(reason, language)}


def reason_text(reason: Reason, language: str) -> str:
    """Return what the operator can do; English where the language has no text for it."""
    key = f"reason.{reason.value}"
    text = advice_text(key, language)
    return reason.advice if text == key else text
