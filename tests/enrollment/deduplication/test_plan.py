"""Each pair once, whatever the sizes and however many tiles are taken at a time."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import ConfigurationError
from enrollment.deduplication.plan import MOST_EARLIER, Span, SpanLength, TilePlan, usual_edge


def pairs_of(span: Span) -> list[tuple[int, int]]:
    later = range(span.later_begin, span.later_end)
    found = list(itertools.product(range(span.earlier_begin, span.earlier_end), later))
    return found + (list(itertools.combinations(later, 2)) if span.within else [])


plans = st.builds(
    lambda members, share, edge: TilePlan(members=members, first_new=round(members * share), edge=edge),
    st.integers(0, 40),
    st.floats(0, 1),
    st.integers(1, 12),
)


@given(plan=plans, at_once=st.lists(st.integers(1, 9), min_size=1))
def test_each_pair_with_somebody_new_is_compared_exactly_once(plan: TilePlan, at_once: list[int]) -> None:
    length, sizes = SpanLength(target_s=1.0), itertools.cycle(at_once)
    compared: list[tuple[int, int]] = []
    done = 0
    for span in plan.spans(0, length):
        assert span.begin == done and span.end > done
        assert plan.comparisons_before(span.begin) == len(compared)
        assert span.comparisons == len(pairs_of(span))
        compared += pairs_of(span)
        done, length.tiles = span.end, next(sizes)
    assert done == plan.tiles
    wanted = [(a, b) for a, b in itertools.combinations(range(plan.members), 2) if b >= plan.first_new]
    assert sorted(compared) == wanted
    assert plan.comparisons == plan.comparisons_before(plan.tiles) == len(wanted)


@given(plan=plans, data=st.data())
def test_it_goes_on_from_any_tile_with_the_same_pairs(plan: TilePlan, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, plan.tiles))
    whole = [pair for span in plan.spans(0, SpanLength(target_s=1.0)) if span.begin >= begin for pair in pairs_of(span)]
    rest = [pair for span in plan.spans(begin, SpanLength(target_s=1.0, tiles=5)) for pair in pairs_of(span)]
    assert sorted(rest) == sorted(whole)


def test_a_span_is_bounded_however_fast_it_goes() -> None:
    plan = TilePlan(members=10_000_000, first_new=0, edge=usual_edge(10_000_000))
    length = SpanLength(target_s=1.0, tiles=10**9)
    for span in itertools.islice(plan.spans(plan.tiles - 3_000, length), 20):
        assert span.earlier_end - span.earlier_begin <= MOST_EARLIER
        assert span.later_end - span.later_begin <= plan.edge
    assert plan.comparisons == 10_000_000 * 9_999_999 // 2


@pytest.mark.parametrize(
    ("tiles", "seconds", "then"), [(4, 1.0, 4), (4, 4.0, 1), (4, 0.0, 8), (4, 0.7, 5), (1, 9.0, 1)]
)
def test_the_length_of_a_span_follows_the_speed(tiles: int, seconds: float, then: int) -> None:
    length = SpanLength(target_s=1.0)
    length.learn(tiles, seconds)
    assert length.tiles == then


@pytest.mark.parametrize(("members", "first_new", "edge"), [(3, 4, 1), (3, -1, 1), (3, 0, 0)])
def test_no_plan_for_numbers_that_make_no_sense(members: int, first_new: int, edge: int) -> None:
    with pytest.raises(ConfigurationError):
        TilePlan(members=members, first_new=first_new, edge=edge)
