"""Whose vectors are linked: portraits of persons, prints of fingers, and simulated persons like them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.accuracy.identify_prints import Prints
from benchmarks.protection.linking import Rows
from benchmarks.protection.measuring import Mates
from benchmarks.templates import Enrolled
from biometrics.arrays import Ids, Vectors
from biometrics.errors import SampleError
from matching.minutiae import prepare
from matching.person_vectors import finger_vectors

LEAST_PERSONS = 20


def portraits(enrolled: Enrolled) -> Iterator[Mates]:
    """Yield persons with two portraits, one in either installation; and with one and the same in both.

    Raises
    ------
    SampleError
        When there are too few.
    """
    kept = [row for row, template in enumerate(enrolled.templates) if template is not None]
    vectors = np.array([enrolled.templates[row].embedding.vector for row in kept], dtype=np.float32)  # type: ignore[union-attr]
    yield from _mates("faces", vectors, enrolled.subjects[kept], enrolled.data.name, simulated=bool(enrolled.simulated))


def prints(some: Prints, name: str) -> Iterator[Mates]:
    """Yield fingers with two prints, one in either installation; and with one and the same in both."""
    vectors, described = finger_vectors([prepare(one) for one in some.minutiae if one is not None])
    fingers = some.fingers[some.present]
    yield from _mates("finger vectors", vectors[described], fingers[described], name, simulated=False)


def simulated(like: Mates, persons: int, seed: int = 1) -> Iterator[Mates]:
    """Yield as many persons as are asked for, spread as others are, and as far from their mates as those.

    Rows are normal with the second moments of `like`, so that an attacker has galleries of the size of a country's and
    not of a test's.
    """
    draws = np.random.default_rng(seed)
    rows = np.concatenate([like.first, like.second]).astype(np.float64)
    root = np.linalg.cholesky(rows.T @ rows / len(rows) + 1e-9 * np.eye(rows.shape[1]))
    own, noise = (draws.normal(size=(persons, rows.shape[1])) @ root.T for _ in range(2))
    alike = float(np.median((like.first * like.second).sum(axis=1)))
    other = alike * own + np.sqrt(max(1.0 - alike**2, 0.0)) * noise
    sides = [np.asarray(_unit(side), dtype=np.float32) for side in (own, other)]
    name = f"{persons:,} simulated {like.name.split(',')[0]}"
    yield Mates(name=f"{name}, another sample", first=sides[0], second=sides[1], simulated=True)
    yield Mates(name=f"{name}, the same sample", first=sides[0], second=sides[0], simulated=True)


def _mates(kind: str, vectors: Vectors, owners: Ids, source: str, *, simulated: bool) -> Iterator[Mates]:
    first, second = _firsts(owners)
    if len(first) < LEAST_PERSONS:
        raise SampleError(f"only {len(first)} have two samples, {LEAST_PERSONS} are needed", source=source)
    yield Mates(name=f"{kind}, another sample", first=vectors[first], second=vectors[second], simulated=simulated)
    alone = np.unique(owners, return_index=True)[1]
    yield Mates(name=f"{kind}, the same sample", first=vectors[alone], second=vectors[alone], simulated=simulated)


def _firsts(owners: Ids) -> tuple[list[int], list[int]]:
    """Return the first and the second row of each owner who has two."""
    seen: dict[int, list[int]] = {}
    for row, owner in enumerate(owners.tolist()):
        seen.setdefault(owner, []).append(row)
    pairs: Sequence[list[int]] = [rows for rows in seen.values() if len(rows) > 1]
    return [rows[0] for rows in pairs], [rows[1] for rows in pairs]


def _unit(rows: Rows) -> Rows:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))
