"""Every parser returns or raises what it documents, whatever it is given; `make fuzz` tries far more."""

from __future__ import annotations

import random
import zlib

import pytest

from biometrics.errors import SampleError
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.judging import Finding, judge
from tests.fuzz.mutation import mutate
from tests.fuzz.target import Target

ROUNDS = 400


def first_finding(target: Target, rounds: int, seed: int) -> Finding | None:
    chance, seeds = random.Random(seed), target.seeds()
    found = (judge(target, mutate(target, seeds, chance)) for _ in range(rounds))
    return next((one for one in found if one is not None), None)


@pytest.mark.parametrize("name", TARGETS)
def test_some_seeds_are_taken(name: str) -> None:
    target = TARGETS[name]
    refused = []
    for seed in target.seeds():
        try:
            target.parse(target.repaired(seed))
        except target.refused as error:
            refused.append(error)
    assert len(refused) < len(target.seeds()), refused


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_it_is_given_it_returns_or_refuses(name: str) -> None:
    found = first_finding(TARGETS[name], ROUNDS, zlib.crc32(name.encode()))
    assert found is None, f"{found.what}: {found.data!r}"


def _careless(data: bytes) -> None:
    if data[:2] == b"ok" and len(data) > 4:
        raise SampleError("no sample")
    raise ValueError(data[9])


def test_a_careless_parser_is_found() -> None:
    target = Target(name="careless", seeds=lambda: (b"ok",), parse=_careless, refused=(SampleError,))
    found = first_finding(target, 100, 1)
    assert found is not None
    assert found.what.startswith(("ValueError at test_targets.py", "IndexError at test_targets.py"))
