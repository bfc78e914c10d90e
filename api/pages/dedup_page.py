"""The page of a deduplication run: every reported pair side by side, for the people who decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

from api.pages.style import SIMULATED_BADGE, document, table
from biometrics.files import write_whole

PAIRS_PER_PAGE = 200
"""A page of this many pairs has about 10 MB, which browsers still open at once."""

MOST_PAIRS_SHOWN = 2_000
"""The best of a run are drawn: what more there is would fill gigabytes, and every pair is open as a case."""

_STYLE = """
article header h2 { font-size: 1.1rem; margin: 0; } .summary { margin-bottom: 1rem; }
.persons { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: .8rem; } .person { min-width: 0; }
.samples { display: flex; flex-wrap: wrap; gap: .5rem; } .samples img { max-height: 260px; width: auto; }
.match img { margin-top: .8rem; } .scores { margin-top: .8rem; } nav a { margin-right: 1rem; }
"""

_SHOWS_PEOPLE = " The page shows people: keep it as you would keep their files."

_NOBODY_REAL = (
    f"<p>{SIMULATED_BADGE} Everybody on this page is simulated: the pictures show no person's finger or face.</p>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """One picture of a person: what it shows and its data URI, None when it is lost."""

    caption: str
    image: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One side of a pair."""

    label: str
    simulated: bool
    samples: tuple[SampleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A reported pair, its evidence, and pictures of what corresponds."""

    outcome: str
    score: float
    scores: Mapping[str, float]
    extrapolated: bool
    first: PersonView
    second: PersonView
    matches: tuple[SampleView, ...] = ()


def page_paths(first: Path, pairs: int) -> list[Path]:
    """Return the pages that so many pairs fill: `first`, and further ones numbered beside it."""
    count = max(1, math.ceil(pairs / PAIRS_PER_PAGE))
    return [first] + [first.with_name(f"{first.stem}-{number}{first.suffix}") for number in range(2, count + 1)]


def write_dedup_pages(pages: Sequence[Path], pairs: Iterator[PairView], summary: Mapping[str, str]) -> None:
    """Write the pairs as self-contained pages; views are taken as they are needed, a page's worth at a time.

    Raises
    ------
    StorageError
        When a page cannot be written.
    """
    for number, page in enumerate(pages):
        chunk = list(islice(pairs, PAIRS_PER_PAGE))
        first = number * PAIRS_PER_PAGE + 1
        # Only the owner may read it: the page shows people.
        write_whole(page, _page(chunk, first, summary, _navigation(pages, page)).encode(), mode=0o600)


def _page(pairs: Sequence[PairView], first: int, summary: Mapping[str, str], navigation: str) -> str:
    articles = "".join(_article(number, pair) for number, pair in enumerate(pairs, start=first))
    nobody_real = bool(pairs) and all(one.simulated for pair in pairs for one in (pair.first, pair.second))
    heading = "Possible duplicates among simulated persons" if nobody_real else "Possible duplicates"
    body = (
        f"<h1>{heading}</h1>{_NOBODY_REAL * nobody_real}"
        '<p class="note">Each pair is a question for a trained person, not a finding. Nobody is refused, merged or '
        f"deleted because of a score.{_SHOWS_PEOPLE * (not nobody_real)}</p>"
        f'<div class="summary">{table(("figure", "value"), tuple(summary.items()))}</div>{navigation}'
        f"{articles or '<p>No pair reached the thresholds.</p>'}{navigation}"
    )
    return document(f"Kura: {heading.lower()}", body, style=_STYLE)


def _navigation(pages: Sequence[Path], current: Path) -> str:
    if len(pages) == 1:
        return ""
    links = (
        f"<strong>{number}</strong> " if page == current else f'<a href="{escape(page.name)}">{number}</a>'
        for number, page in enumerate(pages, start=1)
    )
    return f"<nav>Pages: {''.join(links)}</nav>"


def outcome_badge(pair: PairView) -> str:
    """Return what the policy makes of a pair, as HTML."""
    wording = {"duplicate": "probable duplicate", "needs_review": "doubtful"}.get(pair.outcome, pair.outcome)
    return f'<span class="badge {escape(pair.outcome)}">{escape(wording)}</span>'


def likeness(pair: PairView) -> str:
    """Return how seldom two strangers are as alike as a pair, as HTML."""
    once = f"{10**pair.score:,.0f}" if pair.score < 9 else f"10<sup>{pair.score:.0f}</sup>"
    guess = " (extrapolated beyond the calibration data)" if pair.extrapolated else ""
    return f"<span>two different people are this alike about once in {once} comparisons{guess}</span>"


def _article(number: int, pair: PairView) -> str:
    scores = tuple((place.replace("_", " "), f"{value:.3f}") for place, value in pair.scores.items())
    return (
        f'<article id="pair-{number}"><header><h2>Pair {number}</h2>{outcome_badge(pair)}{likeness(pair)}</header>'
        f'<div class="persons">{_person(pair.first)}{_person(pair.second)}</div>'
        f'<div class="match">{"".join(_figure(view) for view in pair.matches)}</div>'
        f'<div class="scores">{table(("compared", "score"), scores)}</div></article>'
    )


def _person(person: PersonView) -> str:
    badge = f" {SIMULATED_BADGE}" if person.simulated else ""
    figures = "".join(_figure(view) for view in person.samples)
    return (
        f'<section class="person"><h3>{escape(person.label)}{badge}</h3><div class="samples">{figures}</div></section>'
    )


def _figure(view: SampleView) -> str:
    caption = escape(view.caption)
    if view.image is None:
        return f"<figure><figcaption>{caption}</figcaption></figure>"
    return f'<figure><img src="{view.image}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
