"""Added models, ready to take part in face extraction."""

from __future__ import annotations

from models.own.attacks import OwnAttackDetector
from models.own.embedder import OwnEmbedder
from models.own.library import ModelLibrary
from models.own.network import OwnNetwork


def load_embedder(library: ModelLibrary, model_id: str, *, threads: int = 1) -> OwnEmbedder:
    """Return an added face embedder.

    Raises
    ------
    ModelUnavailableError
        When it is not there or damaged.
    ConfigurationError
        When it is no face embedder, or the runtime refuses it.
    """
    model = library.get(model_id)
    return OwnEmbedder(OwnNetwork(model.read(), model.description, threads=threads), model.description)


def load_attack_detector(library: ModelLibrary, model_id: str, *, threads: int = 1) -> OwnAttackDetector:
    """Return an added presentation attack model.

    Raises
    ------
    ModelUnavailableError
        When it is not there or damaged.
    ConfigurationError
        When it is no such model, or the runtime refuses it.
    """
    model = library.get(model_id)
    return OwnAttackDetector(OwnNetwork(model.read(), model.description, threads=threads), model.description)
