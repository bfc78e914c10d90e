"""The page of a deduplication run: every reported pair side by side, for the people who decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

from biometrics.files import write_whole

PAIRS_PER_PAGE = 200
"""A page of this many pairs has about 10 MB, which browsers still open at once."""

_STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #f6f5f2; }
body { max-width: 1180px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 0; }
.note { color: #555; max-width: 70ch; } .summary td, .summary th { padding: .15rem 1.2rem .15rem 0; text-align: left; }
article { background: #fff; border: 1px solid #dcd9d2; border-radius: 8px; padding: 1rem 1.2rem; margin: 1.2rem 0; }
article header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
.badge { border-radius: 4px; padding: .05rem .5rem; font-weight: 600; font-size: .9rem; }
.duplicate { background: #fbe3df; color: #8c1d0f; } .needs_review { background: #fdf0cf; color: #6b4a00; }
.simulated { background: #e0e8ff; color: #1f3a93; }
.persons { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: .8rem; }
.person { min-width: 0; } .person h3 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.samples { display: flex; flex-wrap: wrap; gap: .5rem; }
figure { margin: 0; } figcaption { font-size: .85rem; color: #555; }
.samples img { display: block; max-width: 100%; max-height: 260px; border: 1px solid #ddd; }
.match img { max-width: 100%; border: 1px solid #ddd; margin-top: .8rem; }
table.scores { border-collapse: collapse; margin-top: .8rem; }
.scores td, .scores th { padding: .1rem 1.2rem .1rem 0; text-align: left; }
nav a { margin-right: 1rem; }
"""


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
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in summary.items())
    articles = "".join(_article(number, pair) for number, pair in enumerate(pairs, start=first))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kura: possible duplicates</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        "<h1>Possible duplicates</h1>"
        '<p class="note">Each pair is a question for a trained person, not a finding. Nobody is refused, merged or '
        "deleted because of a score. The page shows people: keep it as you would keep their files.</p>"
        f'<table class="summary">{rows}</table>{navigation}'
        f"{articles or '<p>No pair reached the thresholds.</p>'}{navigation}</body></html>\n"
    )


def _navigation(pages: Sequence[Path], current: Path) -> str:
    if len(pages) == 1:
        return ""
    links = (
        f"<strong>{number}</strong> " if page == current else f'<a href="{escape(page.name)}">{number}</a>'
        for number, page in enumerate(pages, start=1)
    )
    return f"<nav>Pages: {''.join(links)}</nav>"


def _article(number: int, pair: PairView) -> str:
    wording = {"duplicate": "probable duplicate", "needs_review": "doubtful"}.get(pair.outcome, pair.outcome)
    rate = f"{10**pair.score:,.0f}" if pair.score < 15 else f"10<sup>{pair.score:.0f}</sup>"
    guess = " (extrapolated beyond the calibration data)" if pair.extrapolated else ""
    scores = "".join(
        f"<tr><td>{escape(place.replace('_', ' '))}</td><td>{value:.3f}</td></tr>"
        for place, value in pair.scores.items()
    )
    matches = "".join(_figure(view) for view in pair.matches)
    return (
        f'<article id="pair-{number}"><header><h2>Pair {number}</h2>'
        f'<span class="badge {escape(pair.outcome)}">{escape(wording)}</span>'
        f"<span>two different people are this alike about once in {rate} comparisons{guess}</span></header>"
        f'<div class="persons">{_person(pair.first)}{_person(pair.second)}</div>'
        f'<div class="match">{matches}</div>'
        f'<table class="scores"><tr><th>compared</th><th>score</th></tr>{scores}</table></article>'
    )


def _person(person: PersonView) -> str:
    badge = ' <span class="badge simulated">simulated</span>' if person.simulated else ""
    figures = "".join(_figure(view) for view in person.samples)
    return (
        f'<section class="person"><h3>{escape(person.label)}{badge}</h3><div class="samples">{figures}</div></section>'
    )


def _figure(view: SampleView) -> str:
    caption = escape(view.caption)
    if view.image is None:
        return f"<figure><figcaption>{caption}</figcaption></figure>"
    return f'<figure><img src="{view.image}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
