"""Portraits of the people an installation serves, and what their scores say about its thresholds."""
