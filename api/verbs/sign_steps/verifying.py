"""What every step that verifies shares: files of trusted keys, and signatures beside what they sign."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from biometrics.errors import ConfigurationError, SampleError, SignatureInvalidError

if TYPE_CHECKING:
    from biometrics.signing.signer import Purpose
    from biometrics.signing.trust import KeySet, Verified

PURPOSES = ("anchors", "callbacks", "cards", "exports", "receipts")
ENDINGS = ("replaced", "compromised")
"""The words of `Purpose` and `Ending`, known without loading what they come from."""

SUFFIX = ".jws"
"""Of the file with the signature, behind the name of the file that is signed."""

_LARGEST_KEYS, _LARGEST_CONTENT = 1 << 20, 64 << 20


def add_trust(step: argparse.ArgumentParser) -> None:
    """Add --keys, --signature and --seen-at."""
    step.add_argument(
        "--keys", type=Path, required=True, metavar="KEYS.json", help="trusted keys, as kura sign keys writes them"
    )
    step.add_argument(
        "--signature",
        type=Path,
        metavar="FILE",
        help=f"the signature (default: the file's name and {SUFFIX}, or what the file carries)",
    )
    step.add_argument(
        "--seen-at",
        type=moment,
        metavar="TIME",
        help="when you surely had the signature already, as 2026-01-31T12:00Z: decides about keys others may have",
    )


def moment(text: str) -> datetime:
    """Read a moment in ISO 8601; without a zone it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it as 2026-01-31T12:00Z") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def trusted_keys(path: Path) -> KeySet:
    """Return the keys of a file.

    Raises
    ------
    ConfigurationError
        When it cannot be read or holds none.
    """
    from biometrics.signing.trust import KeySet

    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_KEYS)
    except OSError as error:
        raise ConfigurationError(
            f"the keys cannot be read: {error.strerror}", source=shared.printable(str(path)), remedy="check the path"
        ) from error
    try:
        return KeySet.read(text)
    except ConfigurationError as error:
        raise error.at(shared.printable(str(path))) from None


def verified(arguments: argparse.Namespace, purpose: Purpose) -> tuple[bytes, Verified]:
    """Return the content of a signed file, and what is known of its signature.

    Raises
    ------
    SignatureInvalidError
        When it is not to be believed.
    SampleError
        When a file cannot be read.
    """
    from biometrics.samples import now_utc

    keys, path = trusted_keys(arguments.keys), arguments.file
    content = _content(path)
    beside = arguments.signature or path.with_name(path.name + SUFFIX)
    carried = None if arguments.signature or beside.exists() else carried_signature(content)
    content, signature = carried or (content, _content(beside).decode("ascii", "replace"))
    try:
        return content, keys.verify(signature, content, purpose, now=now_utc(), seen_at=arguments.seen_at)
    except SignatureInvalidError as error:
        raise error.at(shared.printable(str(path))) from None


def carried_signature(data: bytes) -> tuple[bytes, str] | None:
    """Return what a document that carries its own signature signs, and the signature; None for anything else.

    Access exports and certificates of erasure do: the signature is over the other members, as canonical JSON.
    """
    import json

    from api.rights.certificate import signed_content

    try:
        document = json.loads(data, object_pairs_hook=_named_once)
    except (ValueError, RecursionError):
        return None
    signature = document.get("signature") if isinstance(document, dict) else None
    return (signed_content(document), signature) if isinstance(signature, str) else None


def _named_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: readers would disagree about what was signed."""
    if len(dict(members)) != len(members):
        raise ValueError("a name stands twice")
    return dict(members)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_CONTENT)
    except OSError as error:
        raise SampleError(
            f"the file cannot be read: {error.strerror}", source=shared.printable(str(path)), remedy="check the path"
        ) from error


def signed_lines(found: Verified) -> list[str]:
    """Return what is known of a signature, for people."""
    return [
        f"signed on {found.signed_at:%Y-%m-%d %H:%M:%S} UTC, as the signer says, for {found.purpose.value}",
        f"by key {found.key_id}, level {found.level.value} (not a qualified signature)",
    ]


def signed_document(found: Verified) -> dict[str, str]:
    """Return the same for programs."""
    return {
        "key_id": found.key_id,
        "purpose": found.purpose.value,
        "level": found.level.value,
        "signed_at": found.signed_at.isoformat(),
    }
