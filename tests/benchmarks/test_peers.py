"""NBIS beside Kura: with a module that answers as nbis-py does, and with the real one where it is installed."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.fingerprint import measure_fingerprints
from benchmarks.accuracy.fingerprint_rows import table_lines
from benchmarks.accuracy.measured import Bench
from benchmarks.accuracy.peers import NBIS, NbisPrints, load_nbis, with_peers
from benchmarks.data_folder import DataFolder
from benchmarks.datasets import DataSet, finger_sets
from benchmarks.templates import CachingExtractor
from biometrics.errors import ConfigurationError
from biometrics.image_writing import write_png
from biometrics.protocols import no_progress
from tests.benchmarks.fakes import FakeFinger, write_sample
from tests.simulated import impression


class _NbisError(Exception):
    pass


class _Minutiae:
    def __init__(self, subject: int) -> None:
        self._subject = subject

    def get(self) -> list[int]:
        return [1] * self._subject

    def compare(self, other: _Minutiae) -> int:
        return 50 if self._subject == other._subject else 5


class _Extractor:
    """Reads the finger off the corner of the picture; finger 9 is one that it cannot read."""

    def extract_minutiae(self, picture: bytes) -> _Minutiae:
        subject = int(np.asarray(Image.open(io.BytesIO(picture)))[0, 0])
        if subject == 9:
            raise _NbisError
        return _Minutiae(subject)


def _fake_nbis() -> Any:
    nbis: Any = ModuleType("nbis")
    nbis.NbisError, nbis.NbisExtractorSettings = _NbisError, dict
    nbis.new_nbis_extractor = lambda settings: _Extractor()
    return nbis


def _prints(folder: Path) -> DataSet:
    for finger in range(1, 6):
        for touch in (1, 2):
            write_sample(folder / f"{finger}_{touch}.png", finger, touch)
    write_sample(folder / "5_2.png", 9, 2)
    write_png(folder / "4_2.png", np.full((79, 300), 4, np.uint8))
    (folder / "3_2.png").write_bytes(b"no picture")
    write_sample(folder / "2_2.png", 0, 2)
    return finger_sets([DataFolder(path=folder)])[0]


def test_a_peer_is_measured_on_the_same_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nbis", _fake_nbis())
    sets = [_prints(tmp_path / "set")]
    bench = Bench(extractor=CachingExtractor(FakeFinger(), tmp_path / "cache"), replicates=10)
    ours = measure_fingerprints(sets, bench)
    both = with_peers(ours, sets, bench, first_impressions_only=False)
    (peer,) = both.sections["peers"]
    (row,) = peer["databases"]
    assert (peer["name"], row["name"]) == (NBIS, "set")
    assert row.keys() == both.sections["databases"][0].keys() == peer["mean"].keys()
    # Finger 1 alone has two prints that could be read; the pairs of the others score 0.
    assert (row["failures"], row["zerofmr"]) == (4, 80.0)
    assert both.figures[f"{NBIS}/set/EER"].counts["impostor pairs"] == ours.figures["set/EER"].counts["impostor pairs"]
    assert row["extract_ms"] is not None
    assert both.figures.items() >= ours.figures.items()
    lines = table_lines({"Kura": both.sections, NBIS: peer})
    assert [line.split("  ")[0] for line in lines[1:]] == ["Kura", "set", "mean", NBIS, "set", "mean"]


@pytest.mark.parametrize("reason", ["absent", "another"])
def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    def fail(name: str) -> None:
        raise OSError("version `GLIBC_2.38' not found")

    if reason == "absent":
        monkeypatch.setitem(sys.modules, "nbis", None)
    else:
        monkeypatch.setattr("benchmarks.accuracy.peers.import_module", fail)
    with pytest.raises(ConfigurationError, match="NBIS cannot be loaded") as refused:
        load_nbis()
    assert "nbis-py" in str(refused.value.remedy)


@pytest.mark.skipif(find_spec("nbis") is None, reason="nbis-py is not installed: this check was not run")
def test_nbis_tells_simulated_fingers_apart(tmp_path: Path) -> None:
    for finger in range(2):
        for touch in (1, 2):
            write_png(tmp_path / f"{finger}_{touch}.png", impression(finger, touch))
    (data,) = finger_sets([DataFolder(path=tmp_path)])
    prints = NbisPrints(load_nbis(), data, no_progress)
    assert prints.present.all()
    scores = prints.compare(0, np.array([1, 2, 3]))
    assert scores[0] > 2 * scores[1:].max()
