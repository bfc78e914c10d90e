"""People's rights as they are shown: documents for people and programs, settings, and what the gateway is told."""
