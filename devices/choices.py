"""What an installation may choose about its devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChoices:
    """Given to every driver when it is made; docs/operations.md explains each as a setting.

    Parameters
    ----------
    cameras
        URIs of network cameras and other devices that cannot be discovered.
    fprint_ppi
        Resolution of libfprint's devices by the name of its driver, where it differs from Kura's table.
    sbi_trust
        PEM file of the certificates that device providers are trusted by; None trusts no SBI device.
    sbi_host, sbi_first_port, sbi_last_port
        Where SBI services are looked for.
    sbi_environment
        Environment that SBI devices must be registered in, such as `Production` or `Developer`.
    state
        Folder for what must outlive a process (locks); None is the system's folder for the user's run-time files.
    """

    cameras: tuple[str, ...] = ()
    fprint_ppi: Mapping[str, float] = field(default_factory=dict)
    sbi_trust: Path | None = None
    sbi_host: str = "127.0.0.1"
    sbi_first_port: int = 4501
    sbi_last_port: int = 4600
    sbi_environment: str = "Developer"
    state: Path | None = None


DEFAULT_CHOICES = DeviceChoices()
