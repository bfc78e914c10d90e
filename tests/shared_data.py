"""Real prints and faces for development, where they are present; the suite passes without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"
DATA = Path(os.environ.get("KURA_SHARED_DATA", _BESIDE_CHECKOUT))

needs_fingerprints = pytest.mark.skipif(
    not (DATA / "fingerprints").is_dir(), reason="real fingerprints are not present: this check was not run"
)
needs_faces = pytest.mark.skipif(
    not (DATA / "faces").is_dir(), reason="real faces are not present: this check was not run"
)
