"""What an installation may choose about its audit log: the table `[audit]` of its settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from biometrics.errors import ConfigurationError

_LARGEST: Mapping[str, tuple[float, float]] = {
    "anchor_every_min": (0.1, 1440.0),
    "anchor_every_events": (1, 10_000_000),
    "alarm_after_min": (1.0, 10_080.0),
    "stop_after_min": (1.0, 10_080.0),
}
"""Least and greatest value of each number; a week at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Where the audit log is anchored, and how long events may wait for it; docs/audit.md explains each.

    Parameters
    ----------
    sink_file
        Absolute path of a file outside of the home that anchors are appended to; empty for none.
    sink_url
        https address that anchors are posted to; empty for none.
    anchor_every_min, anchor_every_events
        The log is anchored once an event has waited so many minutes, or so many wait.
    alarm_after_min, stop_after_min
        Once an event has waited so many minutes, an alarm is raised, and then nothing more is recorded or read.
    """

    sink_file: str = ""
    sink_url: str = ""
    anchor_every_min: float = 5.0
    anchor_every_events: int = 10_000
    alarm_after_min: float = 30.0
    stop_after_min: float = 240.0

    def __post_init__(self) -> None:
        for name, (least, most) in _LARGEST.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigurationError(f"audit.{name} must lie within {least:g}-{most:g}")
        if not self.anchor_every_min <= self.alarm_after_min <= self.stop_after_min:
            raise ConfigurationError(
                "audit.anchor_every_min, alarm_after_min and stop_after_min must follow each other",
                remedy="let the alarm come after a few anchors, and the stop long after the alarm",
            )
        if self.sink_file and not Path(self.sink_file).is_absolute():
            raise ConfigurationError(
                "audit.sink_file must be an absolute path", remedy="name a file on another machine's disk"
            )
        if self.sink_url and not _is_safe(self.sink_url):
            raise ConfigurationError(
                "audit.sink_url must be an https address without a user or password",
                remedy="anchors are signed and hold nothing secret; the address says who takes them",
            )

    @property
    def has_sink(self) -> bool:
        """Whether anchors go anywhere."""
        return bool(self.sink_file or self.sink_url)


def _is_safe(url: str) -> bool:
    """Return whether nobody on the way can take anchors for the sink's: https, or this machine."""
    try:
        parts = urlsplit(url)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not parts.hostname or not port_is_one or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


DEFAULT_AUDIT = AuditSettings()
