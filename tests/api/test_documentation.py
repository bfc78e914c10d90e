"""Commands, settings, error types, outcomes and models are documented, and nothing that does not exist is."""

from __future__ import annotations

import argparse
import dataclasses
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import pytest

from api.command_line import VERB_GROUP, Verb
from api.settings import Settings
from biometrics import errors
from biometrics.decisions import Reason
from biometrics.errors import BiometricsError
from enrollment import manifest
from models.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def _commands() -> dict[str, argparse.ArgumentParser]:
    found: dict[str, argparse.ArgumentParser] = {}
    for entry in entry_points(group=VERB_GROUP):
        parser = argparse.ArgumentParser(prog=f"kura {entry.name}")
        cast("Verb", entry.load()).add_arguments(parser)
        steps = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        if steps:
            found |= {f"kura {entry.name} {name}": step for name, step in steps[0].choices.items()}
        else:
            found[f"kura {entry.name}"] = parser
    return found


COMMANDS = _commands()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str) -> None:
    row = next((line for line in OPERATIONS.splitlines() if line.startswith(f"| `{command}")), None)
    assert row is not None, f"{command} has no row"
    options = [name for action in COMMANDS[command]._actions for name in action.option_strings if name.startswith("--")]
    everywhere = {"--help", "--home", "--json"}
    missing = [name for name in options if name not in everywhere and not re.search(rf"{name}(?![\w-])", row)]
    assert missing == []


def test_every_documented_command_exists() -> None:
    rows = re.findall(r"^\| `(kura \w+(?: [a-z-]+)?)", OPERATIONS, re.MULTILINE)
    assert sorted(rows) == sorted(COMMANDS)


def vars_of(one: object) -> dict[str, object]:
    """Return the fields of a dataclass by name."""
    assert dataclasses.is_dataclass(one)
    return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}


def test_every_setting_is_documented_with_its_default() -> None:
    settings = Settings()
    tables = {name: value for name, value in vars_of(settings).items() if dataclasses.is_dataclass(value)}
    names = [name for name in vars_of(settings) if name not in tables]
    names += [f"{table}.{name}" for table, chosen in tables.items() for name in vars_of(chosen)]
    assert re.findall(r"^\| `([\w.]+)` \|[^|]*\|[^|]*\|$", OPERATIONS.split("## Settings")[1], re.MULTILINE) == names


def test_every_error_type_is_documented() -> None:
    kinds = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, BiometricsError)
    }
    assert set(re.findall(r"^\| `(\w+Error)` \|", OPERATIONS, re.MULTILINE)) == kinds


def test_every_reason_is_documented() -> None:
    assert [reason.value for reason in Reason if f"`{reason.value}`" not in OPERATIONS] == []


def test_every_manifest_column_is_documented() -> None:
    columns = re.findall(r"^\| `(\w+)` \| (?:yes|no) \|", OPERATIONS, re.MULTILINE)
    assert sorted(columns) == sorted(manifest.REQUIRED + manifest.OPTIONAL)


def test_every_model_has_a_card_that_says_where_it_comes_from() -> None:
    for entry in CATALOGUE:
        text = entry.card.read_text(encoding="utf-8")
        assert entry.model_id in text
        assert entry.license in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith("http")]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_documents_name_existing_files() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+(?:/\w+)+\.py)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
