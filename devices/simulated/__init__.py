"""Simulated fingers: ridges grown from a seed, pressed on a simulated sensor. No person is involved."""

from devices.simulated.batch import Delivery, PrintOrder, simulate_prints
from devices.simulated.impression import PPI, SIMULATOR, impress, take_impression
from devices.simulated.master import MasterPrint, grow_master
from devices.simulated.profiles import CLEAN, ORDINARY, PROFILES, WORN, Profile
from devices.simulated.touch import Touch, draw_touch
from devices.simulated.traits import (
    NATURAL_FREQUENCIES,
    FingerTraits,
    PatternClass,
    class_frequencies,
    fingers_of,
)

__all__ = [
    "CLEAN",
    "NATURAL_FREQUENCIES",
    "ORDINARY",
    "PPI",
    "PROFILES",
    "SIMULATOR",
    "WORN",
    "Delivery",
    "FingerTraits",
    "MasterPrint",
    "PatternClass",
    "PrintOrder",
    "Profile",
    "Touch",
    "class_frequencies",
    "draw_touch",
    "fingers_of",
    "grow_master",
    "impress",
    "simulate_prints",
    "take_impression",
]
