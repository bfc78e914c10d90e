"""`kura registry cases`: which cases wait for a person."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs.registry_steps import showing

if TYPE_CHECKING:
    from biometrics.cases import AdjudicationCase
    from registry.store import Registry

NAME, SUMMARY = "cases", "list the open cases"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare nothing: every step takes --home and --json."""


def run(arguments: argparse.Namespace) -> int:
    """List."""
    from biometrics.cases import CaseStatus

    with showing.opened(arguments) as registry:
        documents = [_document(case, registry) for case in registry.cases(CaseStatus.OPEN)]
    lines = []
    for one in documents:
        others = ", ".join(map(showing.named, one["candidates"])) or "nobody in particular"
        lines.append(f"{one['case_id']}  {one['priority']:6}  {showing.named(one)} against {others}  ({one['reason']})")
    return showing.show(documents, lines, as_json=arguments.json)


def _document(case: AdjudicationCase, registry: Registry) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "priority": case.priority.value,
        "status": case.status.value,
        "reason": case.reason,
        "opened_at": case.opened_at.isoformat(),
        **_person(case.subject_id, registry),
        "candidates": [
            {**_person(one.subject_id, registry), "score": one.score, "scores": dict(one.scores)}
            for one in case.candidates
        ],
    }


def _person(subject_id: str, registry: Registry) -> dict[str, Any]:
    subject = registry.subject(subject_id)
    return {"person": subject.label, "simulated": subject.simulated}
