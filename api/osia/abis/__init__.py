"""OSIA Biometrics 1.6: persons and their encounters, searches, comparisons, galleries."""
