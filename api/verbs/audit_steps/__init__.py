"""The steps of `kura audit`, a module each."""
