"""Is this the one: a comparison with who somebody claims to be, answered after the trail tells what was compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy
from biometrics.positions import Modality
from biometrics.records import Actor, Subject
from biometrics.templates import Template
from enrollment.preparation import PreparedSubmission
from enrollment.recognition import Verification, reasons_against, verify
from enrollment.told import told_of_verification
from matching.calibration import Calibration
from registry.access import PERSON_VERIFIED
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claimed:
    """Who somebody claims to be, what is recorded of them, and what scores mean."""

    subject: Subject
    templates: Sequence[Template]
    calibrations: Mapping[Modality, Calibration]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClaimDesk:
    """Compares people with who they claim to be, for one actor."""

    registry: Registry
    policy: DecisionPolicy
    actor: Actor

    def verify(self, prepared: PreparedSubmission, find: Callable[[Reader], Claimed]) -> tuple[Verification, Subject]:
        """Compare a person with the one that `find` finds.

        Raises
        ------
        PadUnavailableError
            When the policy requires that attacks are looked for, and nothing could.
        RestrictedError
            When the data of the person found are kept and not used; then nothing was compared.
        BiometricsError
            As `find`.
        """
        reasons_against(prepared, self.policy)  # Before anybody is looked up: what it raises tells of nobody.

        def compared(record: Reader) -> tuple[Claimed, Verification | None]:
            claimed = find(record)
            if record.rights.withheld([claimed.subject.subject_id], self.actor):
                return claimed, None  # refused by the door, which asks the same of the same snapshot
            return claimed, verify(prepared, claimed.templates, claimed.calibrations, self.policy)

        claimed, answer = self.registry.consult(
            self.actor,
            PERSON_VERIFIED,
            lambda found: [found[0].subject.subject_id],
            compared,
            told=lambda found: self._told(prepared, *found),
        )
        assert answer is not None
        return answer, claimed.subject

    def _told(
        self, prepared: PreparedSubmission, claimed: Claimed, answer: Verification | None
    ) -> Mapping[str, object]:
        assert answer is not None
        return told_of_verification(answer, prepared.templates, claimed.calibrations, self.policy.version)
