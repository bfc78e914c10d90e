"""What a demo has left in its registry, drawn for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api import wiring
from api.demo.faces import portrait_views
from api.demo.findings import Findings
from api.demo.prints import enrolled_prints, print_kinds, print_views
from api.demo.scores import ComparedPair, compare_everybody, person_histogram, print_histogram
from api.demo.truth import TAKEN, Pair, Truth
from api.installation import Installation
from api.pages.dedup_page import PairView, PersonView, SampleView
from api.pages.demo_views import DemoEvidence, ReportedView
from api.pages.pair_views import pair_views
from biometrics.positions import Modality
from biometrics.protocols import Progress
from enrollment.preparation import Extractors
from matching.gallery import Gallery
from registry.store import Registry


def draw_evidence(  # noqa: PLR0913, PLR0917 - where it lies, who reads it, and what is known
    gallery: Gallery,
    registry: Registry,
    installation: Installation,
    extractors: Extractors,
    truth: Truth,
    findings: Findings,
    progress: Progress,
) -> DemoEvidence:
    """Draw the prints, the reported pairs, all scores, and the face path."""
    label_of = {subject.subject_id: subject.label for subject in registry.subjects()}
    policy, calibrations = installation.settings.policy, wiring.load_calibrations(installation)
    prints = enrolled_prints(registry, truth)
    compared = compare_everybody(gallery, label_of)
    return DemoEvidence(
        prints=print_views(prints, registry),
        reported=_reported(findings, registry, truth, progress),
        missed=tuple(_missed(pair, compared, truth) for pair in findings.missed),
        twins=" ".join(_twins(pair, compared, findings, label_of) for pair in truth.twins),
        print_scores=print_histogram(compared, truth, calibrations[Modality.FINGER], policy.verification_fmr),
        person_scores=person_histogram(compared, truth, policy, gallery.size),
        policy=f"The policy lets {policy.review_fpir:.1%} of searches report a stranger as doubtful and "
        f"{policy.duplicate_fpir:.1%} as probable.",
        print_kinds=print_kinds(prints),
        portraits=portrait_views(extractors, calibrations[Modality.FACE]),
    )


def _reported(findings: Findings, registry: Registry, truth: Truth, progress: Progress) -> tuple[ReportedView, ...]:
    views = pair_views([one for one, _ in findings.reported], registry, progress)
    return tuple(
        ReportedView(pair=_named(view, truth), planted=planted)
        for view, (_, planted) in zip(views, findings.reported, strict=True)
    )


def _named(view: PairView, truth: Truth) -> PairView:
    return replace(view, first=_with_name(view.first, truth), second=_with_name(view.second, truth))


def _with_name(person: PersonView, truth: Truth) -> PersonView:
    missing = truth.persons[person.label].missing
    absent = tuple(
        SampleView(caption=f"{finger.value.replace('_', ' ')}: not captured, {missing[finger].value}", image=None)
        for finger in TAKEN
        if finger in missing
    )
    return replace(person, label=f"{truth.name(person.label)}, {person.label}", samples=(*person.samples, *absent))


def _evidence(pair: Pair, compared: tuple[ComparedPair, ...]) -> str:
    found = [one.evidence for one in compared if one.pair == pair]
    return f"evidence {max(0.0, found[0]):.1f}" if found else "no finger in common"


def _missed(pair: Pair, compared: tuple[ComparedPair, ...], truth: Truth) -> str:
    first, second = sorted(pair)
    return f"{truth.name(first)}, {first}, and {truth.name(second)}, {second}: {_evidence(pair, compared)}"


def _twins(pair: Pair, compared: tuple[ComparedPair, ...], findings: Findings, label_of: Mapping[str, str]) -> str:
    first, second = sorted(pair)
    pairs = [frozenset((label_of[one.pair.a], label_of[one.pair.b])) for one, _ in findings.reported]
    outcome = "were wrongly reported" if pair in pairs else "were rightly not reported"
    return (
        f"{first} and {second} are identical twins: their fingers often have the same patterns, but other minutiae, "
        f"and they {outcome} ({_evidence(pair, compared)})."
    )
