"""The demo's page says what is true of a run that went badly too; its histograms show every value."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from api.pages.dedup_page import PairView, PersonView, SampleView
from api.pages.demo_page import demo_page
from api.pages.demo_views import (
    DemoEvidence,
    DemoReport,
    FaceScore,
    NextStep,
    PortraitView,
    PrintKindRow,
    RenderingView,
    ReportedView,
    StageTime,
)
from api.pages.histogram import Line, Strip, histogram_svg

IMAGE = "data:image/jpeg;base64,AAAA"


def person(label: str) -> PersonView:
    return PersonView(label=label, simulated=True, samples=(SampleView(caption="left index", image=IMAGE),))


def pair(outcome: str, first: str, second: str) -> PairView:
    return PairView(
        outcome=outcome,
        score=4.2,
        scores={"left_index": 3.0},
        extrapolated=False,
        first=person(first),
        second=person(second),
        matches=(SampleView(caption="12 corresponding minutiae", image=IMAGE),),
    )


def portrait() -> PortraitView:
    scores = (
        FaceScore(against="own original", cosine=0.93, fmr=2.5e-10, extrapolated=True),
        FaceScore(against="Somebody Else", cosine=0.11, fmr=0.4, extrapolated=False),
    )
    dark = RenderingView(name="darker", picture=IMAGE, aligned=None, quality=12, scores=scores, notes=("too dark",))
    return PortraitView(title="Somebody", credit="by a photographer, CC0", renderings=(dark,))


def report(*, portraits: tuple[PortraitView, ...] = ()) -> str:
    evidence = DemoEvidence(
        prints=(SampleView(caption="SIM-1, whorl", image=IMAGE), SampleView(caption="lost", image=None)),
        reported=(
            ReportedView(pair=pair("duplicate", "Qraz, SIM-1", "<b>Zblo</b>, SIM-2"), planted=True),
            ReportedView(pair=pair("needs_review", "SIM-3", "SIM-4"), planted=False),
        ),
        missed=("SIM-5 and SIM-6: evidence 0.3",),
        twins="SIM-7 and SIM-8 are identical twins.",
        print_scores="<svg></svg>",
        person_scores="<svg></svg>",
        policy="3 % of searches.",
        print_kinds=(
            PrintKindRow(position="left index", prints=8, classes="8 whorl", quality=(1, 50, 99), minutiae=(9, 40, 80)),
        ),
        portraits=portraits,
    )
    return demo_page(
        DemoReport(
            seed=77,
            summary=("Found 1 of 2 planted duplicates, 1 false.", "Enrolled 8."),
            evidence=evidence,
            stages=(StageTime(name="enroll", seconds=2.0, count=30, unit="prints"),),
            next_steps=(NextStep(command="kura --home x case list", purpose="the cases"),),
        )
    )


def test_false_and_missed_pairs_are_called_so() -> None:
    text = report()
    first, second = re.findall(r"<article.*?</article>", text)
    assert "right: planted" in first and "probable duplicate" in first
    assert "false: not planted" in second and "doubtful" in second
    assert "Planted and not reported</h3><ul><li>SIM-5 and SIM-6" in text
    assert "once in 15,849 comparisons" in first


def test_every_print_and_person_is_marked_simulated() -> None:
    text = report()
    assert text.startswith('<!doctype html><html lang="en">')
    assert "SIMULATED</title>" in text
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    names = re.findall(r"<section><h3>(.*?)</h3>", text)
    assert len(captions) == 2 + 2 * 3 and len(names) == 4
    assert [one for one in captions + names if ">simulated</span>" not in one] == []
    assert "from the number 77" in text


def test_names_are_escaped() -> None:
    assert "<b>Zblo" not in report()
    assert "&lt;b&gt;Zblo&lt;/b&gt;, SIM-2" in report()


def test_times_and_quality_are_there() -> None:
    text = report()
    assert "<td>30 prints</td><td>15.0 prints a second</td>" in text
    assert "<td>1, 50, 99</td><td>9, 40, 80</td><td>8 whorl</td>" in text
    assert "# the cases\nkura --home x case list" in text


def test_portraits_are_said_to_be_real_and_credited() -> None:
    text = report(portraits=(portrait(),))
    assert "These portraits show real people" in text
    assert "by a photographer, CC0" in text
    assert "own original: 0.93, 1 in 4 billion*" in text
    assert "Somebody Else: 0.11, 40%" in text
    assert "too dark" in text


def test_without_portraits_the_page_says_so() -> None:
    assert "No installed package carries a portrait" in report()
    assert "These portraits show real people" not in report()


def drawn(svg: str, fill: str) -> list[ET.Element]:
    root = ET.fromstring(svg)
    return [bar for group in root.iter("g") if group.get("fill") == fill for bar in group]


@pytest.mark.parametrize("values", [(0.0,), (-0.0, 3.0, 900.0), (5.0,) * 1000 + (12.0,)])
def test_every_value_stands_in_a_visible_bar_within_the_picture(values: tuple[float, ...]) -> None:
    strip = Strip(title="same finger", color="#123456", values=values)
    svg = histogram_svg((strip,), (Line(title="limit", value=4.0),), title="Scores", axis="score")
    bars = drawn(svg, "#123456")
    assert len(bars) == len(set(values))
    assert min(float(bar.get("height") or 0) for bar in bars) >= 2.0
    assert min(float(bar.get("x") or -1) for bar in bars) >= 0.0
    assert max(float(bar.get("x") or 0) + float(bar.get("width") or 0) for bar in bars) <= 480
    assert f"same finger: {len(values):,}" in svg
    assert "-0.0" not in svg


def test_larger_values_stand_further_right_and_lines_between_them() -> None:
    strips = (
        Strip(title="low", color="#000001", values=(1.0,)),
        Strip(title="high", color="#000002", values=(9.0,)),
        Strip(title="none", color="#000003", values=()),
    )
    svg = histogram_svg(strips, (Line(title="limit", value=4.0),), title="a < b", axis="score")
    low, high = (float(drawn(svg, color)[0].get("x") or 0) for color in ("#000001", "#000002"))
    (line,) = (one for one in ET.fromstring(svg).iter("line") if one.get("class") == "ruler")
    assert low < float(line.get("x1") or 0) < high
    assert "none: none" in svg
    assert drawn(svg, "#000003") == []
