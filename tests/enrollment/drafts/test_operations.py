"""Operations on drafts: whose they are, what stays of them, and what the trail tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.records import Actor
from enrollment.drafts.expressions import Comparison, Expression
from enrollment.engine.codec import codec_of, decode, encode
from enrollment.operations import draft_buffers, drafts
from enrollment.operations.claims import CHECK_CLAIM
from enrollment.operations.draft_buffers import AddBuffer, KeptBuffer, OwnBuffer
from enrollment.operations.drafts import FinishDraft, KeepDraft, KeptDraft, OwnDraft, ReadDrafts, SearchDrafts
from enrollment.operations.operation import Operation
from enrollment.operations.table import OPERATIONS
from registry.store import Registry

ACTOR = Actor(name="civil-register")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home") as opened:
        yield opened


def keep(draft_id: str, client: str = "civil", document: bytes = b"{}", attributes: str = "{}") -> KeepDraft:
    return KeepDraft(draft_id=draft_id, client=client, document=document, attributes=attributes)


def read(registry: Registry, *draft_ids: str, client: str = "civil") -> tuple[KeptDraft, ...]:
    return drafts.read_drafts(registry, ACTOR, ReadDrafts(draft_ids=draft_ids, client=client))


def test_a_draft_is_kept_replaced_and_deleted(registry: Registry) -> None:
    assert drafts.open_draft(registry, ACTOR, keep("E1", document='{"é":1}'.encode())) == 1
    assert read(registry, "E1") == (KeptDraft(draft_id="E1", version=1, finalized=False, document='{"é":1}'.encode()),)
    assert drafts.replace_draft(registry, ACTOR, keep("E1", document=b"[]")) == 2
    assert read(registry, "E1")[0].document == b"[]"
    drafts.delete_draft(registry, ACTOR, OwnDraft(draft_id="E1", client="civil"))
    assert read(registry, "E1") == ()
    assert registry.check() == []


def test_a_draft_is_unknown_to_other_clients(registry: Registry) -> None:
    drafts.open_draft(registry, ACTOR, keep("E1"))
    asked = AddBuffer(draft_id="E1", client="civil", data=b"scan", media_type="image/png")
    buffer_id = draft_buffers.add_buffer(registry, ACTOR, asked)
    assert read(registry, "E1", client="other") == ()
    for attempt in (
        lambda: drafts.replace_draft(registry, ACTOR, keep("E1", client="other")),
        lambda: drafts.delete_draft(registry, ACTOR, OwnDraft(draft_id="E1", client="other")),
        lambda: drafts.finish_draft(registry, ACTOR, FinishDraft(draft_id="E1", client="other", expected_version=1)),
        lambda: draft_buffers.add_buffer(
            registry, ACTOR, AddBuffer(draft_id="E1", client="other", data=b"x", media_type="image/png")
        ),
        lambda: draft_buffers.read_buffer(
            registry, ACTOR, OwnBuffer(draft_id="E1", client="other", buffer_id=buffer_id)
        ),
    ):
        with pytest.raises(RecordNotFoundError, match="no such enrollment"):
            attempt()
    assert drafts.search_drafts(registry, ACTOR, SearchDrafts(client="other")).found == ()
    with pytest.raises(RecordConflictError):
        drafts.open_draft(registry, ACTOR, keep("E1", client="other"))
    assert [one.version for one in read(registry, "E1")] == [1]


def test_a_finalized_draft_stays_as_it_is(registry: Registry) -> None:
    drafts.open_draft(registry, ACTOR, keep("E1"))
    with pytest.raises(RecordConflictError):
        drafts.finish_draft(registry, ACTOR, FinishDraft(draft_id="E1", client="civil", expected_version=7))
    drafts.finish_draft(registry, ACTOR, FinishDraft(draft_id="E1", client="civil", expected_version=1))
    kept = read(registry, "E1")
    assert kept[0].finalized
    assert kept[0].person is None
    with pytest.raises(RecordConflictError):
        drafts.replace_draft(registry, ACTOR, keep("E1"))
    with pytest.raises(RecordError, match="finalized"):
        drafts.delete_draft(registry, ACTOR, OwnDraft(draft_id="E1", client="civil"))
    with pytest.raises(RecordConflictError):
        draft_buffers.add_buffer(
            registry, ACTOR, AddBuffer(draft_id="E1", client="civil", data=b"x", media_type="image/png")
        )
    assert read(registry, "E1") == kept


def test_a_change_of_another_version_is_refused(registry: Registry) -> None:
    drafts.open_draft(registry, ACTOR, keep("E1"))
    drafts.replace_draft(registry, ACTOR, keep("E1", document=b'{"first":1}'))
    late = KeepDraft(draft_id="E1", client="civil", document=b"{}", attributes="{}", expected_version=1)
    with pytest.raises(RecordConflictError):
        drafts.replace_draft(registry, ACTOR, late)
    assert read(registry, "E1")[0].document == b'{"first":1}'


def test_buffers_come_back_whole_and_are_limited(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_buffers, "MOST_BUFFERS", 2)
    drafts.open_draft(registry, ACTOR, keep("E1"))
    scan = AddBuffer(draft_id="E1", client="civil", data=b"\x00scan\xff", media_type="application/pdf")
    first, second = (draft_buffers.add_buffer(registry, ACTOR, scan) for _ in range(2))
    assert first != second
    with pytest.raises(RecordError, match="at most 2"):
        draft_buffers.add_buffer(registry, ACTOR, scan)
    found = draft_buffers.read_buffer(registry, ACTOR, OwnBuffer(draft_id="E1", client="civil", buffer_id=first))
    assert isinstance(found, KeptBuffer)
    assert (found.data, found.media_type) == (scan.data, scan.media_type)
    with pytest.raises(RecordNotFoundError, match="no such buffer"):
        draft_buffers.read_buffer(registry, ACTOR, OwnBuffer(draft_id="E1", client="civil", buffer_id="none"))
    assert registry.check() == []


def test_nothing_is_stored_for_a_draft_that_is_not_there(registry: Registry) -> None:
    scan = AddBuffer(draft_id="E1", client="civil", data=b"scan", media_type="image/png")
    with pytest.raises(RecordNotFoundError):
        draft_buffers.add_buffer(registry, ACTOR, scan)
    folder = registry.home / "registry" / "samples"
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_search_goes_on_page_by_page(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "SEARCHED_AT_ONCE", 2)
    for number in range(5):
        drafts.open_draft(registry, ACTOR, keep(f"E{number}", attributes=f'{{"visits": {number}}}'))
    drafts.finish_draft(registry, ACTOR, FinishDraft(draft_id="E4", client="civil", expected_version=1))
    often = Expression(attribute="visits", comparison=Comparison.AT_LEAST, value=1)
    found: list[str] = []
    after: str | None = ""
    pages = 0
    while after is not None:
        asked = SearchDrafts(client="civil", expressions=(often,), after=after)
        page = drafts.search_drafts(registry, ACTOR, asked)
        found += page.found
        after, pages = page.after, pages + 1
    assert sorted(found) == ["E1", "E2", "E3", "E4"]  # in an order of the registry's own
    assert pages == 3
    monkeypatch.setattr(drafts, "SEARCHED_AT_ONCE", 100)
    by_status = Expression(attribute="status", comparison=Comparison.EQUAL, value="FINALIZED")
    asked = SearchDrafts(client="civil", expressions=(by_status,), after="")
    assert drafts.search_drafts(registry, ACTOR, asked).found == ("E4",)


def test_drafts_that_are_too_large_together_are_not_read(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_READ_BYTES", 10)
    for draft_id in ("E1", "E2"):
        drafts.open_draft(registry, ACTOR, keep(draft_id, document=b'{"eight":8}'))
    assert len(read(registry, "E1")) == 1
    with pytest.raises(RecordError, match="too large"):
        read(registry, "E1", "E2")


def test_a_reading_leaves_an_event_that_names_nobody(registry: Registry) -> None:
    drafts.open_draft(registry, ACTOR, keep("Awa Traore", document=b'{"firstName":"Awa"}'))
    read(registry, "Awa Traore")
    event = registry.events()[-1]
    assert (event.action, event.actor) == (drafts.DRAFTS_READ, ACTOR)
    assert event.details["drafts"] == 1
    assert "Awa" not in str([one.details for one in registry.events()])


@pytest.mark.parametrize("operation", [*drafts.DRAFTS, *draft_buffers.DRAFT_BUFFERS, CHECK_CLAIM])
def test_what_is_asked_and_answered_travels_to_the_engine(operation: Operation[Any, Any]) -> None:
    assert OPERATIONS[operation.name] is operation
    codec_of(operation.asked)
    codec_of(operation.answered)


@pytest.mark.parametrize("value", ["text", 2.5, True])
def test_expressions_travel_as_they_are(value: object) -> None:
    expression = Expression(attribute="a", comparison=Comparison.LESS, value=value)
    asked = SearchDrafts(client="civil", expressions=(expression,))
    parts: list[bytes] = []
    assert decode(encode(asked, SearchDrafts, parts), SearchDrafts, parts) == asked
