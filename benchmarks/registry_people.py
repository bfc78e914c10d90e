"""Simulated persons for measurements of the registry: few surnames, very common ones among them, and many spellings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

import numpy as np
from sqlalchemy import Connection, insert

from biometrics.people.dates import PartialDate
from biometrics.people.identifiers import IdentifierKind, IdentifierScheme
from biometrics.people.name_keys import name_forms
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord, Sex
from biometrics.records import DEFAULT_GALLERY, SYSTEM, EncounterStatus
from enrollment.simulation.names import given_name
from registry.audit import append_event
from registry.identifiers import new_identifier
from registry.keys.sections import keyring_of
from registry.people_seals import insert_sealed
from registry.people_subjects import label_values
from registry.search_rows import index_people
from registry.store import Registry
from registry.tables.core import encounters, subjects
from registry.tables.galleries import encounter_galleries
from registry.tables.people import identifiers, person_versions

_SURNAMES, _SURNAME_EXPONENT = 400, 0.80
_GIVEN_NAMES, _GIVEN_EXPONENT = 3000, 0.90
"""By these exponents of a Zipf law, the most common name is that of 8 % of the persons, the second of 4 to 5 %."""

_VISA, _VISA_EVERY = "visa_applicants", 20
"""Gallery of every twentieth person, unless the name is a spelling of the most common one: nobody there has that."""

_AT_ONCE = 2000
_RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_PLAIN = str.maketrans("ɛɔŋɲ", "eonn")


def fill(registry: Registry, persons: int, seed: int = 0) -> Iterator[int]:
    """Record persons until there are so many, yielding how many there are after each commit.

    One event tells of thousands: no search reads the trail. `benchmarks.registry_import` measures whole records.
    """
    done = registry.counts().subjects
    random = np.random.default_rng([seed, done])
    while done < persons:
        count = min(_AT_ONCE, persons - done)
        with registry.writing(SYSTEM) as writer:
            _record(writer._connection, simulated_records(random, count), first=done)
        done += count
        yield done


def simulated_records(random: np.random.Generator, count: int) -> list[PersonRecord]:
    """Return what so many simulated persons state."""
    surnames = _drawn(random, _SURNAMES, _SURNAME_EXPONENT, count)
    givens = _drawn(random, _GIVEN_NAMES, _GIVEN_EXPONENT, (count, 2))
    spellings, second = random.integers(10, size=count), random.random(count) < 0.15
    return [
        PersonRecord(
            names=(
                PersonName(
                    family=_spelled(_name(0, int(surnames[one])), int(spellings[one])),
                    given=" ".join(_name(1, int(given)) for given in givens[one][: 1 + second[one]]),
                ),
            ),
            sex=Sex.UNKNOWN,
            birth_date=_birth(random),
        )
        for one in range(count)
    ]


def _record(connection: Connection, records: Sequence[PersonRecord], first: int) -> None:
    names = [new_identifier() for _ in records]
    numbered = list(enumerate(zip(names, records, strict=True), start=first))
    stamp = {"actor": SYSTEM.name, "reason": "simulated"}
    keyring_of(connection).make(connection, names)
    connection.execute(
        insert(subjects),
        [
            {"subject_id": name, "simulated": True, "created_at": _RECORDED_AT} | label_values(name, f"SIM-{place:08d}")
            for place, (name, _) in numbered
        ],
    )
    insert_sealed(
        connection,
        person_versions,
        [
            {
                "subject_id": name,
                "version": 1,
                "recorded_at": _RECORDED_AT,
                "content": record.document(),
                "encounter_id": None,
                **stamp,
            }
            for _, (name, record) in numbered
        ],
    )
    insert_sealed(
        connection,
        identifiers,
        [
            {
                "identifier_id": new_identifier(),
                "subject_id": name,
                "scheme": IdentifierScheme.SIMULATED,
                "value": f"SIMULATED-{place:08d}",
                "value_token": f"SIMULATED-{place:08d}",
                "kind": IdentifierKind.NONE,
                "valid_from": _RECORDED_AT,
                **stamp,
            }
            for place, (name, _) in numbered
        ],
    )
    _record_encounters(connection, {name: _gallery(place, record) for place, (name, record) in numbered})
    index_people(connection, dict(zip(names, records, strict=True)))
    append_event(connection, action="benchmark.filled", subject_id=None, details={"persons": len(records)})


def _record_encounters(connection: Connection, galleries: Mapping[str, str]) -> None:
    """Record an encounter without samples for each subject, in a gallery."""
    met = {name: new_identifier() for name in galleries}
    stamp = {"status": EncounterStatus.ACTIVE, "recorded_at": _RECORDED_AT, "policy_version": "simulated"}
    rows = [{"encounter_id": encounter_id, "subject_id": name, **stamp} for name, encounter_id in met.items()]
    connection.execute(insert(encounters), rows)
    held = [{"encounter_id": met[name], "gallery_id": gallery} for name, gallery in galleries.items()]
    connection.execute(insert(encounter_galleries), held)


def _gallery(place: int, record: PersonRecord) -> str:
    commonest, own = (name_forms(name)[0].key for name in (_name(0, 0), record.name.family))
    return _VISA if place % _VISA_EVERY == 0 and own != commonest else DEFAULT_GALLERY


def _drawn(random: np.random.Generator, names: int, exponent: float, size: int | tuple[int, int]) -> np.ndarray:
    weights = np.arange(1, names + 1) ** -exponent
    return random.choice(names, size=size, p=weights / weights.sum())


@cache
def _name(kind: int, number: int) -> str:
    return given_name(np.random.default_rng([kind, number]))


@cache
def _spelled(name: str, way: int) -> str:
    """Return a name as seven in ten clerks write it, or as one of the others does."""
    if way == 7:
        return name.translate(_PLAIN)
    if way == 8:
        return name[:-2] + name[-2] * 2 + name[-1]
    return name.upper().replace("K", "C") if way == 9 else name


def _birth(random: np.random.Generator) -> PartialDate:
    year, month, day = int(random.integers(1935, 2011)), int(random.integers(1, 13)), int(random.integers(1, 29))
    way = random.random()
    if way < 0.66:
        return PartialDate.parse({"value": f"{year}-{month:02d}-{day:02d}", "precision": "day"})
    if way < 0.72:
        return PartialDate.parse({"value": f"{year}-{month:02d}", "precision": "month"})
    precision = "year" if way < 0.88 else "circa"
    return PartialDate.parse({"value": str(year), "precision": precision} if way < 0.98 else {"precision": "unknown"})
