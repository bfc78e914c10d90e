"""`kura registry extract`: pictures that were imported without templates made searchable, as a job that can stop."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from api.installation import Installation
    from biometrics.records import Actor
    from enrollment.extraction import LateExtraction
    from enrollment.operations.operation import Performs
    from registry.extraction import UnusableSample

NAME, SUMMARY = "extract", "make imported pictures searchable that came without templates; may be stopped and run again"

_MOST_LISTED = 20
"""Pictures named in text output; JSON names all."""

_AT_ONCE = 10_000


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("--again", action="store_true", help="try pictures again that could not be used before")
    step.add_argument("--limit", type=shared.positive, metavar="N", help="try at most so many pictures")
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Extract what waits."""
    from api import serving
    from api.installation import open_installation

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    done = _extract(arguments, installation, actor)
    perform = serving.performing(installation, actor)
    listed = _unusable(perform)
    left = [_document(one) for one in (listed if arguments.json else islice(listed, _MOST_LISTED + 1))]
    document = {"made": done.made, "unusable": done.unusable, "waiting": done.waiting, "left_out": left}
    return asking.report(arguments, document, _lines(done, left))


def _extract(arguments: argparse.Namespace, installation: Installation, actor: Actor) -> LateExtraction:
    from api import serving, wiring
    from api.progress import progress_display
    from enrollment.extraction import ExtractionOffice

    with wiring.open_registry(installation, create=False) as registry, progress_display() as progress:
        office = ExtractionOffice(
            registry=registry,
            extractors=wiring.load_extractors(installation, progress),
            threads=installation.settings.threads,
            require_pad=installation.settings.policy.require_pad,
            perform=serving.performing(installation, actor),
        )
        return office.run(again=arguments.again, limit=arguments.limit, progress=progress)


def _unusable(perform: Performs) -> Iterator[UnusableSample]:
    """Yield all pictures that were tried in vain, by subject."""
    from enrollment.operations.extraction import LIST_UNUSABLE, UnusablePage

    after = ("", "", -1)
    while page := perform(LIST_UNUSABLE, UnusablePage(after=after, most=_AT_ONCE)):
        yield from page
        after = (page[-1].subject_id, page[-1].encounter_id, page[-1].ordinal)


def _document(one: UnusableSample) -> dict[str, Any]:
    return {
        "person": one.label,
        "simulated": one.simulated,
        "encounter_id": one.encounter_id,
        "position": one.position.value,
        "reason": one.failure,
    }


def _lines(done: LateExtraction, left: list[dict[str, Any]]) -> list[str]:
    lines = [f"{shared.counted(done.made, 'reference')} made of pictures that had none"]
    if done.unusable:
        lines.append(f"{shared.counted(done.unusable, 'picture')} tried now and cannot be used")
    if left:
        lines.append("not searched, by person (--again tries them again):")
        lines += [f"  {shared.named(one['person'], one['simulated'])}, {_what(one)}" for one in left[:_MOST_LISTED]]
    if len(left) > _MOST_LISTED:
        lines.append("  and more; --json names all")
    if done.waiting:
        lines.append(f"{shared.counted(done.waiting, 'picture')} still to be tried: run the same command again")
    if done.made:
        lines.append("nobody was compared with anybody: find duplicates with kura dedup run")
    return lines


def _what(one: dict[str, Any]) -> str:
    return f"{one['position']}: {one['reason']}"
