"""A canary: somebody enrolled for real and erased is nowhere in the home any more, not even as the bytes of a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from api import serving, wiring
from api.command_line import DONE, main
from api.installation import open_installation
from biometrics.people.identifiers import IdentifierScheme, PersonNumber
from biometrics.people.record import PersonRecord
from biometrics.records import Actor, ActorRole
from biometrics.rights.words import ErasureState, IdentityCheck, RequestKind
from enrollment.engine.local import LocalService
from enrollment.operations.kept_answers import KEEP_ANSWER, KeepAnswer
from enrollment.operations.people import CORRECT_PERSON, GIVE_NUMBER, CorrectPerson, GiveNumber
from enrollment.operations.rights import RECEIVE_REQUEST, ReceiveRequest
from enrollment.operations.rights_erasure import ACCEPT_ERASURE, ErasePerson
from enrollment.rights.erasing import resume, unfinished
from registry.store import Registry
from registry.tables.core import references
from registry.tables.keys import data_keys, kept_files

SUPERVISOR = Actor(name="supervisor", role=ActorRole.SUPERVISOR)
PERSON = "SIM-00000001"
NAME, NUMBER, WORDS = "Kanarivogel-Ŋɔɲɛ", "SIM-CANARY-4711", "mots de la demande du canari"
RECORD = {"names": [{"kind": "current", "family": NAME, "given": "Awa"}], "sex": "female"}


@contextmanager
def served(home: Path) -> Iterator[tuple[Registry, LocalService]]:
    """Yield a registry that this process owns, and its service as a supervisor."""
    installation = open_installation(home, create=False)
    with serving.owned_registry(installation, create=False) as registry:
        galleries = wiring.open_galleries(registry, installation)
        owner = serving.open_owner(galleries, registry, installation, lambda *_: None)
        yield registry, LocalService(owner, SUPERVISOR)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home, folder = tmp_path / "home", tmp_path / "population"
    words = ["--persons", "2", "--duplicates", "0", "--twins", "0", "--fingers", "right_thumb,right_index"]
    assert main(["--home", str(home), "simulate", str(folder), *words]) == DONE
    assert main(["--home", str(home), "enroll", str(folder / "manifest.csv")]) == DONE
    return home


def plant(service: LocalService) -> str:
    """Record names, a number, a request and an answer to a client about the canary; return the subject."""
    record = PersonRecord.parse(RECORD)
    service.call(CORRECT_PERSON, CorrectPerson(person=PERSON, record=record, expected_version=0, reason=WORDS))
    number = PersonNumber(scheme=IdentifierScheme.SIMULATED, value=NUMBER)
    service.call(GIVE_NUMBER, GiveNumber(person=PERSON, number=number, reason=WORDS))
    asked = ReceiveRequest(person=PERSON, kind=RequestKind.ERASURE, identity_check=IdentityCheck.DOCUMENT, asked=WORDS)
    subject_id = service.call(RECEIVE_REQUEST, asked).subject_id
    answer = f'{{"person": "{PERSON}", "name": "{NAME}"}}'.encode()
    kept = KeepAnswer(client="bank", key="k", request_sha256="0" * 64, status=200, answer=answer)
    service.call(KEEP_ANSWER, kept)
    assert subject_id is not None
    return subject_id


def clear_traces(registry: Registry, subject_id: str) -> dict[str, bytes]:
    """Return what must never lie in the home in the clear: words, pixels, templates."""
    with registry.reading() as record:
        (encounter,) = record.encounters(subject_id)
    found = {"name": NAME.encode(), "number": NUMBER.encode(), "words": WORDS.encode(), "label": PERSON.encode()}
    for place, sample in enumerate(encounter.samples):
        data = registry.sample_bytes(sample.sha256)
        found[f"pixels {place}"] = data[len(data) // 2 :][:64]
    with registry._database.reading() as connection:
        own = references.c.encounter_id == encounter.encounter_id
        for place, template in enumerate(connection.scalars(select(references.c.template).where(own))):
            found[f"template {place}"] = bytes(template)[40:104]
    return found


def sealed_traces(registry: Registry, subject_id: str) -> dict[str, bytes]:
    """Return what lies in the home while somebody is recorded, and must go: wrapped keys, ciphertext of pictures."""
    with registry.reading() as record:
        (encounter,) = record.encounters(subject_id)
    owners = [subject_id, encounter.encounter_id]
    with registry._database.reading() as connection:
        keys = connection.execute(select(data_keys).where(data_keys.c.owner_id.in_(owners))).all()
        names = connection.scalars(select(kept_files.c.file).where(kept_files.c.owner_id.in_(owners))).all()
    found = {f"key {row.owner_id}": bytes(row.wrapped) for row in keys}
    for name in names:
        found[f"file {name}"] = registry._samples.path(name).read_bytes()[:64]
    assert len(keys) == 2 and len(names) == 2
    return found


def lying_in(home: Path, traces: dict[str, bytes]) -> list[str]:
    """Return which traces any file of the home holds."""
    contents = [path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()]
    return [name for name, trace in traces.items() if _any(contents, trace)]


def _any(contents: Iterable[bytes], trace: bytes) -> bool:
    return any(trace in content for content in contents)


@pytest.mark.sqlite_only
def test_an_erased_person_is_nowhere(home: Path) -> None:
    with served(home) as (registry, service):
        subject_id = plant(service)
        clear, sealed = clear_traces(registry, subject_id), sealed_traces(registry, subject_id)
        assert lying_in(home, clear) == []
        assert lying_in(home, sealed) == list(sealed)
        asked = ErasePerson(person=PERSON, basis="loi 2013-015", approver="director")
        service.call(ACCEPT_ERASURE, asked)
    # Interrupted here; whoever opens the registry next goes on.
    with served(home) as (registry, service):
        (begun,) = unfinished(service.call)
        done = resume(service.call, begun)
        assert done.state is ErasureState.DONE and done.removed["answers"] == 1
        assert lying_in(home, clear | sealed) == []
        assert registry.check() == []
        assert service.state().persons == 1
    assert lying_in(home, clear | sealed) == []
