"""`kura registry reextract`: everybody's faces (or fingers) moved to another model, as a job that can be stopped."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared
from api.verbs import asking

if TYPE_CHECKING:
    from api.installation import Installation
    from biometrics.extraction import Extractor
    from biometrics.positions import Modality
    from biometrics.records import Actor
    from enrollment.reextraction import Reextraction
    from registry.replacement import LeftOut
    from registry.store import Registry

NAME, SUMMARY = "reextract", "extract all kept samples with another model, then exchange all references at once"

_MOST_LISTED = 20
"""Persons named in text output; JSON names all."""


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    asked = step.add_mutually_exclusive_group(required=True)
    asked.add_argument("--model", metavar="ID", help="model to move to, as kura models list names it, or default")
    asked.add_argument("--status", action="store_true", help="say how far an unfinished job has come")
    asked.add_argument("--abandon", action="store_true", help="forget what an unfinished job made")
    step.add_argument(
        "--calibration",
        metavar="FILE",
        help="calibration of the new model's scores, for the settings: a .json file, or default for the shipped one",
    )
    step.add_argument(
        "--leave-out",
        action="store_true",
        help="exchange although some persons get no new reference; they are then searched without it",
    )
    shared.add_actor(step)


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked; 3 when the exchange waits for a decision about who would be left out."""
    from api import wiring
    from api.command_line import BAD_INPUT
    from api.installation import open_installation

    actor, installation = shared.actor_of(arguments), open_installation(arguments.home, create=False)
    with wiring.open_registry(installation, create=False) as registry:
        if arguments.status or arguments.abandon:
            document = _abandon(installation, actor) if arguments.abandon else _status(registry, actor)
        else:
            document = _document(_move(arguments, installation, registry, actor), registry, actor)
    code = asking.report(arguments, document, _lines(document))
    return code if document["finished"] is not False or arguments.status else BAD_INPUT


def _move(arguments: argparse.Namespace, installation: Installation, registry: Registry, actor: Actor) -> Reextraction:
    from api import serving
    from api.progress import progress_display
    from api.settings import write_settings
    from biometrics.positions import Modality
    from enrollment.reextraction import ReextractionOffice

    chosen = _chosen(arguments, installation)
    with progress_display() as progress:
        modality, extractor = _extractor(arguments.model, chosen)
        office = ReextractionOffice(
            registry=registry,
            extractor=extractor,
            modality=modality,
            threads=installation.settings.threads,
            perform=serving.performing(installation, actor),
        )
        done = office.run(leave_out=arguments.leave_out, progress=progress)
    # A kill between the exchange and this leaves settings that no longer fit: every command says so, and running this
    # one again mends it.
    if done.finished and modality is Modality.FACE and chosen.settings != installation.settings:
        write_settings(installation.home, chosen.settings)
    return done


def _chosen(arguments: argparse.Namespace, installation: Installation) -> Installation:
    """Return the installation as it will be, its face calibration read: without one, nobody could be searched."""
    from api import wiring
    from matching.face import cosine_scale

    if _is_finger_model(arguments.model):
        return installation
    template_format = wiring.face_format(installation, arguments.model)
    calibration = installation.settings.face_calibration
    if arguments.calibration is not None:
        is_file = arguments.calibration.endswith(".json")
        calibration = str(Path(arguments.calibration).resolve()) if is_file else arguments.calibration
    wiring.read_chosen_calibration(calibration, cosine_scale(template_format), installation.home)
    settings = replace(installation.settings, face_model=arguments.model, face_calibration=calibration)
    return replace(installation, settings=settings)


def _extractor(model_id: str, chosen: Installation) -> tuple[Modality, Extractor]:
    from api import wiring
    from biometrics.positions import Modality

    if _is_finger_model(model_id):
        return Modality.FINGER, wiring.load_extractors(chosen).finger
    return Modality.FACE, wiring.load_extractors(chosen).face


def _is_finger_model(model_id: str) -> bool:
    from models.catalogue import LEADER

    return model_id == LEADER.model_id


def _status(registry: Registry, actor: Actor) -> dict[str, Any]:
    staged = registry.staged()
    if staged is None:
        return {"model": None, "finished": None, "made": 0, "left_out": []}
    left_out = _left_out(staged.left_out, registry, actor)
    return {"model": staged.model_id, "finished": False, "made": staged.made, "left_out": left_out}


def _abandon(installation: Installation, actor: Actor) -> dict[str, Any]:
    from api import serving
    from enrollment.operations.reextraction import ABANDON, Abandon

    forgotten = serving.performing(installation, actor)(ABANDON, Abandon())
    return {"model": None, "finished": None, "forgotten": forgotten, "made": 0, "left_out": []}


def _document(done: Reextraction, registry: Registry, actor: Actor) -> dict[str, Any]:
    left_out = _left_out(done.left_out, registry, actor)
    return {"model": done.model_id, "finished": done.finished, "made": done.made, "left_out": left_out}


def _left_out(found: Sequence[LeftOut], registry: Registry, actor: Actor) -> list[dict[str, Any]]:
    from registry.access import PERSON_READ

    if not found:
        return []
    named = [one.subject_id for one in found]
    subjects = registry.consult(actor, PERSON_READ, named, lambda record: list(map(record.subject, named)))
    return [
        {
            "person": subject.label,
            "simulated": subject.simulated,
            "reference_id": one.reference_id,
            "reason": one.failure,
        }
        for one, subject in zip(found, subjects, strict=True)
    ]


def _lines(document: dict[str, Any]) -> list[str]:
    if document["model"] is None:
        forgotten = document.get("forgotten")
        return ["no re-extraction is unfinished"] if forgotten is None else [f"{forgotten} results forgotten"]
    made, left_out = shared.counted(document["made"], "reference"), document["left_out"]
    lines = [f"{made} of model {document['model']} made"]
    lines += [f"  none for {_named(one)}: {one['reason']}" for one in left_out[:_MOST_LISTED]]
    if len(left_out) > _MOST_LISTED:
        lines.append(f"  and none for {len(left_out) - _MOST_LISTED} more; --json names all")
    if document["finished"]:
        return [*lines, "all references are of this model now"]
    if not left_out:
        return [*lines, "the old references are still in use: run the same command again to go on"]
    return [
        *lines,
        "the old references are still in use: restore what is missing and run this again, or let these persons be "
        "searched without it with --leave-out",
    ]


def _named(document: dict[str, Any]) -> str:
    return shared.named(document["person"], document["simulated"])
