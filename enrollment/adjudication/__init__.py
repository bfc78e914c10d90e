"""Adjudication beyond the record: what applicants are told about a case, in their language."""
