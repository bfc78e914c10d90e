"""Edges between minutiae: their codes, which codes are alike, and the compiled index of a probe's edges."""
