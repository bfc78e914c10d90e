"""Rows in full precision: where they lie, and how they are compared."""

from matching.vectors.exact.file import ExactFile
from matching.vectors.exact.rescoring import rescore

__all__ = ["ExactFile", "rescore"]
