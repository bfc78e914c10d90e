"""One person's fingers and one set of keys for the whole folder, and a running simulator for each module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.simulators.sbi import Hands, Pki, SbiSimulator, Simulation
from tests.devices.simulators.sbi.client import Client


@pytest.fixture(scope="session")
def pki() -> Pki:
    return Pki()


@pytest.fixture(scope="session")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
def simulator(pki: Pki, hands: Hands) -> Iterator[SbiSimulator]:
    with SbiSimulator(Simulation(port=0), pki=pki, hands=hands) as running:
        yield running


@pytest.fixture
def client(simulator: SbiSimulator) -> Iterator[Client]:
    with Client(simulator.url) as connected:
        yield connected
    assert simulator.faults.names == ()


@pytest.fixture(scope="session")
def trust(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trust") / "trust.pem"
    pki.write_trust(path)
    return path
