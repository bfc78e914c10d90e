"""Keys of a registry: one key from outside opens the root key, and the root key opens all others."""
