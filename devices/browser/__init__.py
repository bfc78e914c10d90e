"""Frames that a web browser pushes, and the small servers on loopback that pages of this machine are shown by."""
