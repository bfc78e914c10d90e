"""Grades of samples: how near to its person each lies, alike in what a person and an occasion have alike."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from benchmarks.vector_population.directions import Drawn, unit_rows
from benchmarks.vector_population.parameters import Mates

Grades: TypeAlias = Float32[NDArray[np.float32], " _rows"]
Latent: TypeAlias = Float64[NDArray[np.float64], " _rows"]
"""Normal numbers of mean 0 and deviation 1."""


def lasting_latents(random: np.random.Generator, mates: Mates, shared: Latent) -> Latent:
    """Return what is lasting of one block's samples.

    Parameters
    ----------
    shared
        What all blocks of each person have alike.
    """
    own = random.standard_normal(len(shared))
    return np.asarray(np.sqrt(mates.together) * shared + np.sqrt(1.0 - mates.together) * own)


def grades(random: np.random.Generator, mates: Mates, lasting: Latent, occasion: Latent) -> Grades:
    """Return the grade of one sample of each person, float32 [rows] from 0 to 1.

    Parameters
    ----------
    lasting, occasion
        Of each person's block, and of each person's occasion.
    """
    own = random.standard_normal(len(lasting))
    rest = max(1.0 - mates.lasting - mates.occasion, 0.0)
    mixed = np.sqrt(mates.lasting) * lasting + np.sqrt(mates.occasion) * occasion + np.sqrt(rest) * own
    number = mates.mean + mates.spread * mixed - mates.poor_drop * (random.random(len(lasting)) < mates.poor)
    return np.asarray(1.0 / (1.0 + np.exp(-number)), dtype=np.float32)


def turned_away(vectors: Drawn, others: Drawn, cosines: Grades) -> Drawn:
    """Return unit vectors at about these cosines from others: so far turned towards strangers' vectors.

    Parameters
    ----------
    vectors
        float32 [rows, dimension], unit length.
    others
        Strangers' vectors, likewise; overwritten.
    cosines
        From 0 to 1. What each pair of strangers have in common spreads the result about them, as it does with people.
    """
    others *= np.sqrt(1.0 - cosines**2)[:, None]
    others += vectors * cosines[:, None]
    return unit_rows(others)
