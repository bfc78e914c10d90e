"""`kura models list` and `card`: the models there are, built-in and of one's own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from api.verbs import arguments as shared

if TYPE_CHECKING:
    from models.own.library import ModelLibrary

LIST, LIST_SUMMARY = "list", "list the models, their origin and licence, and whether they are ready"
CARD, CARD_SUMMARY = "card", "print a model's card"


def run_list(arguments: argparse.Namespace) -> int:
    """List all models."""
    from api import wiring
    from api.command_line import DONE
    from api.installation import look_at_installation

    library = wiring.open_library(look_at_installation(arguments.home))
    documents = [*_built_in(), *(_own(model_id, library) for model_id in library.ids())]
    if arguments.json:
        shared.print_json(documents)
        return DONE
    for one in documents:
        state = "ready" if one["ready"] else ("damaged" if one["own"] else "not prepared")
        print(shared.printable(f"{one['model_id']:22} {state:13} {one['license']:18} {_origin(one)}"))
    return DONE


def run_card(arguments: argparse.Namespace) -> int:
    """Print the card of one model."""
    from api import wiring
    from api.command_line import DONE
    from api.installation import look_at_installation
    from models.catalogue import built_in_card
    from models.own.card import own_card

    library = wiring.open_library(look_at_installation(arguments.home))
    if arguments.model in library.ids():
        text = own_card(library.get(arguments.model))
    else:
        text = built_in_card(arguments.model).read_text(encoding="utf-8")
    if arguments.json:
        shared.print_json({"model_id": arguments.model, "card": text})
    else:
        print(shared.printable(text))
    return DONE


def _origin(document: dict[str, Any]) -> str:
    if document["own"]:
        return "added to this installation"
    if "made_of" in document:
        return f"made of {' and '.join(document['made_of'])}"
    return f"from {document['package']} {document['package_version']}"


def _built_in() -> list[dict[str, Any]]:
    from dataclasses import asdict

    from models.catalogue import COMPOSITES
    from models.store import ModelStore

    store = ModelStore()
    single = [
        {**asdict(entry), "card": entry.card.name, "ready": store.is_ready(entry.model_id), "own": False}
        for entry in store.catalogue
    ]
    return single + [
        {
            "model_id": one.model_id,
            "license": one.license,
            "card": one.card.name,
            "made_of": [part.model_id for part in one.parts],
            "ready": all(store.is_ready(part.model_id) for part in one.parts),
            "own": False,
        }
        for one in COMPOSITES
    ]


def _own(model_id: str, library: ModelLibrary) -> dict[str, Any]:
    from biometrics.errors import BiometricsError

    document: dict[str, Any] = {"model_id": model_id, "license": "unknown", "own": True}
    fault = library.fault(model_id)
    try:
        model = library.get(model_id)
        document |= {
            "kind": model.description.kind.value,
            "license": model.description.licence,
            "sha256": model.sha256,
            "measured": dict(model.tried),
        }
    except BiometricsError:
        pass  # the fault says why
    return document | {"ready": fault is None, "fault": fault}
