"""One finger of each class, grown once for the whole folder."""

from __future__ import annotations

import pytest

from biometrics.positions import Position
from devices.simulated import FingerTraits, MasterPrint, PatternClass, grow_master


@pytest.fixture(scope="session")
def masters() -> dict[PatternClass, MasterPrint]:
    return {
        pattern: grow_master(
            FingerTraits(
                position=Position.RIGHT_INDEX, pattern=pattern, seed=seed, genes=seed, period_px=7.5 + seed / 2
            )
        )
        for seed, pattern in enumerate(PatternClass)
    }


@pytest.fixture(scope="session")
def master(masters: dict[PatternClass, MasterPrint]) -> MasterPrint:
    return masters[PatternClass.RIGHT_LOOP]
