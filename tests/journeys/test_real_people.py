"""Real prints and faces through the whole product: enrolled from a manifest, searched again, counted, printed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api import wiring
from api.installation import Installation
from api.settings import Settings
from biometrics.decisions import Unique
from enrollment.batch import enroll_all
from enrollment.enroll import EnrollmentOffice
from enrollment.intake import gather
from enrollment.preparation import Extractors, prepare
from enrollment.recognition import identify
from enrollment.submission import Submission
from tests.shared_data import DATA, needs_faces, needs_fingerprints

FINGERPRINTS, FACES = DATA / "fingerprints", DATA / "faces" / "lfw_view1"
FACES_ENROLLED = 300


@dataclass(slots=True, kw_only=True)
class Tally:
    """Searches of enrolled people by other samples of theirs."""

    searches: int = 0
    rank_1: int = 0
    missed: int = 0
    false_hits: int = 0

    def __str__(self) -> str:
        return (
            f"{self.searches} searches: rank-1 {self.rank_1 / self.searches:.1%}, {self.missed} misses, "
            f"{self.false_hits} searches with a false hit"
        )


@pytest.fixture(scope="module")
def extractors(tmp_path_factory: pytest.TempPathFactory) -> Extractors:
    return wiring.load_extractors(Installation(home=tmp_path_factory.mktemp("home"), settings=Settings()))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    installation = Installation(home=tmp_path / "home", settings=Settings())
    with wiring.open_registry(installation, create=True) as registry:
        yield wiring.open_office(registry, installation)


def write_manifest(path: Path, rows: Sequence[tuple[str, str, Path, float | None]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("person", "modality", "path", "ppi"))
        writer.writerows((person, modality, image, ppi or "") for person, modality, image, ppi in rows)
    return path


def enroll(manifest: Path, office: EnrollmentOffice, extractors: Extractors) -> int:
    """Enroll everybody and return how many came out unique."""
    results = list(enroll_all(gather([manifest]), office, extractors, threads=Settings().threads))
    assert [result for result in results if result.error is not None] == []
    assert office.registry.check() == []
    office.gallery.follow(office.registry)
    office.gallery.check(office.registry)
    return sum(isinstance(result.outcome, Unique) for result in results)


def search(manifest: Path, office: EnrollmentOffice, extractors: Extractors) -> Tally:
    """Search every line of a manifest by itself; its person column says who it should find."""
    tally = Tally()
    label_of = {subject.subject_id: subject.label for subject in office.registry.subjects()}
    everything = replace(office.policy, review_fpir=0.999)
    for submission in gather([manifest]).submissions:
        for source in submission.sources:
            probe = prepare(Submission(label="probe", sources=(source,)), extractors)
            best = identify(probe, office.searches, everything, limit=1).found
            found = identify(probe, office.searches, office.policy, limit=10).found
            names = [label_of[one.subject_id] for one in found.candidates] if found else []
            tally.searches += 1
            first = best.candidates[0].subject_id if best and best.candidates else ""
            tally.rank_1 += label_of.get(first) == submission.label
            tally.missed += submission.label not in names
            tally.false_hits += any(name != submission.label for name in names)
    return tally


@needs_fingerprints
@pytest.mark.data
def test_forty_fingers_are_enrolled_and_found_by_their_other_impressions(
    tmp_path: Path, office: EnrollmentOffice, extractors: Extractors, capsys: pytest.CaptureFixture[str]
) -> None:
    prints = sorted(FINGERPRINTS.glob("fvc2002_DB*_B/*.png"))
    rows = [(_finger(path), "finger", path, 569.0 if "DB2" in path.parent.name else 500.0) for path in prints]
    first = [row for row in rows if row[2].stem.endswith("_1")]
    others = [row for row in rows if not row[2].stem.endswith("_1")]
    unique = enroll(write_manifest(tmp_path / "enroll.csv", first), office, extractors)
    tally = search(write_manifest(tmp_path / "search.csv", others), office, extractors)
    with capsys.disabled():
        print(f"\nFVC2002 B, 40 fingers enrolled, {unique} unique: {tally}")
    assert (unique, tally.searches) == (40, 280)
    assert tally.rank_1 >= 0.98 * tally.searches
    assert tally.missed <= 0.04 * tally.searches
    assert tally.false_hits <= 0.04 * tally.searches


def _finger(path: Path) -> str:
    return f"{path.parent.name}-{path.stem.split('_')[0]}"


@needs_faces
@pytest.mark.data
def test_three_hundred_faces_are_enrolled_and_found_by_another_picture(
    tmp_path: Path, office: EnrollmentOffice, extractors: Extractors, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [sorted(folder.glob("*.jpg")) for folder in sorted(FACES.iterdir()) if folder.is_dir()]
    several = [pictures for pictures in people if len(pictures) > 1]
    alone = [pictures for pictures in people if len(pictures) == 1]
    chosen = (several + alone)[:FACES_ENROLLED]
    first = [(pictures[0].parent.name, "face", pictures[0], None) for pictures in chosen]
    second = [(pictures[1].parent.name, "face", pictures[1], None) for pictures in chosen if len(pictures) > 1]
    unique = enroll(write_manifest(tmp_path / "enroll.csv", first), office, extractors)
    tally = search(write_manifest(tmp_path / "search.csv", second), office, extractors)
    with capsys.disabled():
        print(f"\nLFW View 1, {FACES_ENROLLED} faces enrolled, {unique} unique: {tally}")
    assert tally.searches >= 100
    assert unique >= 0.96 * FACES_ENROLLED
    assert tally.rank_1 >= 0.95 * tally.searches
    assert tally.missed <= 0.15 * tally.searches
    assert tally.false_hits <= 0.05 * tally.searches
