"""Portraits given as one person's that show two: a person decides, and the files that stand alone are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import wiring
from api.installation import Installation
from api.settings import Settings
from biometrics.cases import CasePriority
from biometrics.decisions import Duplicate, NeedsReview, Unique
from biometrics.records import EncounterStatus
from enrollment.batch import EnrollmentResult, enroll_all
from enrollment.enroll import EnrollmentOffice
from enrollment.intake import gather
from tests.enrollment.fakes import BLANK, fake_extractors, picture
from tests.enrollment.office import open_office
from tests.shared_data import DATA, needs_faces

UNLIKE = "unlike other portraits given for this person; see whether it shows somebody else"
ANNA, BERTA, CLARA = 1, 2, 3


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    opened = open_office(tmp_path / "home")
    with opened.registry:
        yield opened


def enroll(office: EnrollmentOffice, folder: Path, label: str, *shown: int, color: bool = True) -> EnrollmentResult:
    """Enroll pictures of these persons, `0.png`, `1.png` and so on, as those of one."""
    paths = [folder / label / f"{capture}.png" for capture in range(len(shown))]
    (folder / label).mkdir(exist_ok=True)
    for capture, (person, path) in enumerate(zip(shown, paths, strict=True)):
        path.write_bytes(picture(person, 10 * len(label) + capture, color=color))
    (result,) = enroll_all(gather(paths, person=label), office, fake_extractors(), threads=1)
    return result


@pytest.mark.parametrize("shown", [(ANNA,), (ANNA, ANNA), (ANNA, BLANK, ANNA), (ANNA,) * 5])
def test_portraits_of_one_person_are_enrolled_as_ever(
    office: EnrollmentOffice, tmp_path: Path, shown: tuple[int, ...]
) -> None:
    result = enroll(office, tmp_path, "anna", *shown)
    assert isinstance(result.outcome, Unique)
    assert not any(UNLIKE in warning for warning in result.warnings)
    event = office.registry.events_about(result.outcome.subject_id)[-1]
    assert event.details["portraits_apart"] == 0


@pytest.mark.parametrize(
    ("shown", "named"),
    [
        ((ANNA, ANNA, BERTA), ["2.png"]),
        ((BERTA, ANNA, ANNA, CLARA), ["0.png", "3.png"]),
        # Nobody can say which of them is meant.
        ((ANNA, BERTA), ["0.png", "1.png"]),
        ((ANNA, BLANK, BERTA), ["0.png", "2.png"]),
        ((ANNA, BERTA, ANNA, BERTA), ["0.png", "1.png", "2.png", "3.png"]),
    ],
)
def test_portraits_of_two_people_wait_for_a_person(
    office: EnrollmentOffice, tmp_path: Path, shown: tuple[int, ...], named: list[str]
) -> None:
    result = enroll(office, tmp_path, "mixed", *shown)
    assert isinstance(result.outcome, NeedsReview)
    assert [warning for warning in result.warnings if UNLIKE in warning] == [f"{name}: {UNLIKE}" for name in named]
    case = office.registry.case(result.outcome.case_id)
    assert (case.candidates, case.priority) == ((), CasePriority.NORMAL)
    assert case.reason == "nobody in the gallery comes near; the portraits do not look like one person"
    (encounter,) = office.registry.encounters(result.outcome.subject_id)
    assert encounter.status is EncounterStatus.PENDING
    event = office.registry.events_about(result.outcome.subject_id)[-1]
    assert event.details["portraits_apart"] == len(named)


def test_a_duplicate_stays_one_with_its_candidates_and_both_reasons(office: EnrollmentOffice, tmp_path: Path) -> None:
    first = enroll(office, tmp_path, "anna", ANNA).outcome
    assert isinstance(first, Unique)
    mixed = enroll(office, tmp_path, "mixed", ANNA, ANNA, BERTA).outcome
    assert isinstance(mixed, Duplicate)
    assert mixed.of == first.subject_id
    case = office.registry.case(mixed.case_id)
    assert [one.subject_id for one in case.candidates] == [first.subject_id]
    assert case.reason == (
        "the best candidate is very likely the same person; the portraits do not look like one person"
    )


def test_again_gives_the_earlier_outcome_and_writes_nothing(office: EnrollmentOffice, tmp_path: Path) -> None:
    enroll(office, tmp_path, "anna", ANNA)
    for label, shown in (("mixed", (BERTA, CLARA)), ("again", (ANNA, ANNA, CLARA))):
        first = enroll(office, tmp_path, label, *shown)
        before = office.registry.events()
        again = enroll(office, tmp_path, label, *shown)
        assert (again.outcome, again.repeated) == (first.outcome, True)
        assert office.registry.events() == before


def test_fingers_beside_portraits_are_not_asked(office: EnrollmentOffice, tmp_path: Path) -> None:
    result = enroll(office, tmp_path, "prints", ANNA, BERTA, color=False)
    assert isinstance(result.outcome, Unique)
    assert result.warnings == ()


@needs_faces
@pytest.mark.data
def test_a_real_strangers_portrait_is_named(tmp_path: Path) -> None:
    installation = Installation(home=tmp_path / "home", settings=Settings())
    faces = DATA / "faces" / "lfw_view1"
    people = [sorted(folder.glob("*.jpg"))[:2] for folder in sorted(faces.iterdir()) if folder.is_dir()]
    own, *others = [pictures for pictures in people if len(pictures) == 2][:3]
    extractors = wiring.load_extractors(installation)
    with wiring.open_registry(installation, create=True) as registry:
        real = wiring.open_office(registry, installation)
        mixed = gather([*own, others[0][0]], person="mixed")
        honest = gather(others[1], person="honest")
        first, second = (next(enroll_all(one, real, extractors, threads=1)) for one in (mixed, honest))
    assert isinstance(first.outcome, NeedsReview)
    assert f"{others[0][0].name}: {UNLIKE}" in first.warnings
    assert sum(UNLIKE in warning for warning in first.warnings) == 1
    assert isinstance(second.outcome, Unique)
