"""How a registry of an older version becomes one of the present version: Alembic's revisions, one per schema version.

Revisions are frozen: what they create lies in `sql/` as text, whatever the tables of `registry.tables` are by now. The
last one creates what a new registry has; `tests/golden/record_schema.py` writes it, and a test compares it.
"""
