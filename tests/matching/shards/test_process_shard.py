"""Shards in processes of their own: killed, stopped, slow; and back again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from biometrics.errors import GalleryError, IncompatibleTemplatesError, ServiceError, ServiceLostError
from biometrics.positions import Position
from biometrics.templates import TemplateFormat
from matching.policy import Finding
from matching.shards import ProcessShard, Search, Shard, ShardSet, shard_of
from tests.matching.parts import finger, probe, toy_gallery
from tests.matching.shards.shard_parts import decided, misbehaving, open_shard, population
from tests.matching.shards.test_shard_set import NAMES, STRANGER

INDEX = Position.RIGHT_INDEX


def refuse_to_open() -> Shard:
    raise GalleryError("the snapshot is damaged")


@pytest.fixture
def shard() -> Iterator[ProcessShard]:
    opened = ProcessShard(open_shard, answer_within_s=20.0)
    yield opened
    opened.close()


def test_a_process_answers_as_the_gallery_does(shard: ProcessShard) -> None:
    source, gallery = population(*NAMES), toy_gallery()
    gallery.follow(source)
    state = shard.apply(source.changes)
    assert (state.generation, state.persons) == (gallery.generation, gallery.size)
    assert shard.state() == shard.snapshot() == state
    asked = (STRANGER, probe(finger(INDEX, 100.0)))
    assert shard.search(Search(probes=asked)) == tuple(gallery.search(one) for one in asked)


def test_errors_arrive_as_they_were_raised_and_the_process_goes_on(shard: ProcessShard) -> None:
    source = population(*NAMES)
    shard.apply(source.changes)
    other = TemplateFormat(algorithm="other", version="1", metric="minutiae")
    with pytest.raises(IncompatibleTemplatesError):
        shard.search(Search(probes=(probe(finger(INDEX, 1.0, template_format=other)),)))
    with pytest.raises(GalleryError, match="does not follow") as raised:
        shard.apply([population(*NAMES, "one", "two").changes[-1]])
    assert raised.value.remedy
    assert shard.state().persons == len(NAMES)


def test_a_shard_that_cannot_open_says_why() -> None:
    with pytest.raises(GalleryError, match="damaged"):
        ProcessShard(refuse_to_open, answer_within_s=1.0)


def test_a_process_that_was_killed_is_lost(shard: ProcessShard) -> None:
    assert shard.pid is not None
    os.kill(shard.pid, signal.SIGKILL)
    with pytest.raises(ServiceLostError):
        shard.state()
    with pytest.raises(ServiceError):
        shard.state()


@pytest.mark.parametrize("how", ["kill", "stop", "slow"])
def test_a_process_that_fails_makes_answers_incomplete_until_it_is_replaced(how: str, tmp_path: Path) -> None:
    source = population(*NAMES)
    bad = shard_of("anna", 2)
    openers = [
        partial(ProcessShard, misbehaving(how, tmp_path / "done") if number == bad else open_shard, answer_within_s=3.0)
        for number in range(2)
    ]
    parts = ShardSet(openers, answer_within_s=10.0)
    try:
        parts.follow(source)
        asked = Search(probes=(STRANGER, probe(finger(INDEX, 0.0))), largest_fmr=0.9)
        stranger, anna = parts.search(asked)
        assert parts.missing == (bad,)
        assert not stranger.complete
        assert decided(stranger).finding is Finding.REVIEW
        assert anna.candidates == ()
        parts.follow(source)
        stranger, anna = parts.search(asked)
        assert stranger.complete
        assert anna.candidates[0].subject_id == "anna"
    finally:
        parts.close()


def test_a_closed_set_leaves_no_process_behind() -> None:
    parts = ShardSet([partial(ProcessShard, open_shard, answer_within_s=20.0)] * 2, answer_within_s=20.0)
    parts.follow(population(*NAMES))
    pids = [slot.shard.pid for slot in parts._slots if isinstance(slot.shard, ProcessShard)]
    assert len(pids) == 2
    parts.close()
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not parts.search(Search(probes=(STRANGER,)))[0].complete
