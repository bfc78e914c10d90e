"""Why there is a case about somebody, in words that they understand: the reasoning behind an automated result."""

from __future__ import annotations

from collections.abc import Iterator

from biometrics.cases import AdjudicationCase, CaseCandidate, CaseStatus, SearchEvidence
from biometrics.positions import Modality
from enrollment.adjudication.messages import (
    LARGEST_NUMBER,
    pairs_of_strangers,
    sentence,
    written_date,
    written_number,
)

_ALIKE = (("alike.extremely", 1e-5), ("alike.very", 1e-3), ("alike.somewhat", 1e-1))
"""Words for a likeness, down to the false match rate given: to one in ten, strangers are as alike."""


def explain(case: AdjudicationCase, language: str) -> tuple[str, ...]:
    """Return the explanation of a case for the person it is about, a paragraph each.

    It tells which fingers are how much alike, by which rule and programs, how many people were searched, who decides,
    what was decided and how to contest it; nothing about the other person.

    Parameters
    ----------
    language
        One of `messages.LANGUAGES`.
    """
    return (
        _searched(case, language),
        *_found(case, language),
        *_rule(case.evidence, language),
        sentence("meaning", language),
        *_standing(case, language),
    )


def _searched(case: AdjudicationCase, language: str) -> str:
    date, evidence = written_date(case.opened_at, language), case.evidence
    modalities = {Modality(word) for word in evidence.models}
    if evidence.gallery_size is None or not modalities:
        return sentence("searched.unknown", language, date=date)
    what = "both" if len(modalities) > 1 else modalities.pop().value
    count = written_number(evidence.gallery_size, language)
    persons = sentence("persons.one" if evidence.gallery_size == 1 else "persons.many", language, count=count)
    return sentence("searched", language, date=date, what=sentence(f"what.{what}", language), persons=persons)


def _found(case: AdjudicationCase, language: str) -> Iterator[str]:
    if not case.candidates:
        yield sentence("hit.none", language)
    else:
        hit = "hit.one" if len(case.candidates) == 1 else "hit.several"
        yield sentence(hit, language, count=written_number(len(case.candidates), language))
        yield from _likeness(max(case.candidates, key=lambda one: one.score), language)
    for doubt in case.evidence.doubts:
        yield sentence(f"doubt.{doubt.value}", language)


def _likeness(candidate: CaseCandidate, language: str) -> Iterator[str]:
    """Yield a line per part that is alike, the most alike first, and one for the others."""
    unlike: list[str] = []
    for position in sorted(candidate.scores, key=lambda one: (candidate.fmrs.get(one, 1.0), one)):
        part, fmr = sentence(f"position.{position}", language), candidate.fmrs.get(position)
        word = None if fmr is None else next((word for word, most in _ALIKE if fmr <= most), None)
        if fmr is None:
            yield sentence("part.unrated", language, part=part)
        elif word is None:
            unlike.append(part)
        else:
            number = written_number(pairs_of_strangers(fmr), language)
            yield sentence("part", language, part=part, alike=sentence(word, language), number=number)
    if unlike:
        yield sentence("unlike", language, parts=", ".join(unlike))
    fmr = 10.0**-candidate.score
    strangers = pairs_of_strangers(max(fmr, 1.0 / LARGEST_NUMBER))
    together = "together.beyond" if fmr * LARGEST_NUMBER < 1.0 else "together"
    yield sentence(together, language, number=written_number(strangers, language))
    if candidate.extrapolated:
        yield sentence("estimated", language)


def _rule(evidence: SearchEvidence, language: str) -> Iterator[str]:
    """Yield the thresholds that were applied, and by which programs."""
    if evidence.review_fmr and evidence.duplicate_fmr:
        review, duplicate = (
            written_number(pairs_of_strangers(fmr), language) for fmr in (evidence.review_fmr, evidence.duplicate_fmr)
        )
        yield sentence("thresholds", language, policy=evidence.policy_version, review=review, duplicate=duplicate)
    if evidence.models:
        yield sentence("programs", language, models=", ".join(sorted(evidence.models.values())))
    if evidence.calibrations:
        yield sentence("measured_on", language, groups=", ".join(sorted(set(evidence.calibrations.values()))))


def _standing(case: AdjudicationCase, language: str) -> Iterator[str]:
    """Yield where the case stands, and what the person can do."""
    if case.reopenings:
        last = case.reopenings[-1]
        word = "reopened.contested" if last.contested else "reopened.asked"
        yield sentence(word, language, date=written_date(last.reopened_at, language))
    if case.status is not CaseStatus.CLOSED or case.outcome is None or case.closed_at is None:
        yield sentence("waiting", language)
        yield sentence("reference", language, case=case.case_id)
        return
    outcome = sentence(f"outcome.{case.outcome.value}", language)
    yield sentence("closed", language, date=written_date(case.closed_at, language), outcome=outcome)
    yield sentence("contest", language, case=case.case_id)
