"""Which errors of the rooms below become which refusals, and what they say to clients."""

from __future__ import annotations

import inspect

import pytest

from api.http.kinds import KINDS
from api.http.problems import Refusal, refusal_of
from biometrics import errors
from biometrics.errors import BiometricsError


def test_numbers_and_names_are_unique() -> None:
    numbers = [kind.number for kind in KINDS.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(
        0 < number < 100 and name == kind.name for (name, kind), number in zip(KINDS.items(), numbers, strict=True)
    )


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (errors.RecordNotFoundError, "unknown", 404),
        (errors.RecordConflictError, "conflict", 409),
        (errors.CaseStateError, "conflict", 409),
        (errors.CaseHolderError, "conflict", 409),
        (errors.CaseForbiddenError, "forbidden", 403),
        (errors.RestrictedError, "forbidden", 403),
        (errors.PersonDataError, "content", 422),
        (errors.ImageFormatError, "content", 422),
        (errors.ResolutionError, "content", 422),
        (errors.ProcessingError, "content", 422),
        (errors.PadUnavailableError, "content", 422),
        (errors.IncompatibleTemplatesError, "content", 422),
        (errors.RecordBusyError, "busy", 503),
        (errors.ServiceBusyError, "busy", 503),
        (errors.ServiceLostError, "unavailable", 503),
        (errors.StorageError, "unavailable", 503),
        (errors.AnchorsStaleError, "unavailable", 503),
        (errors.RecordVersionError, "unavailable", 503),
        (errors.ModelUnavailableError, "unavailable", 503),
        (errors.SnapshotError, "unavailable", 503),
        (errors.ConfigurationError, "unavailable", 503),
        (errors.SignerUnavailableError, "unavailable", 503),
        (errors.SignatureInvalidError, "content", 422),
        (errors.ServiceFailedError, "internal", 500),
        (errors.BiometricsError, "internal", 500),
    ],
)
def test_every_error_has_its_answer(error: type[BiometricsError], kind: str, status: int) -> None:
    refusal = refusal_of(error("what happened"), content_status=422)
    assert (refusal.kind.name, refusal.status) == (kind, status)
    assert (refusal.retry_after_s is not None) == (status == 503)


def test_no_error_of_the_tree_is_unforeseen() -> None:
    known = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, BiometricsError)]
    unforeseen = {one.__name__ for one in known if refusal_of(one("x"), content_status=403).status == 500}
    assert unforeseen == {"BiometricsError", "ServiceFailedError"}


def test_the_status_of_content_is_the_interface_s() -> None:
    refusal = refusal_of(errors.SampleError("the image is empty", remedy="send another"), content_status=403)
    assert (refusal.status, refusal.code, refusal.message) == (403, 40320, "the image is empty; send another")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("pictures[2]", "pictures[2]: no face"),
        ("biometricData", "biometricData: no face"),
        ("biometricData1[0]", "biometricData1[0]: no face"),
        ("P-12345", "no face"),
        ("/srv/kura/registry.db", "no face"),
        (None, "no face"),
    ],
)
def test_only_parts_of_the_request_are_named(source: str | None, said: str) -> None:
    error = errors.SampleError("no face", source=source, remedy="see kura inspect")
    assert refusal_of(error, content_status=422).message == said


def test_what_is_for_operators_stays_with_them() -> None:
    error = errors.StorageError("disk full", source="/srv/kura", remedy="free space on sda1")
    assert "sda1" not in refusal_of(error, content_status=422).message


def test_an_unknown_kind_is_a_slip() -> None:
    with pytest.raises(KeyError):
        Refusal("no-such-kind", "x")
