"""What an installation may choose about its capture devices: the table `[devices]` of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from biometrics.errors import BiometricsError, ConfigurationError
from biometrics.samples import check_ppi
from devices.choices import DEFAULT_CHOICES, DeviceChoices
from devices.uris import DeviceUri

_ENVIRONMENTS = ("Developer", "Staging", "Pre-Production", "Production")
"""Of MOSIP's SBI 0.9.5."""

_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    """Which devices are there beyond those that can be discovered, and whom they are trusted by; docs/devices.md.

    Parameters
    ----------
    cameras
        URIs of network cameras and other devices that nothing announces.
    fprint_ppi
        Resolutions of libfprint's drivers that Kura does not know, such as `uru4000=512`.
    sbi_trust
        PEM file, from the home, of the roots that SBI devices are trusted by; empty trusts none.
    sbi_first_port, sbi_last_port
        Loopback ports on which SBI services are looked for.
    sbi_environment
        For which SBI devices must be registered.
    allow_simulated
        Whether captures of simulated devices are taken; a station that enrolls people says false.
    """

    cameras: tuple[str, ...] = ()
    fprint_ppi: tuple[str, ...] = ()
    sbi_trust: str = ""
    sbi_first_port: int = DEFAULT_CHOICES.sbi_first_port
    sbi_last_port: int = DEFAULT_CHOICES.sbi_last_port
    sbi_environment: str = DEFAULT_CHOICES.sbi_environment
    allow_simulated: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.sbi_first_port <= self.sbi_last_port <= _HIGHEST_PORT:
            raise ConfigurationError(
                f"devices: {self.sbi_first_port} to {self.sbi_last_port} are no ports",
                remedy="SBI services listen on 4501 to 4600",
            )
        if self.sbi_environment not in _ENVIRONMENTS:
            raise ConfigurationError(
                f"devices.sbi_environment is {self.sbi_environment!r}", remedy=f"use one of {', '.join(_ENVIRONMENTS)}"
            )
        self._resolutions()
        for uri in self.cameras:
            _require_uri(uri)

    def choices(self, home: Path) -> DeviceChoices:
        """Return what drivers are told, with paths from the home made whole."""
        return DeviceChoices(
            cameras=self.cameras,
            fprint_ppi=self._resolutions(),
            sbi_trust=home / self.sbi_trust if self.sbi_trust else None,
            sbi_first_port=self.sbi_first_port,
            sbi_last_port=self.sbi_last_port,
            sbi_environment=self.sbi_environment,
        )

    def _resolutions(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for text in self.fprint_ppi:
            driver, _, number = text.partition("=")
            try:
                found[driver] = check_ppi(float(number))
            except (ValueError, OverflowError, BiometricsError):
                driver = ""
            if not driver:
                raise ConfigurationError(
                    f"devices.fprint_ppi cannot be read: {text!r}", remedy='write ["uru4000=512"], in pixels per inch'
                )
        return found


def _require_uri(uri: str) -> None:
    try:
        DeviceUri.parse(uri)
    except BiometricsError as error:
        raise ConfigurationError(f"devices.cameras: {error.message}", remedy=error.remedy) from None


DEFAULT_DEVICES = DeviceSettings()
