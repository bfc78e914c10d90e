"""A change that memory ends in is made not at all, or the gallery takes no other; nobody is ever found wrongly."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from biometrics.errors import GalleryError
from biometrics.protocols import ReferenceChange
from matching.gallery import Gallery
from tests.matching.described import described_gallery
from tests.matching.parts import ToySource, probe, toy_gallery
from tests.matching.test_gallery_beside_writers import WHOLE, random_source

BEFORE, AFTER = 14, 2
FUNCTIONS = {"_commit", "_make_room", "append", "put", "extend", "admit", "retire", "cut", "after", "describe"}


def apply_until(gallery: Gallery, change: ReferenceChange, line: int) -> int:
    """Apply a change whose memory ends at the `line`-th line of what writes it, and return how many there were."""
    passed = 0

    def follow(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal passed
        if event == "line":
            passed += 1
            if passed == line:
                raise MemoryError
        return follow

    def enter(frame: FrameType, _event: str, _: Any) -> Any:
        code = frame.f_code
        return follow if "/matching/" in code.co_filename and code.co_name in FUNCTIONS else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        gallery.apply(change)
    finally:
        sys.settrace(before)
    return passed


def applied(gallery: Gallery, source: ToySource, count: int) -> Gallery:
    for change in source.changes[gallery.generation : count]:
        gallery.apply(change)
    return gallery


@pytest.mark.parametrize("make", [described_gallery, toy_gallery])
@pytest.mark.parametrize("number", [BEFORE, BEFORE + 1])
def test_a_change_is_made_whole_or_nothing_more_is(make: Any, number: int) -> None:
    source = random_source(11, BEFORE + 2 * AFTER + 3)
    lines = apply_until(applied(make(), source, number), source.changes[number], 0)
    wanted = applied(make(), source, number + AFTER)
    went_on = refused = 0
    for line in range(1, lines + 1, 13):
        gallery = applied(make(), source, number)
        answer = gallery.search(probe(*WHOLE))
        with pytest.raises((MemoryError, GalleryError)):
            apply_until(gallery, source.changes[number], line)
        if gallery.generation == number:
            assert gallery.search(probe(*WHOLE)) == answer
        try:
            applied(gallery, source, number + AFTER)
        except GalleryError:
            refused += 1
            with pytest.raises(GalleryError):
                gallery.compact()
        else:
            went_on += 1
            assert (gallery.fingerprint, gallery.subjects()) == (wanted.fingerprint, wanted.subjects())
            assert gallery.search(probe(*WHOLE)) == wanted.search(probe(*WHOLE))
    assert went_on and refused
