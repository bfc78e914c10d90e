"""The rotation of an installation: one orthogonal matrix for each block of a person's row.

Galleries hold and compare turned vectors only; the registry keeps templates as they were extracted, encrypted. An inner
product of two vectors turned by one matrix is what it was, but for rounding, so scores, thresholds and calibrations
stay. Vectors turned by different matrices have nothing to do with each other. `docs/template-protection.md` says what
this is worth, as measured, and what it is not: whoever has the key turns everything back.
"""

from __future__ import annotations

import threading

import numpy as np

from biometrics.arrays import Vectors
from biometrics.errors import ConfigurationError
from matching.rotation.haar import Matrix, orthogonal
from matching.rotation.normals import Normals, derived

KEY_BYTES = 32
_NAME_BYTES = 8


class VectorRotation:
    """Turns vectors; safe to share between threads. Nothing of the key is shown.

    Parameters
    ----------
    key
        32 secret bytes of the installation.

    Raises
    ------
    ConfigurationError
        When the key has another length; it is not told.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigurationError(f"the key of a rotation has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._matrices: dict[tuple[str, int], Matrix] = {}
        self._making = threading.Lock()
        self.name = derived(key, "name", _NAME_BYTES).hex()

    def __repr__(self) -> str:
        return f"VectorRotation({self.name})"

    def turn(self, block: str, vectors: Vectors) -> Vectors:
        """Return vectors of a block turned, float32 [count, dimension]; lengths and angles between them stay.

        Parameters
        ----------
        block
            The face, or a finger: each has a matrix of its own.
        vectors
            float32 [count, dimension].
        """
        # In double precision, so that all that is lost is the rounding to 32 bits at the end.
        turned = vectors.astype(np.float64) @ self._matrix(block, vectors.shape[1])
        return np.asarray(turned, dtype=np.float32)

    def _matrix(self, block: str, dimension: int) -> Matrix:
        found = self._matrices.get((block, dimension))
        if found is None:
            with self._making:
                found = self._matrices.get((block, dimension))
                if found is None:
                    made = orthogonal(Normals(self._key, f"block {block}, {dimension}"), dimension)
                    found = self._matrices[block, dimension] = made
        return found
