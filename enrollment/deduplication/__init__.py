"""Everybody against everybody, or newcomers against everybody: runs that survive any interruption, and their cases."""
