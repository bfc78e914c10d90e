"""False matches by group and sex, against counting them one by one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.face_groups import GroupReport, Operating, group_report
from benchmarks.accuracy.face_lines import group_lines
from benchmarks.accuracy.face_vectors import EmbeddedPortraits, embedded
from benchmarks.datasets import DataSet, SampleFile
from benchmarks.templates import Enrolled, Outcome
from biometrics.errors import ConfigurationError
from biometrics.positions import Position
from biometrics.quality import ComponentVerdict, QualityScore, Verdict
from biometrics.templates import FaceEmbedding, Template, TemplateFormat

FORMAT = TemplateFormat(algorithm="fake-face", version="1", metric="cosine", dimension=8)
OPERATING = Operating(population="test", thresholds={1e-3: 0.5, 1e-4: 0.7})


def _portraits(groups: list[str], *, missing: tuple[int, ...] = (), persons: list[int] | None = None) -> Enrolled:
    random = np.random.default_rng(3)
    samples, outcomes = [], []
    for place, group in enumerate(groups):
        vector = random.standard_normal(8) + (2.0 if group == "B" else 0.0) * np.eye(8)[0]
        body = FaceEmbedding(vector=(vector / np.linalg.norm(vector)).astype(np.float32), raw_norm=1.0)
        quality = QualityScore(value=place % 100, algorithm="none/1")
        template = Template(format=FORMAT, position=Position.FACE, body=body, quality=quality)
        absent = place in missing
        told = (Verdict.GOOD, Verdict.IMPROVE, Verdict.BAD, Verdict.NOT_EVALUATED)[place % 4]
        message = "face.pose.turned" if told.is_advice else None
        outcomes.append(
            Outcome(
                template=None if absent else template,
                failure=("no_face" if place < 7 else "face_turned") if absent else None,
                verdicts=(ComponentVerdict(component="pose", verdict=told, message=message),) * (place != 3),
            )
        )
        samples.append(
            SampleFile(
                name=f"{place}.png",
                path=Path(f"{place}.png"),
                subject=str(place if persons is None else persons[place]),
                labels={"file": f"{place}.png", "group": group, "sex": "F"},
            )
        )
    return Enrolled(data=DataSet(name="set", samples=tuple(samples)), outcomes=tuple(outcomes))


def _report(enrolled: Enrolled, left_out: tuple[str, ...] = ()) -> tuple[GroupReport, EmbeddedPortraits]:
    found = embedded(enrolled, 8)
    return group_report(found, OPERATING, left_out=left_out, replicates=200), found


def _slowly(found: EmbeddedPortraits, rows: list[int], threshold: float) -> tuple[int, int]:
    persons = found.enrolled.subjects
    pairs = [(a, b) for a, b in combinations(rows, 2) if persons[a] != persons[b]]
    return sum(bool(found.vectors[a] @ found.vectors[b] >= threshold) for a, b in pairs), len(pairs)


def test_every_group_is_counted_within_itself_and_all_together() -> None:
    groups = ["A", "B"] * 30
    report, found = _report(_portraits(groups, missing=(4, 5, 7)), left_out=("8.png", "9.png"))
    usable = [place for place in range(60) if place not in (4, 5, 7, 8, 9)]
    totals = [0, 0]
    for row, group in zip(report.rows, "AB", strict=True):
        rows = [place for place in usable if groups[place] == group]
        for target, threshold in OPERATING.thresholds.items():
            errors, pairs = _slowly(found, rows, threshold)
            assert row.fmr[target].counts == {"false matches": errors, "impostor pairs": pairs}
            assert row.fmr[target].low <= errors / pairs <= row.fmr[target].high
        assert (row.images, row.pairs) == (30, pairs)
        totals = [totals[0] + _slowly(found, rows, 0.5)[0], totals[1] + pairs]
    assert report.within[1e-3].counts == {"false matches": totals[0], "impostor pairs": totals[1]}
    errors, pairs = _slowly(found, usable, 0.5)
    assert report.overall[1e-3].counts == {"false matches": errors, "impostor pairs": pairs}
    assert [row.misses.value for row in report.rows] == [pytest.approx(1 / 30), pytest.approx(1 / 30)]
    assert [row.refused for row in report.rows] == [0.0, pytest.approx(1 / 30)]
    assert report.rows[0].quality_median == np.median([place for place in range(0, 60, 2) if place != 4])
    assert report.rows[1].fmr[1e-3].value > 2 * report.rows[0].fmr[1e-3].value > 0


def test_two_pictures_of_a_person_are_no_impostors() -> None:
    persons = [place // 2 for place in range(20)]
    report, found = _report(_portraits(["A"] * 20, persons=persons))
    errors, pairs = _slowly(found, list(range(20)), 0.5)
    assert report.rows[0].fmr[1e-3].counts == {"false matches": errors, "impostor pairs": pairs == 180 and 180}


def test_the_worst_group_is_named_among_those_that_can_tell() -> None:
    report, _ = _report(_portraits(["A"] * 260 + ["B"] * 20))
    assert report.rows[1].fmr[1e-3].value > report.rows[0].fmr[1e-3].value
    worst = report.worst(1e-3)
    assert worst is not None
    assert worst.values == {"group": "A", "sex": "F"}
    assert report.worst(1e-4) is None


def test_groups_of_one_or_without_templates_have_no_rate() -> None:
    report, _ = _report(_portraits(["A", "B", "C", "C"], missing=(1, 2)))
    document = [row.document() for row in report.rows]
    assert [row["fmr"] for row in document] == [{"0.001": None, "0.0001": None}] * 3
    assert [(row["n"], row["misses"], row["quality_median"]) for row in document] == [
        (1, 0, 0),
        (1, 1, None),
        (2, 0.5, 3),
    ]


def test_intervals_draw_persons() -> None:
    report, found = _report(_portraits(["A"] * 100))
    figure = report.rows[0].fmr[1e-3]
    counts = found.vectors @ found.vectors.T >= 0.5
    degrees = counts.sum(axis=1) - 1
    # The variance of a share of pairs is about four times that of the persons' own shares, over the persons.
    spread = 2 * np.std(degrees / 99) / np.sqrt(100)
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * spread, rel=0.35)


def test_advice_is_counted_by_group_among_the_portraits_that_were_judged() -> None:
    report, _ = _report(_portraits(["A", "A", "A", "A", "B", "B", "B", "A"]))
    assert report.rows[0].verdicts == {"pose": {"improve": 0.25, "bad": 0.25}}
    assert report.rows[1].document()["verdicts"]["pose"]["bad"] == pytest.approx(1 / 3)
    table = [line.split() for line in group_lines(report)[-3:]]
    assert table == [["portraits", "with", "advice", "on", "pose"], ["A,", "F", "50.0%"], ["B,", "F", "66.7%"]]


def test_missing_columns_are_named() -> None:
    enrolled = _portraits(["A"] * 3)
    samples = tuple(
        SampleFile(name=one.name, path=one.path, subject=one.subject, labels={"file": one.name, "sex": "F"})
        for one in enrolled.data.samples
    )
    with pytest.raises(ConfigurationError, match="'group'"):
        _report(Enrolled(data=DataSet(name="set", samples=samples), outcomes=enrolled.outcomes))
