"""The contract of drivers as tests, for Kura's own drivers and for everybody else's (`docs/examples/`)."""

from devices.conformance.rig import Fault, Rig, Rigging

__all__ = ["Fault", "Rig", "Rigging"]
