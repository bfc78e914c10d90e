"""Refusals: what ends a request before its answer, and which errors of the rooms below become which kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.http.kinds import KINDS, Kind
from biometrics.errors import (
    AnchorsStaleError,
    BiometricsError,
    CaptureError,
    CaptureMoveError,
    CaseForbiddenError,
    ConfigurationError,
    GalleryError,
    ModelUnavailableError,
    PadUnavailableError,
    PersonDataError,
    ProcessingError,
    RecordBusyError,
    RecordConflictError,
    RecordError,
    RecordNotFoundError,
    RecordVersionError,
    RestrictedError,
    SampleError,
    ServiceBusyError,
    ServiceError,
    ServiceFailedError,
    SignatureInvalidError,
    SigningError,
    StorageError,
    TemplateError,
)

_PART_OF_REQUEST = re.compile(r"biometricData|[a-z][A-Za-z0-9]{0,40}\[\d{1,4}\]")
"""What an error may name as its source to the client: an element of a list that it sent, never an identifier."""

RETRY_AFTER_S = 2
"""How long a client is asked to wait for an engine or a database that does not answer."""


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A request that is answered otherwise than asked.

    Parameters
    ----------
    kind
        Name of one of `KINDS`.
    message
        What happened and what to do: no personal data, no payload, no token.
    status
        HTTP status, where it is not the kind's own.
    retry_after_s
        When the client may try again.
    headers
        Further headers of the answer.
    denied
        What keeps the client from it, where the answer does not tell: the audit trail does.
    """

    def __init__(  # noqa: PLR0913 - parts of one answer, each by its name
        self,
        kind: str,
        message: str,
        *,
        status: int | None = None,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
        denied: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: Kind = KINDS[kind]
        self.message = message
        self.status = self.kind.status if status is None else status
        self.retry_after_s = retry_after_s
        self.headers: dict[str, str] = dict(headers or {})
        self.denied = denied

    @property
    def code(self) -> int:
        """Stable number for OSIA's Error: the status, and the kind within it."""
        return self.status * 100 + self.kind.number


class HiddenRecordError(RecordNotFoundError):
    """The record is in no gallery that the client may see; it is answered as one that is not there."""


_BY_ERROR: tuple[tuple[type[BiometricsError], str], ...] = (
    # The first that fits counts, so what is more particular stands before what it is a kind of.
    (RecordNotFoundError, "unknown"),
    (RecordConflictError, "conflict"),
    (CaseForbiddenError, "forbidden"),
    (RestrictedError, "forbidden"),
    (RecordBusyError, "busy"),
    (RecordVersionError, "unavailable"),
    (AnchorsStaleError, "unavailable"),
    (StorageError, "unavailable"),
    (PersonDataError, "content"),
    (RecordError, "content"),
    (CaptureMoveError, "conflict"),
    (CaptureError, "unavailable"),
    (ServiceBusyError, "busy"),
    (ServiceFailedError, "internal"),
    (ServiceError, "unavailable"),
    (ModelUnavailableError, "unavailable"),
    (PadUnavailableError, "content"),
    (SampleError, "content"),
    (ProcessingError, "content"),
    (TemplateError, "content"),
    (GalleryError, "unavailable"),
    (SignatureInvalidError, "content"),
    (SigningError, "unavailable"),
    (ConfigurationError, "unavailable"),
)


def refusal_of(error: BiometricsError, *, content_status: int) -> Refusal:
    """Return the refusal that an error of the rooms below becomes.

    Parameters
    ----------
    error
        What was raised.
    content_status
        Status of what is well formed and cannot be used: 403 under OSIA, 422 natively.
    """
    kind = next((name for raised, name in _BY_ERROR if isinstance(error, raised)), "internal")
    if kind == "internal":
        return Refusal(kind, "the service failed; report the request identifier to those who run it")
    if kind in ("busy", "unavailable"):
        # What such an error says is for those who run the service: paths, addresses, commands.
        return Refusal(kind, KINDS[kind].meaning, retry_after_s=RETRY_AFTER_S)
    status = content_status if kind == "content" else None
    denied = "gallery" if isinstance(error, HiddenRecordError) else None
    return Refusal(kind, _said(error), status=status, denied=denied)


def _said(error: BiometricsError) -> str:
    """Return where, what happened, and what to do, unless that is for whoever sits at the command line."""
    place = f"{error.source}: " if error.source and _PART_OF_REQUEST.fullmatch(error.source) else ""
    remedy = error.remedy
    if remedy is None or "kura " in remedy or "--" in remedy:
        return f"{place}{error.message}"
    return f"{place}{error.message}; {remedy}"
