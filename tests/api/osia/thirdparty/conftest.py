"""OSIA Third Party Services in the process of the tests; two made-up people are enrolled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.http.clients import Rights
from biometrics.people.record import Sex
from biometrics.positions import Modality, Position
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.preparation import ReceivedImage, prepare_received
from tests.api.http.fixtures import InProcess
from tests.enrollment.fakes import fake_extractors, picture
from tests.registry.statements import OPERATOR, fake_nina, stated

PREFIX = "/osia/3rdparty"
SCOPES = ("id.verify", "id.identify", "id.read", "id.ATTRIBUTESETNAME.read")
PURPOSE = "opening an account"

AWA, VISITOR = 1, 2
"""Who they are in pictures; Awa is a citizen, the visitor asked for a visa."""

_MANY = 1_000_000

CLIENTS = {
    "bank": Rights(purposes=frozenset({PURPOSE}), per_minute=_MANY),
    "embassy": Rights(galleries=frozenset({"visa_applicants"}), per_minute=_MANY),
    "border": Rights(
        galleries=frozenset({"visa_applicants"}), one_to_many=True, authorisation="decree", per_minute=_MANY
    ),
    "guesser": Rights(per_minute=120),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    home = tmp_path_factory.mktemp("thirdparty") / "home"
    with InProcess(home, parts=[PREFIX], clients=CLIENTS, server={"workers": 1}) as opened:
        enroll(opened, "awa", AWA, "citizens")
        enroll(opened, "visitor", VISITOR, "visa_applicants")
        with opened.registry.writing(OPERATOR) as writer:
            writer.people.give_number(writer.people.find("awa"), fake_nina(), reason="card")
        yield opened


def enroll(served: InProcess, label: str, person: int, gallery_id: str) -> None:
    image = ReceivedImage(
        data=picture(person), modality=Modality.FINGER, position=Position.RIGHT_INDEX, ppi=500.0, origin="image"
    )
    prepared = prepare_received(label, [image], fake_extractors(), gallery_id)
    record = stated("Xhɛqŋ", "Vljɔ", sex=Sex.FEMALE, nationality="MLI")
    made = served.desk.service(OPERATOR).record_encounter(
        EncounterDraft(prepared=prepared, galleries=(gallery_id,), record=record)
    )
    assert isinstance(made, RecordedEncounter)


def asking(served: InProcess, *scopes: str, **claims: Any) -> httpx.Client:
    """Return a client that states a purpose, and names its transaction in every request."""
    told = {"client": "bank", "purpose": PURPOSE} | claims
    client = served.client(*(scopes or SCOPES), prefix=PREFIX, **told)
    client.params = httpx.QueryParams({"transactionId": "T1"})
    return client


@pytest.fixture(scope="module")
def bank(served: InProcess) -> httpx.Client:
    return asking(served)
