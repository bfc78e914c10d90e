"""Signatures: who can make one, in which form it travels, and how anybody verifies it with public keys alone."""
