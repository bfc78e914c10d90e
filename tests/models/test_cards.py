"""Every model has a card of the same parts: what for, from where, what may be done, what was measured, what limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.catalogue import CATALOGUE, COMPOSITES, KURA_FACE, built_in_card
from models.face.extractor import FACE_FORMAT
from models.own.card import own_card
from models.own.library import ModelLibrary
from tests.models.own_models import ATTACK, EMBEDDER, attack_detector, embedder

LABELS = ("Task", "Origin", "Licence", "Training data")
SECTIONS = ("Intended use", "Input and output", "Measured", "Differentials", "Limits")
BUILT_IN = (*CATALOGUE, *COMPOSITES)


def faults(text: str, model_id: str) -> list[str]:
    """Return what a card lacks."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [f"no line {label}" for label in LABELS if not re.search(rf"^\*\*{label}\.\*\* \S", head, re.MULTILINE)]
    titles = [section.partition("\n")[0] for section in sections]
    if titles != list(SECTIONS):
        found.append(f"the sections are {titles}")
    found += [f"{one.partition(chr(10))[0]} is empty" for one in sections if len(one.partition("\n")[2].strip()) < 20]
    if not head.startswith(f"# {model_id}\n"):
        found.append("another title")
    return found


@pytest.mark.parametrize("model", BUILT_IN, ids=lambda model: model.model_id)
def test_a_built_in_model_has_a_whole_card(model: object) -> None:
    model_id, licence, card = (getattr(model, name) for name in ("model_id", "license", "card"))
    text = card.read_text(encoding="utf-8")
    assert faults(text, model_id) == []
    assert licence in text
    assert built_in_card(model_id) == card


def test_a_card_without_a_part_is_noticed() -> None:
    text = KURA_FACE.card.read_text(encoding="utf-8")
    assert faults(text.replace("## Limits", "## Borders"), KURA_FACE.model_id)
    assert faults(text.replace("**Licence.**", "**License.**"), KURA_FACE.model_id) == ["no line Licence"]
    assert faults(re.sub(r"## Measured\n\n[^#]*", "## Measured\n\n", text), KURA_FACE.model_id) == ["Measured is empty"]


def test_no_card_stands_alone() -> None:
    assert {path.name for path in KURA_FACE.card.parent.glob("*.md")} == {model.card.name for model in BUILT_IN}


def test_the_card_of_the_face_model_is_that_of_its_templates() -> None:
    assert KURA_FACE.model_id == FACE_FORMAT.model_id


@pytest.mark.parametrize(("data", "text"), [(embedder(), EMBEDDER), (attack_detector(), ATTACK)])
def test_an_added_model_has_a_whole_card(data: bytes, text: str, tmp_path: Path) -> None:
    added = ModelLibrary(tmp_path).add(data, text, tried={"ms_per_face": 1.5, "takes_batches": True})
    assert faults(own_card(added), added.description.model_id) == []
