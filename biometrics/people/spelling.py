"""How far apart two spellings are."""

from __future__ import annotations


def edit_distance(one: str, other: str) -> int:
    """Return how many letters must be put in, left out or exchanged to make one of the other (V. Levenshtein, 1965)."""
    distances = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        diagonal, distances[0] = distances[0], row
        for column, against in enumerate(other, start=1):
            exchanged = diagonal + (letter != against)
            diagonal = distances[column]
            distances[column] = min(exchanged, diagonal + 1, distances[column - 1] + 1)
    return distances[-1]
