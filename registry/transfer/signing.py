"""The signature of an exchange: over its manifest, which holds the digest of everything that matters."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from biometrics.errors import ManifestError, SignatureInvalidError
from biometrics.files import write_whole
from biometrics.signing.jws import LONGEST
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import KeySet, Verified
from registry.failures import file_error
from registry.transfer.manifest import MANIFEST

SIGNATURE = f"{MANIFEST}.jws"

_MOST_BYTES = 1 << 20


def write_signature(folder: Path, signature: str) -> None:
    """Write the signature of a manifest that is about to be written: there is none without it.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    write_whole(folder / SIGNATURE, f"{signature}\n".encode())


def require_signed(path: Path, keys: KeySet, *, now: datetime) -> Verified:
    """Refuse an exchange whose manifest nobody trusted signed.

    Parameters
    ----------
    path
        A folder with a manifest; a file of lines has no signature.
    keys
        Whom to trust.
    now
        The time.

    Raises
    ------
    SignatureInvalidError
        When there is no signature, or it does not hold.
    ManifestError
        When there is no manifest.
    StorageError
        When something cannot be read.
    """
    if not path.is_dir():
        raise SignatureInvalidError(
            "a file of lines has no signature", source=str(path), remedy="name the whole folder of the export"
        )
    try:
        content = _beginning(path / MANIFEST)
        text = _beginning(path / SIGNATURE, LONGEST).decode("ascii", "replace")
    except FileNotFoundError as error:
        if error.filename == str(path / MANIFEST):
            raise ManifestError(f"the folder has no {MANIFEST}", source=str(path)) from error
        raise SignatureInvalidError(
            "the export is not signed", source=str(path), remedy=f"get {SIGNATURE} from whoever exported"
        ) from error
    except OSError as error:
        raise file_error(error, path) from error
    try:
        return keys.verify(text, content, Purpose.EXPORTS, now=now)
    except SignatureInvalidError as error:
        raise error.at(str(path / SIGNATURE)) from None


def _beginning(path: Path, most: int = _MOST_BYTES) -> bytes:
    with path.open("rb") as file:
        return file.read(most)
