"""What is measured of portraits, extracted once: pairs verified, persons searched, false matches by group, speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.accuracy.face_discard import discard_document, portrait_discards
from benchmarks.accuracy.face_document import FAILURES, face_document, unsupported
from benchmarks.accuracy.face_groups import FMR_TARGETS, GroupReport, Operating, group_report
from benchmarks.accuracy.face_search import identification_searches, search_figures
from benchmarks.accuracy.face_speed import speed_figures
from benchmarks.accuracy.face_vectors import EmbeddedPortraits, embedded
from benchmarks.accuracy.face_verification import (
    ListedPairs,
    Verified,
    listed_pairs,
    pair_places,
    verify_all,
    verify_listed,
)
from benchmarks.accuracy.measured import Bench, Measurement
from benchmarks.datasets import DataSet
from benchmarks.figures import Figure
from benchmarks.identification import Searches
from benchmarks.lfw_pairs import PairList
from benchmarks.portraits import named_in, persons_apart
from matching.face import cosine_scale


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTask:
    """What to measure.

    Parameters
    ----------
    data
        Portraits; a folder within is taken as one person's.
    pairs
        To verify; where none are given and nothing else is asked for, all.
    identify
        Search persons.
    discard
        Count false non-matches without the portraits of lowest quality.
    operating
        The product's thresholds, to count false matches by group; None where there are no labels.
    left_out
        Names of portraits not to compare within groups.
    """

    data: DataSet
    pairs: PairList | None = None
    identify: bool = False
    discard: bool = False
    operating: Operating | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether all pairs are to be verified."""
        return self.pairs is None and not self._of_persons and self.operating is None

    @property
    def _of_persons(self) -> bool:
        """Whether something is asked for that takes all portraits of every person."""
        return self.identify or self.discard

    @property
    def measured(self) -> DataSet:
        """The portraits that are needed, and as whose.

        Folders are persons' where persons were asked for. Labels alone say nothing of who is who: then every portrait
        is taken to show another person.
        """
        if self.pairs is not None and not self._of_persons and self.operating is None:
            return named_in(self.data, self.pairs)
        alone = self.operating is not None and self.pairs is None and not self._of_persons
        return persons_apart(self.data) if alone else self.data


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceMeasurement(Measurement):
    """A measurement of portraits.

    Parameters
    ----------
    listed
        Every pair of the list with its score; None without a list.
    groups
        None without labels.
    """

    listed: ListedPairs | None = None
    groups: GroupReport | None = None


def measure_faces(task: FaceTask, bench: Bench) -> FaceMeasurement:
    """Extract what is needed once, and measure what is asked for.

    Raises
    ------
    SampleError
        When too many pairs name portraits that are not there, there are too few persons to search, or not one portrait
        could be enrolled.
    ConfigurationError
        When labels lack a column.
    ProcessingError
        When there is no genuine or no impostor pair.
    """
    if task.pairs is not None:
        pair_places(task.data, task.pairs)  # refuses a wrong folder before any work is done
    enrolled = bench.extractor.extract_all(task.measured, bench.progress)
    enrolled.require_any()
    found = embedded(enrolled, bench.extractor.extractor.format.dimension)
    return measure_embedded(task, found, bench, speed_figures(enrolled, bench.extractor))


def measure_embedded(
    task: FaceTask, found: EmbeddedPortraits, bench: Bench, speed: Mapping[str, Figure]
) -> FaceMeasurement:
    """Measure what is asked for on portraits that were extracted before; raises as `measure_faces`."""
    enrolled, name = found.enrolled, found.enrolled.data.name
    listed, checked = _verification(task, found, bench.replicates)
    searches = _searches(found) if task.identify else None
    groups = _groups(task, found, bench.replicates)
    figures = {
        **(checked.figures if checked else {}),
        **(search_figures(searches, replicates=bench.replicates) if searches else {}),
        **(portrait_discards(found, replicates=bench.replicates) if task.discard else {}),
        FAILURES: enrolled.failures(bench.replicates),
        **speed,
    }
    document = face_document(figures, accuracy=checked.accuracy if checked else None, searches=searches, groups=groups)
    notes = (*(checked.notes if checked else ()), *unsupported(figures), *group_notes(task, groups))
    named = {**figures, **(_group_figures(groups) if groups else {})}
    return FaceMeasurement(
        figures={f"{name}/{what}": figure for what, figure in named.items()},
        pairs={name: checked.scored} if checked else {},
        scale=cosine_scale(bench.extractor.extractor.format),
        notes=(*(f"{name}: {note}" for note in notes), *enrolled.notes()),
        failed={name: enrolled.failed},
        sections={**document, **discard_document(figures), "failed": enrolled.failed},
        listed=listed,
        groups=groups,
    )


def _verification(
    task: FaceTask, found: EmbeddedPortraits, replicates: int
) -> tuple[ListedPairs | None, Verified | None]:
    subjects = found.enrolled.subjects
    if task.pairs is not None:
        listed = listed_pairs(found.enrolled.data, task.pairs, found.vectors, found.present)
        return listed, verify_listed(listed, subjects, replicates=replicates)
    if task.everything:
        return None, verify_all(found.vectors, found.present, subjects, replicates=replicates)
    return None, None


def _searches(found: EmbeddedPortraits) -> Searches:
    return identification_searches(found.vectors, found.present, found.enrolled.subjects)


def _groups(task: FaceTask, found: EmbeddedPortraits, replicates: int) -> GroupReport | None:
    if task.operating is None:
        return None
    return group_report(found, task.operating, left_out=task.left_out, replicates=replicates)


def _group_figures(groups: GroupReport) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for target in FMR_TARGETS:
        at = f"FMR at the threshold for {target:g}"
        figures |= {f"{at}, all pairs": rates[target] for rates in (groups.overall,) if target in rates}
        figures |= {
            f"{at}, {' '.join(row.values.values())}": row.fmr[target] for row in groups.rows if target in row.fmr
        }
    return figures


def group_notes(task: FaceTask, groups: GroupReport | None) -> tuple[str, ...]:
    """Say how false matches by group were counted."""
    if groups is None:
        return ()
    apart = task.pairs is None and not task.identify and not task.discard
    told = [
        "false match rates by group: all pairs of equal group and sex, "
        + ("every portrait taken as another person's" if apart else "of different persons' folders")
        + ", whatever the age, children included",
        f"thresholds: those of the calibration {groups.operating.population}",
    ]
    if task.left_out:
        told.append(f"{len(task.left_out)} listed portraits are not compared within groups")
    return tuple(told)
