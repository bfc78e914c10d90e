"""What the audit trail keeps of a computed answer, for whoever asks for its reasoning: no scores, nobody's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from biometrics.positions import Modality
from biometrics.records import Actor
from biometrics.scores import CandidateList
from biometrics.templates import Template
from enrollment.recognition import Verification
from matching.calibration import Calibration
from registry.access import PERSONS_IDENTIFIED
from registry.rights.actions import RESTRICTION_MET
from registry.store import Registry

YES, NO, NOT_COMPARABLE, UNUSABLE = "yes", "no", "not_comparable", "unusable"
"""What a verification can come to; the last two are neither a yes nor a no."""

LISTED, NOBODY = "listed", "nobody"
"""What an identification can come to."""


def told_of_verification(
    answer: Verification,
    presented: Sequence[Template],
    calibrations: Mapping[Modality, Calibration],
    policy_version: str,
) -> dict[str, object]:
    """Return what was compared, by which rule and programs, and whether the answer was yes."""
    if answer.reasons:
        said = UNUSABLE
    elif answer.candidate is None:
        said = NOT_COMPARABLE
    else:
        said = YES if answer.positive else NO
    compared = () if answer.candidate is None else tuple(answer.candidate.scores)
    used = [one for one in presented if one.position in compared]
    return {
        "answer": said,
        "compared": sorted(position.value for position in compared),
        "reasons": sorted(reason.value for reason in answer.reasons),
        "policy": policy_version,
        "largest_fmr": answer.largest_fmr,
        **_programs(used, calibrations),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRule:
    """By which rule people are listed: a policy's version, the largest false match rate, whom scores were set on."""

    policy_version: str
    largest_fmr: float
    calibrations: Mapping[Modality, Calibration]


def told_of_identification(
    found: Sequence[CandidateList], listed: int, presented: Sequence[Template], rule: SearchRule
) -> dict[str, object]:
    """Return what was searched among how many, by which rule and programs, and whether anybody was listed."""
    return {
        "answer": LISTED if listed else NOBODY,
        "compared": sorted({one.position.value for one in presented}),
        "policy": rule.policy_version,
        "largest_fmr": rule.largest_fmr,
        "gallery_size": sum(one.gallery_size for one in found),
        "compared_persons": sum(one.compared for one in found),
        "complete": all(one.complete for one in found),
        **_programs(presented, rule.calibrations),
    }


def tell_of_withheld(registry: Registry, actor: Actor, withheld: Iterable[str]) -> None:
    """Let the trail tell that somebody would have been listed, and was not, as their data are kept and not used."""
    named = sorted(withheld)
    if named:
        with registry.writing(actor) as writer:
            writer.record_reading(RESTRICTION_MET, named, {"asked": PERSONS_IDENTIFIED})


def _programs(used: Sequence[Template], calibrations: Mapping[Modality, Calibration]) -> dict[str, object]:
    modalities = {one.modality for one in used}
    return {
        "models": {one.modality.value: one.format.model_id for one in used},
        "calibrations": {kind.value: one.population for kind, one in calibrations.items() if kind in modalities},
    }
