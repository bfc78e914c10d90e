"""`kura models`: what can extract, where it comes from, and whether it is ready."""

from __future__ import annotations

import argparse

from api.verbs import arguments as shared
from api.verbs.model_steps import add, calibrate, listing, remove

SUMMARY = "list, prepare, add, calibrate and describe the models that make templates"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    steps = (
        ("prepare", "build all models and compile all functions into the cache, so that nothing waits later"),
        (listing.LIST, listing.LIST_SUMMARY),
        (listing.CARD, listing.CARD_SUMMARY),
        (add.NAME, add.SUMMARY),
        (remove.NAME, remove.SUMMARY),
        (calibrate.NAME, calibrate.SUMMARY),
    )
    for name, summary in steps:
        step = verbs.add_parser(name, help=summary, description=summary)
        shared.add_home(step)
        shared.add_json(step)
        if name == listing.CARD:
            step.add_argument("model", help="model id, as kura models list shows it")
        for module in (add, remove, calibrate):
            if name == module.NAME:
                module.add_arguments(step)


def run(arguments: argparse.Namespace) -> int:
    """Do the step."""
    steps = {
        "prepare": _prepare,
        listing.LIST: listing.run_list,
        listing.CARD: listing.run_card,
        add.NAME: add.run,
        remove.NAME: remove.run,
        calibrate.NAME: calibrate.run,
    }
    return steps[arguments.step](arguments)


def _prepare(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    from api.command_line import DONE
    from api.progress import progress_display
    from matching.minutiae import warm_up
    from matching.vectors.kernels import choose_kernel
    from models.store import ModelStore

    store = ModelStore()
    with progress_display() as progress:
        store.prepare(progress)
        progress(0, 1, "compiling")
        warm_up()
        rooms = (
            "models.face",
            "models.finger",
            "matching.descriptor",
            "matching.vectors.exact",
            "devices.simulated",
            "biometrics.interchange.wsq",
        )
        for room in rooms:
            import_module(f"{room}.kernels")  # compiled when first imported
        choose_kernel()  # as is the one that this processor can run
        progress(1, 1, "compiling")
    if arguments.json:
        shared.print_json({"folder": str(store.folder), "ready": [entry.model_id for entry in store.catalogue]})
    else:
        print(f"{len(store.catalogue)} models are ready in {store.folder}")
    return DONE
