"""`kura audit verify`: whether the log is what was written; an export needs no registry and no network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking
from api.verbs.audit_steps import trusted
from api.verbs.registry_steps import showing

if TYPE_CHECKING:
    from registry.audit_log.findings import Findings

NAME, SUMMARY = "verify", "verify the log in the registry, or an export of it, and compare it with its anchors"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--export", type=Path, metavar="FILE", help="verify this export, not the registry; needs --key")
    step.add_argument("--anchors", type=Path, metavar="FILE", help="the anchors, from the second sink itself")
    trusted.add_key(step)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 3 when something is wrong."""
    from api.command_line import BAD_INPUT, MISUSE

    if arguments.export is not None and arguments.key is None:
        shared.complain("an export is verified with keys that you trust: give --key")
        return MISUSE
    found = _registry(arguments) if arguments.export is None else _export(arguments)
    code = asking.report(arguments, _document(found), _lines(arguments, found))
    return BAD_INPUT if found.faults else code


def _registry(arguments: argparse.Namespace) -> Findings:
    with showing.opened(arguments) as registry:
        keys = registry.signing.trusted() if arguments.key is None else trusted.read_keys(arguments.key)
        return registry.audit_log.verify(keys, arguments.anchors)


def _export(arguments: argparse.Namespace) -> Findings:
    from biometrics.samples import now_utc
    from registry.audit_log.exports import export_findings

    return export_findings(arguments.export, trusted.read_keys(arguments.key), now_utc(), arguments.anchors)


def _document(found: Findings) -> dict[str, Any]:
    return {
        "faults": list(found.faults),
        "log": found.log_id,
        "events": found.events,
        "root": found.root,
        "anchors": len(found.anchors),
        "unanchored_events": found.unanchored,
    }


def _lines(arguments: argparse.Namespace, found: Findings) -> list[str]:
    lines = [f"FAULT  {fault}" for fault in found.faults]
    lines.append(f"{shared.counted(found.events, 'event')}, root {found.root}")
    if arguments.anchors is not None:
        lines.append(f"{shared.counted(len(found.anchors), 'anchor')}, {found.unanchored} events behind the last")
    elif not found.faults:
        lines.append("compared with no anchors: give --anchors to find what was cut or rewritten with the keys")
    if arguments.key is None:
        lines.append("the keys are the registry's own: give --key with those you kept elsewhere")
    return [*lines, *([] if found.faults else ["the log is whole"])]
