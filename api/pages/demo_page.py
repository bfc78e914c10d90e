"""The report of a demo: one page that explains itself to somebody who never saw biometrics, and needs no network."""

from __future__ import annotations

from html import escape

from api.pages.dedup_page import PersonView, SampleView, likeness, outcome_badge
from api.pages.demo_views import DemoReport, FaceScore, PortraitView, RenderingView, ReportedView
from api.pages.style import SIMULATED_BADGE, document, table

_STYLE = """
.result { font-size: 1.2rem; font-weight: 600; margin-bottom: 0; }
.prints { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 1rem; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem; }
.two { margin: .8rem 0; }
.samples { display: grid; grid-template-columns: repeat(4, minmax(0, 130px)); gap: .5rem; }
.renderings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 235px), 1fr)); gap: 1rem; }
.renderings { margin-top: .6rem; } .both { display: flex; gap: .4rem; } .both img { height: 112px; width: auto; }
svg.histogram { width: 100%; max-width: 620px; height: auto; background: #fff; border: 1px solid #dcd9d2; }
svg.histogram text { font: 12.5px system-ui, sans-serif; fill: #444; }
svg.histogram text { paint-order: stroke; stroke: #fff; stroke-width: 4; }
svg.histogram .strong { fill: #1c1c1c; } svg.histogram .ruler { stroke: #1c1c1c; stroke-dasharray: 4 3; }
pre { background: #fff; border: 1px solid #dcd9d2; border-radius: 8px; padding: .8rem 1rem; white-space: pre-wrap; }
"""

_TITLE = "Kura demo: everybody enrolled here is SIMULATED"

_INTRODUCTION = f"""<h1>Kura demo {SIMULATED_BADGE}</h1>
<p>Kura enrolls people from their fingerprints and faces and reports who may be enrolled twice. <strong>Every person
enrolled and every fingerprint on this page is SIMULATED</strong>, computed from the number SEED: nobody's finger was
used. Error rates seen here say nothing about real people.</p>"""

_ON_PRINTS = """<h2>Prints and their minutiae</h2>
<p>The ridges of the skin end (red circles) and fork (blue squares); these places are called minutiae, and how they lie
differs from finger to finger. Kura compares minutiae only. The pictures go from the best quality to the poorest.</p>"""

_ON_PAIRS = """<h2>Who may be enrolled twice</h2>
<p>Some simulated persons came a second time, under another name and with new impressions of their fingers, and Kura
compared everybody with everybody. Green lines join minutiae that correspond. Each pair is a question for a trained
person: a score refuses, merges or deletes nobody.</p>"""

_ON_SCORES = """<h2>How scores tell people apart</h2>
<p>First, finger against finger: the more minutiae correspond, the higher the score. Then, person against person, all
fingers together: evidence 6 means that of a million pairs of strangers one is as alike. A pair of persons right of a
dashed line is reported, so strangers there are mistakes. POLICY Each strip has a height of its own.</p>"""

_ON_QUALITY = f"""<h2>Quality of the prints {SIMULATED_BADGE}</h2>
<p>Quality, from 0 (useless) to 100, says how well a print can be compared; an operator would capture a poor one again.
The patterns are those that the simulator drew, about as frequent as among people.</p>"""

_ON_FACES = """<h2>Faces</h2>
<p><strong>These portraits show real people. They are not simulated, and nobody in them is enrolled.</strong> They are
in the public domain or dedicated to it. Simulated persons have fingerprints only, so the face path is shown on
renderings of these pictures; beside each stands the face as the model sees it, turned upright and cut out.</p>
<p>The score is 1 for the same picture and near 0 for strangers; after it stands how many pairs of strangers are as
alike. A star marks rates extrapolated beyond the calibration data.</p>"""

_NO_FACES = "<h2>Faces</h2><p>No installed package carries a portrait in the public domain, so none is shown.</p>"


def demo_page(report: DemoReport) -> str:
    """Return the report as one HTML document."""
    shown = report.evidence
    quality = tuple(
        (row.position, f"{row.prints}", _spread(row.quality), _spread(row.minutiae), row.classes)
        for row in shown.print_kinds
    )
    parts = (
        _top(report),
        _ON_PRINTS,
        f'<div class="prints">{"".join(_figure(view) for view in shown.prints)}</div>',
        _ON_PAIRS,
        _pairs(report),
        _ON_SCORES.replace("POLICY", escape(shown.policy)),
        f'<div class="two">{shown.print_scores}{shown.person_scores}</div>',
        _ON_QUALITY,
        table(
            ("finger", "prints", "quality: least, median, most", "minutiae: least, median, most", "patterns"), quality
        ),
        _ON_FACES + "".join(_portrait(view) for view in shown.portraits) if shown.portraits else _NO_FACES,
        _timings(report),
        _next(report),
    )
    return document(_TITLE, f"<main>{''.join(parts)}</main>", style=_STYLE)


