"""Vectors turned by a secret of the installation: scores stay, galleries of two installations cannot be linked."""

from matching.rotation.rotation import VectorRotation

__all__ = ["VectorRotation"]
