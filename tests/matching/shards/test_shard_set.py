"""Shards together answer as one gallery; without one of them, nobody is called unique."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import ConfigurationError, GalleryError, IncompatibleTemplatesError
from biometrics.positions import Position
from biometrics.templates import Template, TemplateFormat
from matching.gallery import Gallery
from matching.policy import Finding
from matching.shards import LocalShard, Search, Shard, ShardSet, seen_by, shard_of
from tests.matching.parts import ToySource, face, finger, probe, toy_gallery
from tests.matching.shards.shard_parts import Forgetful, decided, misbehaving, open_shard, population, shard_set
from tests.matching.test_gallery_exact import Script, people, registry_after, steps

NAMES = ("anna", "bakary", "chaka", "djeneba", "fanta", "moussa")
STRANGER = probe(finger(Position.RIGHT_INDEX, 950.0), face(-1.0, 0.0, 0.0, 0.5))


@settings(max_examples=80)
@given(steps, people, st.sampled_from([1, 2, 5]), st.sampled_from([None, 0.5]))
def test_shards_answer_as_one_gallery(
    script: Script, templates: list[Template], shards: int, largest_fmr: float | None
) -> None:
    source = registry_after(script)
    whole, parts = toy_gallery(), shard_set(shards)
    whole.follow(source)
    parts.follow(source)
    (found,) = parts.search(Search(probes=(probe(*templates),), largest_fmr=largest_fmr))
    assert found == whole.search(probe(*templates), largest_fmr=largest_fmr)
    assert (parts.size, parts.generation, parts.missing) == (whole.size, whole.generation, ())


@given(steps, st.integers(1, 5))
def test_every_change_reaches_exactly_the_shards_it_concerns(script: Script, shards: int) -> None:
    source = registry_after(script)
    for change in source.changes:
        seen = [seen_by(change, number, shards) for number in range(shards)]
        assert all(one.sequence == change.sequence for one in seen)
        touched = {number for number, one in enumerate(seen) if one.references}
        subjects = {change.subject_id, change.from_subject_id or change.subject_id}
        assert touched == {shard_of(subject, shards) for subject in subjects}


def test_people_are_spread_and_stay_where_they_are() -> None:
    numbers = [shard_of(f"subject-{number}", 4) for number in range(4_000)]
    assert numbers[:8] == [shard_of(f"subject-{number}", 4) for number in range(8)]
    assert all(900 < numbers.count(shard) < 1_100 for shard in range(4))
    assert shard_of("anna", 4) == 0  # a digest that is part of what snapshots rest on


@pytest.mark.parametrize("how", ["slow", "raise", "memory", "fewer", "foreign", "earlier", "nonsense"])
def test_a_shard_that_misbehaves_makes_the_answer_incomplete_until_it_is_back(how: str, tmp_path: Path) -> None:
    source = population(*NAMES)
    bad = shard_of("anna", 2)
    openers = [open_shard, open_shard]
    openers[bad] = misbehaving(how, tmp_path / "misbehaved")
    parts = ShardSet(openers, answer_within_s=2.0)
    parts.follow(source)
    asked = Search(probes=(STRANGER, probe(source.changes[0].references[0].template)), largest_fmr=0.9)
    stranger, anna = parts.search(asked)
    assert not stranger.complete
    assert not anna.complete
    assert decided(stranger).finding is Finding.REVIEW
    assert stranger.gallery_size == len(NAMES)
    assert stranger.compared < len(NAMES)
    assert all(shard_of(one.subject_id, 2) != bad for one in anna.candidates)
    parts.follow(source)
    stranger, anna = parts.search(asked)
    assert stranger.complete
    assert decided(stranger).finding is Finding.UNIQUE
    assert anna.candidates[0].subject_id == "anna"


def test_a_shard_that_cannot_be_opened_is_missing_and_tried_again() -> None:
    attempts: list[Gallery] = []

    def open_later() -> Shard:
        attempts.append(toy_gallery())
        if len(attempts) == 1:
            raise MemoryError
        return LocalShard(attempts[-1])

    source = population(*NAMES)
    parts = ShardSet([open_shard, open_later], answer_within_s=5.0)
    parts.follow(source)
    assert parts.missing == (1,)
    assert not parts.search(Search(probes=(STRANGER,)))[0].complete
    parts.follow(source)
    assert not parts.missing
    assert parts.search(Search(probes=(STRANGER,)))[0].complete


def test_a_shard_that_is_behind_is_no_part_of_a_complete_answer() -> None:
    source = population(*NAMES[:3])
    galleries = [toy_gallery(), toy_gallery()]
    parts = ShardSet([lambda: LocalShard(galleries[0]), lambda: LocalShard(galleries[1])], answer_within_s=5.0)
    parts.follow(source)
    source.add("late", finger(Position.LEFT_INDEX, 1.0))
    parts.follow(source)
    assert parts.search(Search(probes=(STRANGER,)))[0].complete
    replaced = toy_gallery()
    parts._slots[0].shard = LocalShard(replaced)  # opened anew, and not told anything yet
    assert not parts.search(Search(probes=(STRANGER,)))[0].complete


def test_a_shard_that_did_not_apply_what_it_was_told_is_left_out() -> None:
    source = population(*NAMES)
    parts = ShardSet([open_shard, lambda: Forgetful(toy_gallery())], answer_within_s=5.0)
    parts.follow(source)
    assert parts.missing == (1,)
    assert not parts.search(Search(probes=(STRANGER,)))[0].complete


def test_a_change_may_be_told_twice() -> None:
    source = population(*NAMES)
    shard = LocalShard(toy_gallery())
    once = shard.apply(source.changes[:4])
    assert shard.apply(source.changes[:4]) == once
    assert shard.apply(source.changes).persons == len(NAMES)


def test_a_probe_that_cannot_be_compared_is_refused_and_hurts_no_shard() -> None:
    source = population(*NAMES)
    parts = shard_set(2)
    parts.follow(source)
    other = TemplateFormat(algorithm="other", version="1", metric="minutiae")
    foreign = probe(finger(Position.RIGHT_INDEX, 1.0, template_format=other))
    with pytest.raises(IncompatibleTemplatesError):
        parts.search(Search(probes=(foreign,)))
    assert parts.missing == ()
    assert parts.search(Search(probes=(STRANGER,)))[0].complete


def test_snapshots_are_kept_by_every_shard_and_a_failure_is_told() -> None:
    kept: list[int] = []

    def keep(gallery: Gallery) -> None:
        kept.append(gallery.size)

    def refuse(gallery: Gallery) -> None:
        raise OSError("no space")

    source = population(*NAMES)
    parts = ShardSet([lambda: LocalShard(toy_gallery(), keep)] * 2, answer_within_s=5.0)
    parts.follow(source)
    parts.snapshot()
    assert sum(kept) == len(NAMES)
    parts = ShardSet([open_shard, lambda: LocalShard(toy_gallery(), refuse)], answer_within_s=5.0)
    parts.follow(source)
    with pytest.raises(GalleryError, match="shard 1"):
        parts.snapshot()


def test_no_shards_is_no_gallery() -> None:
    with pytest.raises(ConfigurationError):
        ShardSet([], answer_within_s=1.0)


def test_a_set_that_was_never_filled_is_incomplete_and_empty() -> None:
    (found,) = shard_set(2).search(Search(probes=(STRANGER,)))
    assert not found.complete
    assert found.gallery_size == 0
    parts = shard_set(2)
    parts.follow(ToySource())
    (found,) = parts.search(Search(probes=(STRANGER,)))
    assert found.complete
