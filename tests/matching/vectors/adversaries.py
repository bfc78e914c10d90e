"""Rows and probes made to break bounds: each has a norm of at most 1, and something that rounding could go wrong on."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

KINDS = (
    "random",
    "one huge number",
    "all equal",
    "alternating",
    "between steps",
    "sparse",
    "short",
    "very short",
    "almost nothing",
    "full step",
)


def adversary(kind: str, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """Return a vector of a kind, float32 [dimension]."""
    vector = rng.standard_normal(dimension)
    if kind == "one huge number":
        vector *= 10.0 ** rng.uniform(-8, -1)
        vector[rng.integers(dimension)] = rng.choice([-1.0, 1.0]) * np.sqrt(dimension)
    elif kind == "all equal":
        vector[:] = rng.choice([-1.0, 1.0])
    elif kind == "alternating":
        vector[:] = rng.choice([-1.0, 1.0], dimension)
    elif kind == "between steps":
        vector[:] = rng.integers(-126, 126, dimension) + 0.5
        vector[rng.integers(dimension)] = 127.0
    elif kind == "full step":
        vector[:] = rng.integers(-127, 128, dimension)
        vector[rng.integers(dimension)] = 127.0
    elif kind == "sparse":
        vector[rng.random(dimension) < 0.9] = 0.0
        vector[rng.integers(dimension)] = 1.0
    vector /= np.linalg.norm(vector)
    if kind == "short":
        vector *= rng.uniform(0.05, 0.9)
    elif kind == "very short":
        vector *= 10.0 ** rng.uniform(-15, -3)
    elif kind == "almost nothing":
        vector *= 10.0 ** rng.uniform(-43, -30)
    vector = vector.astype(np.float32)
    if not vector.any():
        vector[0] = np.float32(1e-45)
    return vector


KIND = st.sampled_from(KINDS)
SEED = st.integers(0, 2**32 - 1)
