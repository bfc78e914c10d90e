"""A MOSIP SBI 0.9.5 device service with simulated scanners, fingers and certificates; it speaks the real protocol."""

from devices.simulators.sbi.faults import FAULTS, VERBS
from devices.simulators.sbi.hand import Hands, Person
from devices.simulators.sbi.pki import Pki
from devices.simulators.sbi.presentation import PRESENTATIONS, Presentation
from devices.simulators.sbi.serving import serve
from devices.simulators.sbi.simulation import Simulation
from devices.simulators.sbi.simulator import SbiSimulator

__all__ = [
    "FAULTS",
    "PRESENTATIONS",
    "VERBS",
    "Hands",
    "Person",
    "Pki",
    "Presentation",
    "SbiSimulator",
    "Simulation",
    "serve",
]
