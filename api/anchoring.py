"""The audit log of an installation kept anchored where its settings say, by whoever owns the registry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.audit_settings import AuditSettings
from api.installation import Installation
from biometrics.errors import ConfigurationError, StorageError
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import AnchorSink, FileSink
from registry.store import Registry

_ANSWER_WITHIN_S = 5.0
_ACCEPTED = range(200, 300)


class WebSink:
    """Posts each anchor to an address, which answers 2xx once it keeps it.

    Parameters
    ----------
    url
        The address.
    transport
        How it is reached; by default over the network.
    """

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url, self._transport = url, transport

    @property
    def name(self) -> str:
        """The address without what may be secret in it."""
        parts = httpx.URL(self._url)
        return f"{parts.scheme}://{parts.host}"

    def deliver(self, line: str) -> None:
        """Post a line.

        Raises
        ------
        StorageError
            When nobody answers, or not 2xx.
        """
        remedy = "see that it runs and takes POST with application/json"
        try:
            with httpx.Client(timeout=_ANSWER_WITHIN_S, transport=self._transport, follow_redirects=False) as client:
                answer = client.post(self._url, content=line.encode(), headers={"Content-Type": "application/json"})
        except httpx.HTTPError as error:
            raise StorageError(
                f"the sink of anchors does not answer ({type(error).__name__})", source=self.name, remedy=remedy
            ) from None  # its words quote the address
        if answer.status_code not in _ACCEPTED:
            raise StorageError(f"the sink of anchors answered {answer.status_code}", source=self.name, remedy=remedy)


@contextmanager
def anchored(registry: Registry, installation: Installation, *, at_end: bool = False) -> Iterator[None]:
    """Keep the log of a registry that this process owns anchored while the block lasts.

    Parameters
    ----------
    registry
        The registry.
    installation
        Whose settings name the sinks; without any, nothing happens.
    at_end
        Whether to anchor at the end whatever waits, however little.

    Raises
    ------
    ConfigurationError
        When a sink lies in the installation itself.
    """
    settings = installation.settings.audit
    if not settings.has_sink:
        yield
        return
    anchoring = registry.keep_anchored(policy_of(settings), sinks_of(settings, installation.home))
    with anchoring.kept_regularly(at_end=at_end):
        yield


def policy_of(settings: AuditSettings) -> AnchorPolicy:
    """Return when to anchor, to alarm and to stop."""
    return AnchorPolicy(
        every_s=settings.anchor_every_min * 60.0,
        every_events=settings.anchor_every_events,
        alarm_after_s=settings.alarm_after_min * 60.0,
        stop_after_s=settings.stop_after_min * 60.0,
    )


def sinks_of(settings: AuditSettings, home: Path) -> tuple[AnchorSink, ...]:
    """Return the sinks that an installation names.

    Raises
    ------
    ConfigurationError
        When one lies in the installation itself: whoever can change the registry could change it too.
    """
    sinks: list[AnchorSink] = []
    if settings.sink_file:
        path = Path(settings.sink_file)
        if path.resolve().is_relative_to(home.resolve()):
            raise ConfigurationError(
                "audit.sink_file lies in the home, where whoever changes the registry can change it too",
                source=str(path),
                remedy="name a file on another machine's disk",
            )
        sinks.append(FileSink(path))
    if settings.sink_url:
        sinks.append(WebSink(settings.sink_url))
    return tuple(sinks)
