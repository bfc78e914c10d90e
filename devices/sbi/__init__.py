"""Scanners and cameras behind a MOSIP Secure Biometric Interface 0.9.5: services on this machine that sign."""
