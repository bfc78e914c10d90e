"""Keys that sign for the installation: in software under the keyring, or in a token."""
