"""Interchange formats: minutiae records, finger image records, and WSQ."""
