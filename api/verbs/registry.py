"""`kura registry`: what is recorded, and whether it is whole."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs.registry_steps import reextract

if TYPE_CHECKING:
    from biometrics.cases import AdjudicationCase
    from registry.store import Registry

SUMMARY = "show what is recorded, check that it is whole, move it to another model"

_STEPS = (
    ("status", "count persons, samples, references, cases and events"),
    ("persons", "list who is enrolled"),
    ("cases", "list the open cases"),
    ("events", "list the audit events"),
    ("check", "verify the database, every sample file, every template and the audit trail"),
    ("sweep", "remove sample files that an interrupted enrollment left behind"),
    (reextract.NAME, reextract.SUMMARY),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    for name, summary in _STEPS:
        step = verbs.add_parser(name, help=summary, description=summary)
        shared.add_home(step)
        shared.add_json(step)
        if name == reextract.NAME:
            reextract.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step; `check` returns 3 when something is wrong."""
    from api import wiring
    from api.installation import open_installation

    if arguments.step == reextract.NAME:
        return reextract.run(arguments)
    steps = {
        "status": _status,
        "persons": _persons,
        "cases": _cases,
        "events": _events,
        "check": _check,
        "sweep": _sweep,
    }
    installation = open_installation(arguments.home, create=False)
    with wiring.open_registry(installation, create=False) as registry:
        return steps[arguments.step](registry, arguments.json)


def _show(documents: Any, lines: list[str], *, as_json: bool) -> int:
    from api.command_line import DONE

    if as_json:
        shared.print_json(documents)
    else:
        print("\n".join(lines) if lines else "none")
    return DONE


def _status(registry: Registry, as_json: bool) -> int:
    from dataclasses import asdict

    counts = asdict(registry.counts())
    models = {use.model_id: use.references for use in registry.models_in_use()}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in counts.items()]
    lines += [f"references of {model_id} in use: {count}" for model_id, count in models.items()]
    return _show({**counts, "models": models}, lines, as_json=as_json)


def _persons(registry: Registry, as_json: bool) -> int:
    documents: list[dict[str, Any]] = []
    for subject in registry.subjects():
        encounters = registry.encounters(subject.subject_id)
        documents.append(
            {
                "person": subject.label,
                "subject_id": subject.subject_id,
                "encounters": [encounter.status.value for encounter in encounters],
                "simulated": subject.simulated,
            }
        )
    lines = [f"{_named(one)}  {', '.join(one['encounters'])}" for one in documents]
    return _show(documents, lines, as_json=as_json)


def _named(document: dict[str, Any]) -> str:
    return shared.named(document["person"], document["simulated"])


def _person(subject_id: str, registry: Registry) -> dict[str, Any]:
    subject = registry.subject(subject_id)
    return {"person": subject.label, "simulated": subject.simulated}


def _case_document(case: AdjudicationCase, registry: Registry) -> dict[str, Any]:
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


def _cases(registry: Registry, as_json: bool) -> int:
    from biometrics.cases import CaseStatus

    documents = [_case_document(case, registry) for case in registry.cases(CaseStatus.OPEN)]
    lines = []
    for one in documents:
        others = ", ".join(map(_named, one["candidates"])) or "nobody in particular"
        lines.append(f"{one['case_id']}  {one['priority']:6}  {_named(one)} against {others}  ({one['reason']})")
    return _show(documents, lines, as_json=as_json)


def _events(registry: Registry, as_json: bool) -> int:
    simulated = {subject.subject_id for subject in registry.subjects() if subject.simulated}
    documents: list[dict[str, Any]] = [
        {
            "sequence": event.sequence,
            "at": event.at.isoformat(),
            "action": event.action,
            "subject_id": event.subject_id,
            "simulated": event.subject_id in simulated,
            "details": dict(event.details),
        }
        for event in registry.events()
    ]
    lines = [
        f"{one['sequence']:6}  {one['at']}  {one['action']}  {shared.named(one['subject_id'] or '', one['simulated'])}"
        for one in documents
    ]
    return _show(documents, lines, as_json=as_json)


def _check(registry: Registry, as_json: bool) -> int:
    from api.command_line import BAD_INPUT
    from api.progress import progress_display

    with progress_display() as progress:
        findings = registry.check(progress)
    documents = [
        {"severe": one.severe, "kind": one.kind.value, "source": one.source, "message": one.message} for one in findings
    ]
    lines = [f"{'FAULT' if one['severe'] else 'note'}  {one['source']}: {one['message']}" for one in documents]
    code = _show(documents, lines or ["the registry is whole"], as_json=as_json)
    return BAD_INPUT if any(one["severe"] for one in documents) else code


def _sweep(registry: Registry, as_json: bool) -> int:
    removed = registry.sweep()
    return _show({"removed": removed}, [f"{removed} files removed"], as_json=as_json)
