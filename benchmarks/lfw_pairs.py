"""Pairs files of LFW: which portraits to compare, and in which folds (Huang et al., Labeled Faces in the Wild)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import SampleError


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePair:
    """Two images, by their names in the data set without ending, whether they show one person, and the fold."""

    first: str
    second: str
    same: bool
    fold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairList:
    """Pairs in the order of their file, and how many folds they form.

    Parameters
    ----------
    folds
        As the file says: ten in View 2 of LFW, one in View 1, and where the file says nothing.
    """

    pairs: tuple[FacePair, ...]
    folds: int = 1


def read_pairs(file: Path) -> PairList:
    """Read `name n m` for one person and `name n other m` for two, a line each, parted by tabs or spaces.

    The first line may hold counts: `500`, or folds and pairs of either kind in each, `10 300`; then the folds follow
    each other, in each first the pairs of one person.

    Raises
    ------
    SampleError
        When the file cannot be read, a line is none of these, or the pairs are not those of the folds announced.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        reason = f"the pairs cannot be read: {error.strerror}"
        raise SampleError(reason, source=str(file), remedy="check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise SampleError("the pairs cannot be read", source=str(file), remedy="give a pairs file of LFW") from error
    numbered = [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]
    counts: list[int] = []
    if numbered and all(word.isdecimal() for word in numbered[0][1]):
        counts = [int(word) for word in numbered.pop(0)[1]]
    pairs = [_pair(words, f"{file.name}:{number}") for number, words in numbered]
    if not pairs:
        raise SampleError("no pairs in this file", source=str(file), remedy="give a pairs file of LFW")
    if len(counts) < 2 or counts[0] < 2:
        return PairList(pairs=tuple(pairs))
    return _folded(pairs, counts, file.name)


def _folded(pairs: Sequence[FacePair], counts: Sequence[int], source: str) -> PairList:
    folds, each = counts[0], counts[1]
    kinds = [same for _ in range(folds) for same in (True, False) for _ in range(each)]
    if [pair.same for pair in pairs] != kinds:
        raise SampleError(
            f"these are not {folds} folds of {each} pairs of one person and {each} of two",
            source=source,
            remedy="correct the first line, or leave it out to let the pairs be one fold",
        )
    placed = (
        FacePair(first=pair.first, second=pair.second, same=pair.same, fold=place // (2 * each))
        for place, pair in enumerate(pairs)
    )
    return PairList(pairs=tuple(placed), folds=folds)


def _pair(words: list[str], source: str) -> FacePair:
    if len(words) == 3 and words[1].isdecimal() and words[2].isdecimal():
        name, first, second = words
        return FacePair(first=_image(name, first), second=_image(name, second), same=True)
    if len(words) == 4 and words[1].isdecimal() and words[3].isdecimal():
        name, first, other, second = words
        return FacePair(first=_image(name, first), second=_image(other, second), same=False)
    raise SampleError("not a pair of LFW", source=source, remedy="write 'name n m' or 'name n other m'")


def _image(person: str, number: str) -> str:
    return f"{person}/{person}_{int(number):04d}"
