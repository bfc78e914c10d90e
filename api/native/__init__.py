"""The native API under `/v1`: what OSIA has no words for, and what stations do in one call."""
