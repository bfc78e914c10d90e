"""Fingerprint scanners through libfprint, which runs in a process of its own: what it does to itself stays there."""
