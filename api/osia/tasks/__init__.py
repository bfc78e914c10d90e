"""Calls that are answered later: accepted durably, performed by runners, delivered signed until they arrive."""
