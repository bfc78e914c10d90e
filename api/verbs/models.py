"""`kura models`: what can extract, where it comes from, and whether it is ready."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs.model_steps import calibrate

SUMMARY = "list, prepare and describe the models that make templates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    steps = (
        ("prepare", "build all models and compile all functions into the cache, so that nothing waits later"),
        ("list", "list the models, their origin and licence, and whether they are ready"),
        ("card", "print a model's card"),
        (calibrate.NAME, calibrate.SUMMARY),
    )
    for name, summary in steps:
        step = verbs.add_parser(name, help=summary, description=summary)
        shared.add_home(step)
        shared.add_json(step)
        if name == "card":
            step.add_argument("model", help="model id, as kura models list shows it")
        if name == calibrate.NAME:
            calibrate.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    steps = {"prepare": _prepare, "list": _list, "card": _card, calibrate.NAME: calibrate.run}
    return steps[arguments.step](arguments)


def _prepare(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    from api.command_line import DONE
    from api.progress import progress_display
    from matching.minutiae import warm_up
    from models.store import ModelStore

    store = ModelStore()
    with progress_display() as progress:
        store.prepare(progress)
        progress(0, 1, "compiling")
        warm_up()
        for room in ("biometrics.interchange.wsq", "devices.simulated", "matching.descriptor", "models.finger"):
            import_module(f"{room}.kernels")  # compiled when first imported
        progress(1, 1, "compiling")
    if arguments.json:
        shared.print_json({"folder": str(store.folder), "ready": [entry.model_id for entry in store.catalogue]})
    else:
        print(f"{len(store.catalogue)} models are ready in {store.folder}")
    return DONE


def _list(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from api.command_line import DONE
    from models.store import ModelStore

    store = ModelStore()
    documents = []
    for entry in store.catalogue:
        described = {**asdict(entry), "card": entry.card.name, "ready": store.is_ready(entry.model_id)}
        documents.append(described)
    if arguments.json:
        shared.print_json(documents)
        return DONE
    for document in documents:
        state = "ready" if document["ready"] else "not prepared"
        origin = f"{document['package']} {document['package_version']}"
        print(f"{document['model_id']:22} {state:13} {document['license']:11} from {origin}")
    return DONE


def _card(arguments: argparse.Namespace) -> int:
    from api.command_line import DONE
    from models.catalogue import entry_of

    entry = entry_of(arguments.model)
    text = entry.card.read_text(encoding="utf-8")
    if arguments.json:
        shared.print_json({"model_id": entry.model_id, "card": text})
    else:
        print(text)
    return DONE
