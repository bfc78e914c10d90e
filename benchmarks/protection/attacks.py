"""Attackers who know more than two templates: whole galleries, or some persons of both installations.

Each returns the rows of the first gallery turned to where it takes those of the second to be.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from benchmarks.protection.linking import OtherRows, Rows, Table

Matrix: TypeAlias = Float64[NDArray[np.float64], "dimension dimension"]

Profiles: TypeAlias = Float64[NDArray[np.float64], "rows numbers"]

NEAREST, QUANTILES = 10, 30
"""Of a profile."""

ROUNDS = 30
"""Of matching and turning; most have settled after ten."""


def by_moments(first: Rows, second: OtherRows) -> Rows:
    """Align two galleries by what their rows have in common as clouds of points, without knowing anybody.

    Axes are those of the second moments, in the order of their lengths; which way each points is told by third moments.
    """
    axes, turned = [], []
    for rows in (first, second):
        _, vectors = np.linalg.eigh(rows.T @ rows)
        own = rows @ vectors
        signs = np.where((own**3).sum(axis=0) < 0.0, -1.0, 1.0)
        axes.append(vectors * signs)
        turned.append(own * signs)
    return np.asarray(turned[0] @ axes[1].T)


def by_moments_refined(first: Rows, second: OtherRows) -> Rows:
    """Align by moments, then take pairs who are each other's nearest for known ones, again and again."""
    return _refined(first, second, np.asarray(by_moments(first, second) @ second.T))


def by_profiles(first: Rows, second: OtherRows) -> Table:
    """Link persons by how alike they are to the others of their own gallery: what no rotation changes.

    A profile is how alike the most alike is, the second, and so on, and quantiles of all.
    """
    one, other = _profiles(first), _profiles(second)
    spread = np.concatenate([one, other]).std(axis=0)
    one, other = one / spread, other / spread
    return np.asarray(2.0 * one @ other.T - (one**2).sum(axis=1)[:, np.newaxis] - (other**2).sum(axis=1))


def by_profiles_refined(first: Rows, second: OtherRows) -> Rows:
    """Take those whose profiles are each other's nearest for known pairs, turn, and refine."""
    return _refined(first, second, by_profiles(first, second))


def _profiles(rows: Rows) -> Profiles:
    alike = rows @ rows.T
    np.fill_diagonal(alike, -np.inf)
    ordered = -np.sort(-alike, axis=1)[:, : len(rows) - 1]
    chosen = np.linspace(0, len(rows) - 2, QUANTILES).astype(np.int64)
    return np.asarray(np.concatenate([ordered[:, :NEAREST], ordered[:, chosen]], axis=1))


def _refined(first: Rows, second: OtherRows, scores: Table) -> Rows:
    turned = first
    for _ in range(ROUNDS):
        there, back = scores.argmax(axis=1), scores.argmax(axis=0)
        mutual = np.flatnonzero(back[there] == np.arange(len(there)))
        if len(mutual) < 2:
            break
        turned = np.asarray(first @ rotation_between(first[mutual], second[there[mutual]]))
        scores = np.asarray(turned @ second.T)
    return turned


def by_known_pairs(first: Rows, second: OtherRows, known: int) -> Rows:
    """Align by the first rows of both galleries, which are known to be of the same persons, in order.

    Fewer than the dimension leave the rest open: rows are then compared only where the known ones reach.
    """
    turn = first[:known].T @ second[:known]
    left, lengths, right = np.linalg.svd(turn)
    reached = int((lengths > lengths.max() * 1e-9).sum())
    return np.asarray(first @ left[:, :reached] @ right[:reached])


def rotation_between(first: Rows, second: OtherRows) -> Matrix:
    """Return the orthogonal matrix that brings rows nearest to others (P. Schoenemann, Psychometrika 31, 1966)."""
    left, _, right = np.linalg.svd(first.T @ second)
    return np.asarray(left @ right)