def _top(report: DemoReport) -> str:
    first, *others = report.summary
    lines = "".join(f"<br>{escape(line)}" for line in others)
    introduction = _INTRODUCTION.replace("SEED", f"{report.seed}")
    return f'{introduction}<p class="result">{escape(first)}</p><p>{lines.removeprefix("<br>")}</p>'


def _spread(values: tuple[int, int, int]) -> str:
    return ", ".join(f"{value}" for value in values)


def _pairs(report: DemoReport) -> str:
    articles = "".join(_article(number, one) for number, one in enumerate(report.evidence.reported, start=1))
    missed = "".join(f"<li>{escape(text)}</li>" for text in report.evidence.missed)
    not_reported = f"<h3>Planted and not reported</h3><ul>{missed}</ul>" if missed else ""
    return f"{articles or '<p>No pair was reported.</p>'}{not_reported}<p>{escape(report.evidence.twins)}</p>"


def _article(number: int, one: ReportedView) -> str:
    pair = one.pair
    verdict, kind = ("right: planted", "good") if one.planted else ("false: not planted", "duplicate")
    return (
        f'<article id="pair-{number}"><header><h3>Pair {number}</h3>'
        f'{outcome_badge(pair)}<span class="badge {kind}">{verdict}</span>{likeness(pair)}</header>'
        f'<div class="two">{_person(pair.first)}{_person(pair.second)}</div>'
        f'<div class="two">{"".join(_figure(view) for view in pair.matches)}</div></article>'
    )


def _person(person: PersonView) -> str:
    figures = "".join(_figure(view) for view in person.samples)
    badge = SIMULATED_BADGE if person.simulated else ""
    return f'<section><h3>{escape(person.label)} {badge}</h3><div class="samples">{figures}</div></section>'


def _figure(view: SampleView) -> str:
    caption = escape(view.caption)
    image = f'<img src="{view.image}" alt="simulated: {caption}">' if view.image else ""
    return f"<figure>{image}<figcaption>{SIMULATED_BADGE} {caption}</figcaption></figure>"


def _portrait(portrait: PortraitView) -> str:
    renderings = "".join(_rendering(view, portrait.title) for view in portrait.renderings)
    credit = f'<span class="note">{escape(portrait.credit)}</span>'
    header = f"<header><h3>{escape(portrait.title)}</h3>{credit}</header>"
    return f'<article>{header}<div class="renderings">{renderings}</div></article>'


def _rendering(view: RenderingView, title: str) -> str:
    alt = f"{escape(title)}, {escape(view.name)}"
    aligned = f'<img src="{view.aligned}" alt="{alt}, aligned face">' if view.aligned else ""
    lines = "".join(f"<br>{line}" for line in (*map(_score, view.scores), *map(escape, view.notes)))
    return (
        f'<figure><div class="both"><img src="{view.picture}" alt="{alt}">{aligned}</div>'
        f"<figcaption><strong>{escape(view.name)}</strong>, quality {view.quality}{lines}</figcaption></figure>"
    )


def _score(score: FaceScore) -> str:
    star = "*" if score.extrapolated else ""
    return f"{escape(score.against)}: {score.cosine:.2f}, {_share(score.fmr)}{star}"


def _share(rate: float) -> str:
    if rate >= 0.005:
        return f"{rate:.0%}"
    for unit, name in ((1e9, " billion"), (1e6, " million"), (1.0, "")):
        if 1 / rate >= unit:
            return f"1 in {1 / rate / unit:,.0f}{name}"
    return "all"


def _timings(report: DemoReport) -> str:
    rows = [(one.name, f"{one.seconds:.1f}", f"{one.count:,} {one.unit}", one.rate) for one in report.stages]
    rows.append(("together", f"{sum(one.seconds for one in report.stages):.1f}", "", ""))
    return f"<h2>Timings</h2>{table(('stage', 'seconds', 'done', 'rate'), tuple(rows))}"


def _next(report: DemoReport) -> str:
    lines = "\n".join(f"# {escape(step.purpose)}\n{escape(step.command)}" for step in report.next_steps)
    return f"<h2>What to type next</h2><pre><code>{lines}</code></pre>"
