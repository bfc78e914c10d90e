"""`kura models remove`: deletes a model of one's own that nothing uses."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from api.installation import Installation

NAME, SUMMARY = "remove", "delete a model of your own that neither settings nor references use"


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    step.add_argument("model", help="model id, as kura models list shows it")


def run(arguments: argparse.Namespace) -> int:
    """Delete the model."""
    from api import wiring
    from api.command_line import DONE
    from api.installation import open_installation
    from biometrics.errors import ConfigurationError

    installation = open_installation(arguments.home, create=False)
    use = _use(arguments.model, installation)
    if use:
        raise ConfigurationError(f"the model is in use: {use}", source=arguments.model, remedy="end that use first")
    wiring.open_library(installation).remove(arguments.model)
    if arguments.json:
        shared.print_json({"removed": arguments.model})
    else:
        print(f"{arguments.model} is removed")
    return DONE


def _use(model_id: str, installation: Installation) -> str | None:
    from api import wiring

    for name in ("face_model", "pad_model"):
        if getattr(installation.settings, name) == model_id:
            return f"the settings name it as {name}"
    if not wiring.has_registry(installation):
        return None
    with wiring.open_registry(installation, create=False) as registry:
        for use in registry.models_in_use():
            if use.model_id == model_id:
                return f"{shared.counted(use.references, 'reference')} were made by it"
        staged = registry.staged()
    return "a re-extraction to it is unfinished" if staged is not None and staged.model_id == model_id else None
