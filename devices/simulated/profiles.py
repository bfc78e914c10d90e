"""How impressions vary: a profile says how fingers are pressed and what the sensor makes of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Distributions from which touches are drawn.

    Parameters
    ----------
    name
        By which commands know it.
    rotation_deg
        Standard deviation of the finger's turn.
    shift_px
        Standard deviation of where the finger lies, each way.
    wild_share
        Share of touches that lie far off: turned and shifted three times as much.
    slide_px
        Standard deviation of how far the skin is dragged from under the finger, each way.
    twist_deg
        Standard deviation of the torsion of the skin.
    wrinkle_px
        Standard deviation of small irregular displacements of the skin.
    area
        Lowest and highest relative size of contact, 1 for a whole pad firmly pressed.
    moisture
        Standard deviation of wetness between touches; negative wetness breaks ridges, positive fills valleys.
    patches
        Standard deviation of wetness and pressure within a touch.
    speckle
        Deviation of fine unevenness that gnaws at ridges, as a share of a ridge's height.
    creases
        How strongly folds and scars part the ridges, 0 to 1.
    noise_levels
        Standard deviation of the sensor's noise in grey levels.
    """

    name: str
    rotation_deg: float
    shift_px: float
    wild_share: float
    slide_px: float
    twist_deg: float
    wrinkle_px: float
    area: tuple[float, float]
    moisture: float
    patches: float
    speckle: float
    creases: float
    noise_levels: float


ORDINARY = Profile(
    name="ordinary",
    rotation_deg=9.0,
    shift_px=20.0,
    wild_share=0.2,
    slide_px=13.0,
    twist_deg=8.0,
    wrinkle_px=1.5,
    area=(0.3, 1.0),
    moisture=0.45,
    patches=0.28,
    speckle=0.44,
    creases=0.8,
    noise_levels=8.0,
)
"""Cooperative people on an ordinary optical sensor, as in the FVC2002 databases."""

CLEAN = Profile(
    name="clean",
    rotation_deg=4.0,
    shift_px=8.0,
    wild_share=0.0,
    slide_px=3.0,
    twist_deg=1.5,
    wrinkle_px=0.6,
    area=(0.85, 1.0),
    moisture=0.12,
    patches=0.12,
    speckle=0.2,
    creases=0.4,
    noise_levels=4.0,
)
"""Supervised capture of healthy skin: what an attended enrollment strives for."""

WORN = Profile(
    name="worn",
    rotation_deg=12.0,
    shift_px=22.0,
    wild_share=0.25,
    slide_px=15.0,
    twist_deg=9.0,
    wrinkle_px=1.8,
    area=(0.4, 0.9),
    moisture=0.6,
    patches=0.5,
    speckle=0.9,
    creases=1.0,
    noise_levels=14.0,
)
"""Hands worn by work, hurried capture."""

PROFILES = {profile.name: profile for profile in (ORDINARY, CLEAN, WORN)}
"""By name."""
