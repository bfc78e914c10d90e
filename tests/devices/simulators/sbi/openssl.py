"""What openssl says of a chain of certificates; the same by cryptography where it is not installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def openssl_verify(chain: Sequence[x509.Certificate], trust: Path, folder: Path) -> str:
    """Return '' when a chain leads to the trusted root, otherwise what openssl complains of."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    leaf, above = folder / "leaf.pem", folder / "above.pem"
    leaf.write_bytes(chain[0].public_bytes(Encoding.PEM))
    above.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain[1:]))
    untrusted = ["-untrusted", str(above)] if len(chain) > 1 else []
    asked = [program, "verify", "-x509_strict", "-CAfile", str(trust), *untrusted, str(leaf)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
    return "" if done.returncode == 0 else done.stderr + done.stdout
