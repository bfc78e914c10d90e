"""Enrollments finalized: whoever they hold pictures of is searched, decided and recorded, or nothing changes."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from biometrics.decisions import NotEnrolled
from biometrics.people.exceptions import Presence
from biometrics.positions import Modality, Position
from biometrics.records import Encounter, EncounterStatus
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.engine.local import LocalService
from enrollment.preparation import ReceivedImage, prepare_received
from tests.api.http.fixtures import InProcess
from tests.api.osia.enrollment.conftest import asking, path_of
from tests.enrollment.fakes import BLANK, fake_extractors, picture
from tests.registry.statements import OPERATOR

_persons = count(1)

BIOGRAPHIC = {
    "firstName": "Vljɔ",
    "lastName": "Xhɛqŋ",
    "dateOfBirth": "1985-11-30",
    "gender": "F",
    "nationality": "MLI",
}


@pytest.fixture
def person() -> int:
    """Somebody whom no other test shows."""
    return next(_persons)


def finger(person: int, capture: int = 0, **more: Any) -> dict[str, Any]:
    image = base64.b64encode(picture(person, capture)).decode()
    stated = {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": image, "resolution": 500}
    return {name: value for name, value in (stated | more).items() if value is not None}


def enrolled(served: InProcess, label: str) -> tuple[Encounter, ...]:
    subject = served.registry.subject_by_label(label)
    return () if subject is None else served.registry.encounters(subject.subject_id)


def status_of(client: httpx.Client, draft_id: str) -> str:
    return str(client.get(path_of(draft_id)).json()["status"])


def finalize(client: httpx.Client, draft_id: str) -> httpx.Response:
    return client.put(path_of(draft_id, "finalize"))


def refused(client: httpx.Client, served: InProcess, draft_id: str, content: dict[str, Any]) -> str:
    """Return why an enrollment is not finalized; it stays in progress, and nobody is enrolled."""
    assert client.post(path_of(draft_id), json=content).status_code == 204
    answer = finalize(client, draft_id)
    assert answer.status_code == 403, answer.text
    assert status_of(client, draft_id) == "IN_PROGRESS"
    assert enrolled(served, draft_id) == ()
    return str(answer.json()["message"])


def test_whoever_is_shown_is_enrolled(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    content = {"biographicData": BIOGRAPHIC, "biometricData": [finger(person)]}
    client.post(path_of(draft_id), json=content)
    assert enrolled(served, draft_id) == ()
    answer = finalize(client, draft_id)
    assert (answer.status_code, answer.content) == (204, b"")
    (encounter,) = enrolled(served, draft_id)
    assert (encounter.status, encounter.galleries) == (EncounterStatus.ACTIVE, ("citizens",))
    assert [sample.position for sample in encounter.samples] == [Position.RIGHT_INDEX]
    assert served.registry.sample_bytes(encounter.samples[0].sha256) == picture(person)
    with served.registry.reading() as record:
        stated = record.people.current(encounter.subject_id)
    assert stated is not None
    assert stated.record.name.family == "Xhɛqŋ"
    assert stated.record.nationality == "MLI"
    read = client.get(path_of(draft_id)).json()
    assert read == {"enrollmentId": draft_id, "status": "FINALIZED", **content}
    assert served.registry.check() == []


def test_finalizing_again_does_nothing(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    client.post(path_of(draft_id), json={"biometricData": [finger(person)]})
    assert [finalize(client, draft_id).status_code for _ in range(3)] == [204, 204, 204]
    assert len(enrolled(served, draft_id)) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_write_may_finalize(client: httpx.Client, served: InProcess, draft_id: str, person: int, method: str) -> None:
    if method != "POST":
        client.post(path_of(draft_id), json={})
    params = {"transactionId": "T1", "finalize": "true"}
    answer = client.request(method, path_of(draft_id), json={"biometricData": [finger(person)]}, params=params)
    assert answer.status_code == 204
    assert status_of(client, draft_id) == "FINALIZED"
    assert len(enrolled(served, draft_id)) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_what_a_write_sent_is_kept_when_it_cannot_be_finalized(
    client: httpx.Client, served: InProcess, draft_id: str, method: str
) -> None:
    if method != "POST":
        client.post(path_of(draft_id), json={})
    params = {"transactionId": "T1", "finalize": "true"}
    answer = client.request(method, path_of(draft_id), json={"biometricData": [finger(BLANK)]}, params=params)
    assert answer.status_code == 403
    assert client.get(path_of(draft_id)).json() == {
        "enrollmentId": draft_id,
        "status": "IN_PROGRESS",
        "biometricData": [finger(BLANK)],
    }
    assert enrolled(served, draft_id) == ()


def test_a_finalized_enrollment_cannot_be_changed(client: httpx.Client, draft_id: str, person: int) -> None:
    content = {"biometricData": [finger(person)]}
    client.post(path_of(draft_id), json=content)
    finalize(client, draft_id)
    for answer in (
        client.put(path_of(draft_id), json={}),
        client.patch(path_of(draft_id), json={"enrollmentType": "other"}),
        client.patch(path_of(draft_id), json={}),
        client.delete(path_of(draft_id)),
    ):
        assert answer.status_code == 403
    assert client.get(path_of(draft_id)).json() == {"enrollmentId": draft_id, "status": "FINALIZED", **content}


def test_the_same_person_twice_waits_for_a_verdict(
    client: httpx.Client, served: InProcess, draft_id: str, person: int
) -> None:
    for capture, name in enumerate((f"{draft_id}-first", draft_id)):
        client.post(path_of(name), json={"biometricData": [finger(person, capture)]})
        assert finalize(client, name).status_code == 204
    (encounter,) = enrolled(served, draft_id)
    assert encounter.status is EncounterStatus.PENDING
    case = served.registry.case_of_encounter(encounter.encounter_id)
    (first,) = enrolled(served, f"{draft_id}-first")
    assert [one.subject_id for one in case.candidates] == [first.subject_id]


def test_without_biometrics_nobody_gets_an_identity(client: httpx.Client, served: InProcess, draft_id: str) -> None:
    client.post(path_of(draft_id), json={"biographicData": BIOGRAPHIC, "biometricData": []})
    assert finalize(client, draft_id).status_code == 204
    assert status_of(client, draft_id) == "FINALIZED"
    assert served.registry.subject_by_label(draft_id) is None


def test_a_picture_may_be_a_buffer(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    client.post(path_of(draft_id))
    sent = client.post(path_of(draft_id, "buffer"), content=picture(person), headers={"Content-Type": "image/png"})
    address = f"https://kura.example/osia/enrollment{path_of(draft_id, 'buffer', sent.json()['bufferId'])}"
    client.put(path_of(draft_id), json={"biometricData": [finger(person, image=None, imageRef=address)]})
    assert finalize(client, draft_id).status_code == 204
    (encounter,) = enrolled(served, draft_id)
    assert served.registry.sample_bytes(encounter.samples[0].sha256) == picture(person)
    assert client.get(path_of(draft_id)).json()["biometricData"][0]["imageRef"] == address


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"image": "!!!"}, "biometricData[0]"),
        ({"image": base64.b64encode(b"no picture").decode()}, "biometricData[0]"),
        ({"mimeType": "image/jpeg"}, "biometricData[0]"),
        ({"image": None}, "biometricData[0]"),
        ({"image": None, "imageRef": "https://elsewhere.example/picture"}, "names no buffer"),
        ({"template": "AAAA", "image": None}, "template"),
        ({"biometricType": "IRIS", "biometricSubType": "EYE_LEFT"}, "nothing can be compared"),
        ({"encryption": {"type": "JWE", "scope": "$"}}, "encrypted"),
        ({"integrity": [{"scope": "$", "alg": "SHA256", "hash": "00"}]}, "integrity"),
    ],
)
def test_a_picture_that_cannot_be_used_leaves_it_in_progress(  # noqa: PLR0917 - fixtures
    client: httpx.Client, served: InProcess, draft_id: str, person: int, element: dict[str, Any], reason: str
) -> None:
    assert reason in refused(client, served, draft_id, {"biometricData": [finger(person, **element)]})


def test_a_sample_without_ridges_leaves_it_in_progress(client: httpx.Client, served: InProcess, draft_id: str) -> None:
    assert "no ridges" in refused(client, served, draft_id, {"biometricData": [finger(BLANK)]})


def test_encrypted_enrollments_are_not_finalized(
    client: httpx.Client, served: InProcess, draft_id: str, person: int
) -> None:
    content = {"biometricData": [finger(person)], "encryption": {"type": "JWE", "scope": "$.biographicData"}}
    assert "encrypted" in refused(client, served, draft_id, content)


def test_it_is_tried_again_after_it_was_mended(
    client: httpx.Client, served: InProcess, draft_id: str, person: int
) -> None:
    refused(client, served, draft_id, {"biometricData": [finger(BLANK)]})
    client.patch(path_of(draft_id), json={"biometricData": [finger(person)]})
    assert finalize(client, draft_id).status_code == 204
    assert len(enrolled(served, draft_id)) == 1


def test_the_type_names_the_gallery(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    client.post(path_of(draft_id), json={"enrollmentType": "visa_applicants", "biometricData": [finger(person)]})
    assert finalize(client, draft_id).status_code == 204
    assert enrolled(served, draft_id)[0].galleries == ("visa_applicants",)


def test_a_type_that_is_no_gallery_is_refused(
    client: httpx.Client, served: InProcess, draft_id: str, person: int
) -> None:
    refused(client, served, draft_id, {"enrollmentType": "resident", "biometricData": [finger(person)]})


def test_a_client_enrolls_into_its_own_galleries(served: InProcess, draft_id: str, person: int) -> None:
    office = asking(served, client="visa_office")
    assert "may not" in refused(office, served, draft_id, {"biometricData": [finger(person)]})
    office.patch(path_of(draft_id), json={"enrollmentType": "visa_applicants"})
    assert finalize(office, draft_id).status_code == 204


def test_nobody_is_enrolled_under_the_identifier_of_another(
    client: httpx.Client, served: InProcess, draft_id: str, person: int
) -> None:
    """Another interface enrolled somebody under this identifier; drafts know nothing of it."""
    image = ReceivedImage(
        data=picture(next(_persons)), modality=Modality.FINGER, position=Position.RIGHT_INDEX, ppi=500.0, origin="image"
    )
    known = EncounterDraft(prepared=prepare_received(draft_id, [image], fake_extractors()), galleries=("citizens",))
    served.desk.service(OPERATOR).record_encounter(known)
    client.post(path_of(draft_id), json={"biometricData": [finger(person)]})
    assert finalize(client, draft_id).status_code == 403
    assert status_of(client, draft_id) == "IN_PROGRESS"
    assert len(enrolled(served, draft_id)) == 1


def test_missing_fingers_are_recorded(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    missing = [{"biometricSubType": "LEFT_INDEX", "presence": "AMPUTATED"}]
    client.post(path_of(draft_id), json={"biometricData": [finger(person, missing=missing)]})
    assert finalize(client, draft_id).status_code == 204
    (encounter,) = enrolled(served, draft_id)
    with served.registry.reading() as record:
        (granted,) = record.people.exceptions_in(encounter.encounter_id)
    assert granted.exception.positions == (Position.LEFT_INDEX,)
    assert granted.exception.presence is Presence.PERMANENT


def test_two_requests_at_once_enroll_once(client: httpx.Client, served: InProcess, draft_id: str, person: int) -> None:
    client.post(path_of(draft_id), json={"biometricData": [finger(person)]})
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: finalize(client, draft_id).status_code, range(2)))
    assert answers == [204, 204]
    (encounter,) = enrolled(served, draft_id)
    assert encounter.status is EncounterStatus.ACTIVE


def test_a_change_in_between_is_never_passed_over(
    client: httpx.Client,
    served: InProcess,
    draft_id: str,
    person: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is enrolled is what the enrollment holds: another version of it is not finalized."""
    client.post(path_of(draft_id), json={"biometricData": [finger(person)]})
    intruder, record, late = asking(served), LocalService.record_encounter, [True]

    def after_a_change(service: LocalService, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        if late:
            late.pop()
            assert intruder.patch(path_of(draft_id), json={"requestData": 1}).status_code == 204
        return record(service, draft)

    monkeypatch.setattr(LocalService, "record_encounter", after_a_change)
    answer = finalize(client, draft_id)
    assert not late
    assert answer.status_code == 403
    assert status_of(client, draft_id) == "IN_PROGRESS"
    assert enrolled(served, draft_id) == ()
    assert finalize(client, draft_id).status_code == 204
    assert client.get(path_of(draft_id)).json()["requestData"] == 1
