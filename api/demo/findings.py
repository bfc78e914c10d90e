"""What a deduplication run reported, held against what was planted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.demo.truth import Pair, Truth
from enrollment.deduplication.pairs import ReportedPair
from matching.policy import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """How a run did.

    Parameters
    ----------
    reported
        The pairs, the most alike first, each with whether it was planted.
    missed
        Planted pairs that were not reported.
    """

    reported: tuple[tuple[ReportedPair, bool], ...]
    missed: tuple[Pair, ...]

    def count(self, finding: Finding, *, planted: bool) -> int:
        """Return how many pairs were reported as probable duplicates, or as doubtful, and were planted, or not."""
        return sum(was_planted is planted and one.pair.finding is finding for one, was_planted in self.reported)

    @property
    def found(self) -> int:
        """Planted pairs that were reported."""
        return sum(planted for _, planted in self.reported)

    @property
    def planted(self) -> int:
        """All planted pairs, found or not."""
        return self.found + len(self.missed)

    @property
    def false(self) -> int:
        """Reported pairs that were not planted."""
        return len(self.reported) - self.found

    @property
    def sentence(self) -> str:
        """The result in one line."""
        return f"found {self.found} of {self.planted} planted duplicates, {self.false} false"

    @property
    def detail(self) -> str:
        """How sure the reports were."""
        named = {"probable": Finding.DUPLICATE, "doubtful": Finding.REVIEW}
        parts = (
            f"{self.count(finding, planted=True) + self.count(finding, planted=False)} reported as {name}, "
            f"{self.count(finding, planted=False)} of them false"
            for name, finding in named.items()
        )
        return "; ".join(parts)


def judge(reported: Sequence[ReportedPair], label_of: Mapping[str, str], truth: Truth) -> Findings:
    """Hold the reported pairs against the planted ones; twins are different people, so a pair of twins is false."""
    ordered = sorted(reported, key=lambda one: -one.pair.score)
    pairs = [frozenset((label_of[one.pair.a], label_of[one.pair.b])) for one in ordered]
    planted = set(truth.duplicates)
    return Findings(
        reported=tuple((one, pair in planted) for one, pair in zip(ordered, pairs, strict=True)),
        missed=tuple(pair for pair in truth.duplicates if pair not in pairs),
    )
