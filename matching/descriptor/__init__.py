"""A finger in 128 bytes: `describe` its minutiae; inner products of descriptors make shortlists."""

from matching.descriptor.code import BYTES, DIMENSION, SCHEME, FingerDescriptor, describe

__all__ = ["BYTES", "DIMENSION", "SCHEME", "FingerDescriptor", "describe"]
