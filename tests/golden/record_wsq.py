"""Record what NIST's own software makes of a WSQ picture: the reference of the decoder's parity test.

Needs an environment of its own, since Kura does not install the package, whose decoder crashes on damaged files:

    python -m venv wsq-env
    wsq-env/bin/pip install wsq==0.9 numpy pillow jaxtyping
    wsq-env/bin/python -m tests.golden.record_wsq
"""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.biometrics.interchange.pictures import REFERENCE_PICTURES

REFERENCE = Path(__file__).with_name("wsq_reference.npz")


def main() -> None:
    """Write NIST's encoding of two pictures with ridges, and its decoding of that."""
    importlib.import_module("wsq")  # registers the format with Pillow
    recorded: dict[str, Any] = {}
    for name, picture in REFERENCE_PICTURES.items():
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "WSQ")
        encoded = buffer.getvalue()
        recorded[f"{name}_encoded"] = np.frombuffer(encoded, dtype=np.uint8)
        recorded[f"{name}_decoded"] = np.asarray(Image.open(io.BytesIO(encoded)))
    np.savez_compressed(REFERENCE, **recorded)


if __name__ == "__main__":
    main()
