"""From labelled portraits to the groups whose centres are taken, and from groups to centres."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray

from benchmarks.face_population.vectors import SeenPortraits
from enrollment.population.portraits import Portrait
from models.face.centres import Centres

LEAST_FACES = 25
"""Of a centre: enough that nobody can be seen in it, and that its error is a fifth of the vectors' spread."""

CHILDREN = ("0-2", "3-9")
"""Age labels of FairFace whose faces share more with each other than with the adults of their group."""


LeftOut: TypeAlias = tuple[Bool[NDArray[np.bool_], " portraits"], Bool[NDArray[np.bool_], " others"]]
"""Which of the labelled portraits, and which of the others, take no part."""


def groups_of(labelled: SeenPortraits) -> tuple[str, ...]:
    """Return the group of each portrait: its label and sex, children apart; groups of too few faces put together."""
    names = [_group(portrait) for portrait in labelled.portraits]
    counts = Counter(names)
    return tuple(name if counts[name] >= LEAST_FACES else f"others, {name.split(', ', 1)[1]}" for name in names)


def learn(labelled: SeenPortraits, others: SeenPortraits, *, without: LeftOut | None = None) -> Centres:
    """Return one centre per group of labelled portraits, and one of all the others.

    Parameters
    ----------
    without
        Those that take no part.
    """
    names = np.array(groups_of(labelled))
    used, other_used = (np.ones(len(names), np.bool_), np.ones(len(others.portraits), np.bool_))
    if without is not None:
        used, other_used = ~without[0], ~without[1]
    groups = sorted(set(names))
    means = [labelled.vectors[used & (names == group)].mean(axis=0, dtype=np.float64) for group in groups]
    means.append(others.vectors[other_used].mean(axis=0, dtype=np.float64))
    return Centres(names=(*groups, others.name), means=np.stack(means).astype(np.float32))


def _group(portrait: Portrait) -> str:
    labels = portrait.labels or {}
    age = "children" if labels["age"] in CHILDREN else "adults"
    return f"{labels['group']}, {labels['sex']}, {age}"
