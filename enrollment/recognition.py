"""Questions without an enrollment: who is this, is this the one, are these two the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy, Reason
from biometrics.positions import Modality
from biometrics.protocols import ChangeKind, ReferenceChange
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import BiometricReference, Probe, Template
from enrollment.attacks import require_judged, suspected
from enrollment.preparation import PreparedSubmission
from enrollment.searching import SearchDesks
from matching.calibration import Calibration
from matching.gallery import Gallery
from matching.policy import thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Answer to "who is this": candidates within the policy's review rate, or the reasons why nobody could look.

    `largest_fmr` is the person-level false match rate up to which candidates are listed, at this gallery size.
    """

    found: CandidateList | None
    largest_fmr: float
    reasons: tuple[Reason, ...] = ()

    @property
    def positive(self) -> bool:
        """True when there is a candidate."""
        return self.found is not None and bool(self.found.candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Answer to "is this the one"; `candidate` is None when the two share nothing that can be compared."""

    candidate: Candidate | None
    largest_fmr: float
    reasons: tuple[Reason, ...] = ()

    @property
    def positive(self) -> bool:
        """True when the comparison is within the policy's verification rate."""
        return self.candidate is not None and self.candidate.fmr.value <= self.largest_fmr


def identify(prepared: PreparedSubmission, searches: SearchDesks, policy: DecisionPolicy, limit: int) -> Identification:
    """Search a person in the gallery, without recording anything.

    Raises
    ------
    PadUnavailableError
        When the policy requires that attacks are looked for, and nothing could.
    """
    _, largest_fmr = thresholds(policy, searches.gallery_size)
    reasons = reasons_against(prepared, policy)
    if reasons:
        return Identification(found=None, largest_fmr=largest_fmr, reasons=reasons)
    probe = Probe(templates=prepared.templates)
    return Identification(found=searches.search(probe, largest_fmr=largest_fmr, limit=limit), largest_fmr=largest_fmr)


def verify(
    prepared: PreparedSubmission,
    claimed: Sequence[Template],
    calibrations: Mapping[Modality, Calibration],
    policy: DecisionPolicy,
) -> Verification:
    """Compare a person with the templates of the one they claim to be; nobody else is looked at.

    Raises
    ------
    PadUnavailableError
        When the policy requires that attacks are looked for, and nothing could.
    """
    reasons = reasons_against(prepared, policy)
    if reasons:
        return Verification(candidate=None, largest_fmr=policy.verification_fmr, reasons=reasons)
    return verify_templates(prepared.templates, claimed, calibrations, policy)


def verify_templates(
    templates: Sequence[Template],
    claimed: Sequence[Template],
    calibrations: Mapping[Modality, Calibration],
    policy: DecisionPolicy,
) -> Verification:
    """Compare templates of one person, at least one, with those of another."""
    gallery = Gallery(calibrations=calibrations)
    gallery.apply(_one_subject(claimed))
    candidate = gallery.verify(Probe(templates=tuple(templates)), _CLAIMED)
    return Verification(candidate=candidate, largest_fmr=policy.verification_fmr)


def compare(
    first: PreparedSubmission,
    second: PreparedSubmission,
    calibrations: Mapping[Modality, Calibration],
    policy: DecisionPolicy,
) -> Verification:
    """Compare two persons who need not be enrolled.

    Raises
    ------
    PadUnavailableError
        As `verify`.
    """
    reasons = reasons_against(second, policy)
    if reasons:
        return Verification(candidate=None, largest_fmr=policy.verification_fmr, reasons=reasons)
    return verify(first, second.templates, calibrations, policy)


def reasons_against(prepared: PreparedSubmission, policy: DecisionPolicy) -> tuple[Reason, ...]:
    """Return why a person cannot be compared: no usable sample, or one that may show a photograph or a mask."""
    if not prepared.templates:
        return prepared.reasons
    require_judged(prepared, policy)
    return (Reason.ATTACK_SUSPECTED,) if suspected(prepared) else ()


_CLAIMED = "claimed"


def _one_subject(templates: Sequence[Template]) -> ReferenceChange:
    references = tuple(
        BiometricReference(reference_id=str(number), subject_id=_CLAIMED, template=template)
        for number, template in enumerate(templates)
    )
    return ReferenceChange(sequence=1, kind=ChangeKind.ADDED, subject_id=_CLAIMED, references=references)
