"""The steps of `kura dedup`, a module each."""
