"""Receipts as files, and as they are printed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from api.verbs.sign_steps.verifying import SUFFIX
from biometrics.files import write_whole

if TYPE_CHECKING:
    from enrollment.operations.receipts import MadeReceipt


def write_receipt(path: Path, made: MadeReceipt) -> None:
    """Write a receipt, its signature where it has one, and the text to print; all there whole or not at all.

    Raises
    ------
    StorageError
        When one cannot be written.
    """
    if made.signature is not None:
        write_whole(path.with_name(path.name + SUFFIX), f"{made.signature}\n".encode())
    write_whole(path.with_suffix(".txt"), "\n\n".join(printed(made)).encode() + b"\n")
    write_whole(path, made.content)


def printed(made: MadeReceipt) -> list[str]:
    """Return the paragraphs of a receipt in French, the digest and the signature last."""
    text: list[str] = json.loads(made.content)["text"]
    digest = f"Empreinte numérique (SHA-256) : {hashlib.sha256(made.content).hexdigest()}"
    if made.signature is None:
        return [*text, digest, "Signature en attente : un reçu signé pourra être retiré plus tard."]
    signed = f"Signé électroniquement (niveau {_LEVELS[made.level or '']}) par la clé {made.key_id}."
    return [*text, digest, signed]


_LEVELS = {"simple": "simple", "advanced": "avancé"}
