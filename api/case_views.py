"""Cases as JSON output and text show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from biometrics.case_views import CaseView, RevealedView, ShownSample
from biometrics.cases import AdjudicationCase
from biometrics.error_rates import ErrorRate
from biometrics.records import Subject
from biometrics.samples import now_utc
from enrollment.operations.adjudication import HeldCase, ListedCase
from registry.case_seeding import ExaminerErrors


def held_document(held: HeldCase) -> dict[str, Any]:
    """Return who holds a case until when."""
    until = None if held.until is None else held.until.isoformat()
    return {"case_id": held.case_id, "examiner": held.examiner, "until": until}


def held_line(held: HeldCase) -> str:
    """Return the same as a line."""
    until = "" if held.until is None else f"{held.until:%Y-%m-%d %H:%M} UTC"
    return f"{held.case_id}  {held.examiner} until {until}"


def listed_document(listed: ListedCase) -> dict[str, Any]:
    """Return a case of a list, without verdicts and scores."""
    case = listed.case
    subject, *candidates = listed.people
    return {
        "case_id": case.case_id,
        "priority": case.priority.value,
        "status": case.status.value,
        "outcome": None if case.outcome is None else case.outcome.value,
        "contested": case.contested,
        "assigned_to": case.holder(now_utc()),
        "reason": case.reason,
        "opened_at": case.opened_at.isoformat(),
        **_person(subject),
        "candidates": [_person(one) for one in candidates],
    }


def listed_line(document: Mapping[str, Any]) -> str:
    """Return what `listed_document` made as a line."""
    others = ", ".join(map(_named, document["candidates"])) or "nobody in particular"
    stands = document["outcome"] or document["status"]
    held = f", held by {document['assigned_to']}" if document["assigned_to"] else ""
    about = f"{_named(document)} against {others}"
    return f"{document['case_id']}  {document['priority']:6}  {stands}{held}  {about}  ({document['reason']})"


def picture_names(view: CaseView) -> dict[str, ShownSample]:
    """Return a file name per picture, which says whose it is and which finger."""
    named: dict[str, ShownSample] = {}
    for side, samples in (
        ("subject", view.samples),
        *((f"candidate{one.number}", one.samples) for one in view.candidates),
    ):
        seen: Counter[str] = Counter()
        for sample in samples:
            position = sample.position.value
            seen[position] += 1
            number = f".{seen[position]}" if seen[position] > 1 else ""
            named[f"{side}-{position}{number}.png"] = sample
    return named


def view_document(view: CaseView) -> dict[str, Any]:
    """Return what somebody may see of a case."""
    if isinstance(view, RevealedView):
        return _revealed(view)
    return {
        "case_id": view.case_id,
        "samples": _samples(view.samples),
        "candidates": [{"number": one.number, "samples": _samples(one.samples)} for one in view.candidates],
        "doubts": [doubt.value for doubt in view.doubts],
        "outcomes": [outcome.value for outcome in view.outcomes],
    }


def view_lines(document: Mapping[str, Any], *, revealed: bool) -> list[str]:
    """Return what `view_document` made as lines."""
    lines = [f"case {document['case_id']}", f"subject: {_positions(document['samples'])}"]
    for one in document["candidates"]:
        score = f"  score {one['score']:.1f}" if revealed else ""
        lines.append(f"candidate {one['number']}: {_positions(one['samples'])}{score}")
    lines += [f"look at: {doubt.replace('_', ' ')}" for doubt in document["doubts"]]
    if not revealed:
        return [*lines, f"possible outcomes: {', '.join(document['outcomes'])}"]
    lines.append(f"status: {document['status']}" + (f", {document['outcome']}" if document["outcome"] else ""))
    for one in document["verdicts"]:
        lines.append(f"verdict {one['ordinal']} (round {one['round']}): {one['outcome']} by {one['examiner']}")
        lines.append(f"  {one['reason']}")
    for one in document["reopenings"]:
        why = "contested" if one["contested"] else "reopened"
        lines.append(f"round {one['round']}: {why} by {one['actor']}: {one['reason']}")
    return lines


def errors_document(errors: ExaminerErrors) -> dict[str, Any]:
    """Return an examiner's errors."""
    return {
        "examiner": errors.examiner,
        "false_matches": _rate(errors.false_matches),
        "false_non_matches": _rate(errors.false_non_matches),
        "undecided": errors.undecided,
    }


def errors_line(errors: ExaminerErrors) -> str:
    """Return the same as a line."""
    different, same = (
        "none judged" if rate is None else str(rate) for rate in (errors.false_matches, errors.false_non_matches)
    )
    told = f"took two persons for one: {different}; one for two: {same}; undecided: {errors.undecided}"
    return f"{errors.examiner}  {told}"


def _revealed(view: RevealedView) -> dict[str, Any]:
    case = view.case
    known = {candidate.subject_id: candidate for candidate in case.candidates}
    candidates = [
        {
            "number": shown.number,
            "subject_id": subject_id,
            "score": known[subject_id].score,
            "scores": dict(known[subject_id].scores),
            "fmrs": dict(known[subject_id].fmrs),
            "extrapolated": known[subject_id].extrapolated,
            "samples": _samples(shown.samples),
        }
        for shown, subject_id in zip(view.candidates, view.candidate_ids, strict=True)
    ]
    return {
        "case_id": case.case_id,
        "subject_id": case.subject_id,
        "samples": _samples(view.samples),
        "candidates": candidates,
        "doubts": [doubt.value for doubt in case.evidence.doubts],
        "priority": case.priority.value,
        "status": case.status.value,
        "outcome": None if case.outcome is None else case.outcome.value,
        "reason": case.reason,
        "opened_at": case.opened_at.isoformat(),
        "closed_at": None if case.closed_at is None else case.closed_at.isoformat(),
        "round": case.round,
        **_history(case),
    }


def _history(case: AdjudicationCase) -> dict[str, Any]:
    evidence = case.evidence
    return {
        "evidence": {
            "policy": evidence.policy_version,
            "duplicate_fmr": evidence.duplicate_fmr,
            "review_fmr": evidence.review_fmr,
            "gallery_size": evidence.gallery_size,
            "compared": evidence.compared,
            "models": dict(evidence.models),
            "calibrations": dict(evidence.calibrations),
        },
        "verdicts": [
            {
                "ordinal": one.ordinal,
                "round": one.round,
                "examiner": one.examiner,
                "outcome": one.outcome.value,
                "candidate_id": one.candidate_id,
                "reason": one.reason,
                "given_at": one.given_at.isoformat(),
            }
            for one in case.verdicts
        ],
        "reopenings": [
            {
                "round": one.round,
                "actor": one.actor,
                "contested": one.contested,
                "reason": one.reason,
                "reopened_at": one.reopened_at.isoformat(),
            }
            for one in case.reopenings
        ],
    }


def _samples(samples: Sequence[ShownSample]) -> list[dict[str, Any]]:
    return [{"sha256": one.sha256, "position": one.position.value, "simulated": one.simulated} for one in samples]


def _positions(samples: Sequence[Mapping[str, Any]]) -> str:
    names = [one["position"].replace("_", " ") + (" (simulated)" if one["simulated"] else "") for one in samples]
    return ", ".join(names) or "no pictures"


def _person(subject: Subject) -> dict[str, Any]:
    return {"person": subject.label, "simulated": subject.simulated}


def _named(document: Mapping[str, Any]) -> str:
    return f"{document['person']} (simulated)" if document["simulated"] else str(document["person"])


def _rate(rate: ErrorRate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    return {"errors": rate.errors, "trials": rate.trials, "low": rate.low, "high": rate.high}
