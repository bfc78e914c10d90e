"""Pairs become cases: questions that only a person answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from biometrics.cases import CasePriority, SearchEvidence
from biometrics.errors import RecordNotFoundError
from biometrics.records import Actor
from enrollment.deduplication.pairs import ReportedPair
from enrollment.questions import case_candidate
from matching.deduplicate import DuplicatePair, PairRates
from matching.policy import Finding
from registry.store import Registry
from registry.writing import Writer

MOST_IN_A_SECTION = 100
"""Cases that are committed together: enrollments wait for their writer section meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpener:
    """Opens a case per pair, or finds the one that asks the same, for a run.

    Parameters
    ----------
    registry, actor
        Where, and who had the run made.
    rates, policy_version, populations
        What pairs were judged by, and by modality whom scores were calibrated on: kept with each case.
    """

    registry: Registry
    actor: Actor
    rates: PairRates
    policy_version: str
    populations: Mapping[str, str]

    def open(self, pairs: Sequence[DuplicatePair]) -> tuple[ReportedPair, ...]:
        """Open the cases of pairs durably, and return the pairs that have one: all but those of whom one is gone.

        A pair that people decided keeps the case that says so. Repeating it opens nothing twice.

        Raises
        ------
        RecordBusyError, StorageError
            When the registry cannot record; then some cases are open and others not.
        """
        reported: list[ReportedPair] = []
        for begin in range(0, len(pairs), MOST_IN_A_SECTION):
            with self.registry.writing(self.actor) as writer:
                reported += self._open_some(writer, pairs[begin : begin + MOST_IN_A_SECTION])
        return tuple(reported)

    def _open_some(self, writer: Writer, pairs: Sequence[DuplicatePair]) -> Iterator[ReportedPair]:
        evidence = SearchEvidence(
            policy_version=self.policy_version,
            duplicate_fmr=self.rates.duplicate_fmr,
            review_fmr=self.rates.review_fmr,
            gallery_size=max(self.rates.members - 1, 0),
            calibrations=self.populations,
        )
        for pair in pairs:
            try:
                case_id = _open_case(writer, pair, evidence)
            except RecordNotFoundError:
                continue
            yield ReportedPair(pair=pair, case_id=case_id)


def _open_case(writer: Writer, pair: DuplicatePair, evidence: SearchEvidence) -> str:
    duplicate = pair.finding is Finding.DUPLICATE
    return writer.open_case(
        subject_id=pair.b,
        candidates=(case_candidate(pair.a, pair.fmr, pair.scores),),
        priority=CasePriority.HIGH if duplicate else CasePriority.NORMAL,
        reason="deduplication run",
        evidence=evidence,
    )
