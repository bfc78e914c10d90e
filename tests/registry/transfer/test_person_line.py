"""Lines: what is written is read again, and any JSON in any place is a person or a typed error."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from biometrics.errors import BiometricsError
from registry.store import Registry
from registry.transfer.person import Unsaid
from registry.transfer.person_line import read_person, write_person
from tests.registry.transfer.populated import populate

UNSAID = Unsaid(at=datetime(2026, 3, 4, tzinfo=UTC), actor="auditor-1", galleries=("citizens",))


@cache
def written_lines() -> tuple[str, ...]:
    with TemporaryDirectory() as folder, Registry.open(Path(folder) / "home") as registry:
        ids = populate(registry)
        with registry.reading() as record:
            return tuple(map(write_person, record.transfer.persons(list(ids.values()))))


def test_what_is_written_is_read_again() -> None:
    for line in written_lines():
        assert write_person(read_person(json.loads(line), UNSAID)) == line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)


@given(st.data())
def test_any_json_in_any_place_is_a_person_or_a_typed_error(data: st.DataObject) -> None:
    document = copy.deepcopy(json.loads(data.draw(st.sampled_from(written_lines()))))
    places = list(_places(document))
    holder, key = data.draw(st.sampled_from(range(len(places))).map(lambda index: places[index]))
    holder[key] = data.draw(VALUES)

    try:
        write_person(read_person(document, UNSAID))
    except BiometricsError as error:
        assert error.message
    except TypeCheckError:
        pass  # constructors refuse text that is none themselves; the suite's check of annotations comes before them


def _places(node: Any) -> Any:
    """Yield every place of a JSON value as what holds it and the key there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])
