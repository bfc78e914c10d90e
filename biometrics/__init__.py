"""The vocabulary all rooms share: samples, templates, scores, decisions, records, errors (words of ISO/IEC 2382-37)."""
