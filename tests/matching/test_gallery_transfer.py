"""A gallery that was exported and restored answers as before, goes on as before, and is refused when damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from biometrics.errors import BiometricsError, ConfigurationError, GalleryError
from biometrics.positions import Modality, Position
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from matching.stores import Matcher
from matching.transfer import LAYOUT
from tests.matching.parts import (
    CALIBRATIONS,
    ToyMatcher,
    ToySource,
    exponential_calibration,
    face,
    finger,
    probe,
    toy_gallery,
)
from tests.matching.test_gallery_beside_writers import WHOLE, random_source
from tests.matching.test_gallery_exact import Script, people, registry_after, steps

MATCHERS: dict[Modality, Matcher[Any]] = {Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher(chunk_rows=3)}
UNCHECKED = ("x", "vectors", "weights", "names", "slots", "kinds", "numbers", "owners", "attributes", "hashes")
"""Arrays of which another value may be as good as the true one: left to whoever authenticates what is kept."""


def followed(source: ToySource, until: int | None = None) -> Gallery:
    gallery = toy_gallery()
    for change in source.changes[:until]:
        gallery.apply(change)
    return gallery


def exported(gallery: Gallery) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    header, arrays = gallery.export()
    kept = list(arrays)
    assert len({name for name, _ in kept}) == len(kept)
    told: dict[str, Any] = json.loads(json.dumps(header))
    return told, {name: array.copy() for name, array in kept}


def restored(header: dict[str, Any], arrays: dict[str, NDArray[Any]], folder: Path | None = None) -> Gallery:
    return Gallery.restore(header, arrays, calibrations=CALIBRATIONS, matchers=MATCHERS, folder=folder)


@settings(max_examples=60)
@given(steps, steps, people)
def test_a_restored_gallery_is_the_gallery(first: Script, second: Script, templates: list[Any]) -> None:
    source = registry_after([*first, *second])
    gallery = followed(source, len(first))
    other = restored(*exported(gallery))
    for change in source.changes[gallery.generation :]:
        gallery.apply(change)
        other.apply(change)
    assert other.search(probe(*templates)) == gallery.search(probe(*templates))
    assert other.subjects() == gallery.subjects()
    assert (other.fingerprint, other.generation, other.size) == (gallery.fingerprint, gallery.generation, gallery.size)
    assert [other.search_subject(one) for one in other.subjects()] == [
        gallery.search_subject(one) for one in gallery.subjects()
    ]
    other.check(source)


def test_what_is_exported_is_of_one_generation_however_long_it_takes(tmp_path: Path) -> None:
    source = random_source(9, 80)
    gallery = followed(source, 40)
    before = gallery.search(probe(*WHOLE)), gallery.subjects(), gallery.fingerprint
    header, arrays = gallery.export()
    kept = dict([next(arrays)])
    for change in source.changes[40:]:
        gallery.apply(change)
    gallery.compact()
    kept |= dict(arrays)
    other = restored(header, kept, tmp_path)
    assert (other.search(probe(*WHOLE)), other.subjects(), other.fingerprint) == before
    for change in source.changes[40:]:
        other.apply(change)
    other.check(source)
    assert other.search(probe(*WHOLE)) == gallery.search(probe(*WHOLE))


def test_counts_tell_what_is_there() -> None:
    gallery = toy_gallery()
    source = ToySource()
    first = source.add("anna", finger(Position.RIGHT_INDEX, 5.0), face(1, 0, 0, 0))
    source.add("anna", face(1, 0.6, 0, 0))
    gone = source.add("ben", finger(Position.RIGHT_INDEX, 9.0))
    source.retire(gone)
    gallery.follow(source)
    stats = gallery.stats()
    assert (stats.generation, stats.persons, stats.references, stats.gone) == (4, 1, 3, 2)
    assert stats.with_position == {"right_index": 1, "face": 1}
    gallery.compact()
    assert (gallery.stats().gone, gallery.stats().rows) == (0, {"right_index": 1, "face": 3})
    gallery.apply(source.retire(first))
    assert gallery.stats().references == 1


def test_nothing_that_was_altered_is_taken() -> None:
    """Whatever is lost or cut, and most numbers that are changed, is noticed; what is not changes no answer."""
    header, arrays = exported(followed(random_source(11, 60)))
    expected = restored(header, arrays)
    rng, refused = np.random.default_rng(3), 0
    for name in arrays:
        for damage in ("missing", "shorter", "other type", "number"):
            altered = {one: array.copy() for one, array in arrays.items()}
            if damage == "missing":
                del altered[name]
            elif damage == "shorter":
                altered[name] = altered[name][:-1]
            elif damage == "other type":
                altered[name] = altered[name].astype(np.int8)
            elif name.endswith(UNCHECKED):
                continue
            elif len(altered[name]):
                place = int(rng.integers(len(altered[name])))
                altered[name][place] += np.array(1, dtype=altered[name].dtype)
            try:
                other = restored(header, altered)
            except BiometricsError:
                refused += 1
                continue
            assert other.search(probe(*WHOLE)) == expected.search(probe(*WHOLE)), (name, damage)
    assert refused > 3 * len(arrays)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layout", LAYOUT - 1),
        ("layout", LAYOUT + 1),
        ("fingerprint", "0" * 32),
        ("persons", 3),
        ("formats", None),
        ("columns", ["face"]),
    ],
)
def test_a_header_that_tells_of_another_gallery_is_refused(name: str, value: object) -> None:
    header, arrays = exported(followed(random_source(11, 60)))
    with pytest.raises(GalleryError):
        restored({**header, name: value}, arrays)


def test_a_gallery_of_other_scores_is_refused() -> None:
    header, arrays = exported(followed(random_source(11, 20)))
    unfit = dict(CALIBRATIONS) | {Modality.FACE: exponential_calibration("cosine/other/1", 0.1)}
    with pytest.raises(ConfigurationError, match="scale"):
        Gallery.restore(header, arrays, calibrations=unfit, matchers=MATCHERS)
