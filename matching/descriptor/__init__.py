"""A finger in 256 numbers: inner products of its vectors tell whom it is worth comparing with."""

from matching.descriptor.describe import DIMENSION, SCHEME, finger_vectors

__all__ = ["DIMENSION", "SCHEME", "finger_vectors"]
