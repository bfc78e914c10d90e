"""Resolution of the scanners that libfprint drives; libfprint itself leaves it open.

`FpImage.get_ppmm` reads 0, or a fixed 500 pixels per inch, whatever the sensor is. A wrong resolution makes prints
incomparable, so only documented figures stand here, and everything else must be stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from biometrics.errors import CaptureError, DeviceRefusedError, ResolutionError
from biometrics.samples import check_ppi

KNOWN_PPI: Mapping[str, float] = MappingProxyType(
    {
        # DigitalPersona's data sheets of U.are.U 4000, 4000B and 4500: 512 dpi, mean of both axes.
        "uru4000": 512.0,
        # NEXT Biometrics' SDK, scan format 12 x 17 mm: 180 x 256 pixels, 385 dpi; libfprint takes 256 x 180.
        "nb1010": 385.0,
        # libfprint's etes603.c, device information at its head: 508 dpi.
        "etes603": 508.0,
        # No sensor at all; what Kura's simulated prints have.
        "virtual_image": 500.0,
    }
)
"""Pixels per inch by the name of libfprint's driver."""


def resolve_ppi(driver: str, stated: str | None, chosen: Mapping[str, float], uri: str) -> tuple[float, str]:
    """Return the resolution of a scanner in pixels per inch, and where it is from.

    Parameters
    ----------
    driver
        libfprint's name for what drives it.
    stated
        In the URI, which goes before everything else.
    chosen
        By the installation, by driver, which goes before Kura's table.
    uri
        For errors.

    Raises
    ------
    CaptureError
        When what is stated is no resolution.
    DeviceRefusedError
        When nobody knows it.
    """
    remedy = f"measure it or look it up in the scanner's data sheet, and give it: fprint:{driver}?ppi=500"
    if stated is not None:
        return _number(stated, uri, remedy), "the URI"
    if driver in chosen:
        return _number(str(chosen[driver]), uri, remedy), "the settings"
    if driver in KNOWN_PPI:
        return KNOWN_PPI[driver], "Kura's table"
    raise DeviceRefusedError(
        f"the resolution of scanners of libfprint's driver {driver} is not known",
        source=uri,
        remedy=remedy,
        code="resolution",
    )


def _number(text: str, uri: str, remedy: str) -> float:
    try:
        return check_ppi(float(text))
    except (ValueError, ResolutionError):
        raise CaptureError(
            f"{text[:20]} is no resolution: 100 to 2000 pixels per inch", source=uri, remedy=remedy
        ) from None
