"""The certificate of an erasure: what stays, signed, and nothing by which anybody could be named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.rights.views import record_document
from biometrics.files import write_whole
from enrollment.operations.disclosing import SIGN_DOCUMENT, SignDocument

if TYPE_CHECKING:
    from biometrics.rights.records import Erasure
    from enrollment.operations.operation import Performs

FORMAT = "kura-erasure-certificate/1"


def certificate_of(call: Performs, erasure: Erasure) -> dict[str, Any]:
    """Return the certificate of an erasure, with a detached JWS of everything but the signature itself."""
    document = {"format": FORMAT, **record_document(erasure)}
    del document["files"]
    return {**document, "signature": call(SIGN_DOCUMENT, SignDocument(content=signed_content(document)))}


def signed_content(document: dict[str, Any]) -> bytes:
    """Return the bytes that the signature of a document is over: canonical JSON without the signature."""
    content = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write_certificate(path: Path, certificate: dict[str, Any]) -> None:
    """Write a certificate.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    write_whole(path, (json.dumps(certificate, indent=2, ensure_ascii=False) + "\n").encode())
