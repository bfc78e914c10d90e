"""`kura person evidence`: a paper that a person presented, with its scan."""

from __future__ import annotations

import argparse
from pathlib import Path

from api.verbs import asking
from api.verbs.person_steps import inputs

NAME, SUMMARY = "evidence", "record a paper that a person presented, or the final one in place of a provisional one"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    inputs.add_person(step)
    step.add_argument("file", type=Path, metavar="FILE.json", help="what the paper says; see docs/registry.md, Persons")
    step.add_argument("--scan", type=Path, metavar="FILE", help="its scan, kept as it is")
    step.add_argument("--encounter", metavar="ID", help="the encounter at which it was presented")
    step.add_argument("--replaces", metavar="ID", help="identifier of the evidence in whose place it comes")


def run(arguments: argparse.Namespace) -> int:
    """Record the paper."""
    import hashlib
    from dataclasses import replace

    from biometrics.people.evidence import Evidence
    from enrollment.operations.people import ADD_EVIDENCE, AddEvidence

    paper, scan = Evidence.parse(inputs.read_document(arguments.file)), inputs.read_scan(arguments.scan)
    if scan is not None:
        paper = replace(paper, scan_sha256=hashlib.sha256(scan).hexdigest())
    asked = AddEvidence(
        person=arguments.person,
        paper=paper,
        encounter_id=arguments.encounter,
        replaces=arguments.replaces,
        scan=scan,
    )
    evidence_id = asking.ask(arguments, ADD_EVIDENCE, asked)
    return asking.report(arguments, {"evidence": evidence_id}, [f"evidence recorded as {evidence_id}"])
