"""Wrapped keys: those of the installation by name, and one for every owner of sealed values; and files with theirs."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from registry.columns import UtcTime
from registry.sealed import Kind, Sealed
from registry.tables.base import metadata

# The root key is wrapped by a key from outside, which `kek_id` names, perhaps by a second one for recovery too. All
# others are wrapped by a generation of the root key, which `root_generation` names; their `kek_id` is empty.
installation_keys = Table(
    "installation_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("kek_id", Text, primary_key=True),
    Column("root_generation", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

# Whoever has sealed values has a key: subjects, encounters, cases, drafts, tasks, kept answers. To erase an owner is to
# delete this row: everything sealed under the key, wherever a copy of it lies, is then noise.
data_keys = Table(
    "data_keys",
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("root_generation", Integer, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# A file of the sample store has a random name and a random key of its own, which is sealed under the owner's.
kept_files = Table(
    "kept_files",
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True, index=True),
    Column("file", Text, nullable=False, index=True),
    Column("file_key", Sealed("kept_files.file_key", Kind.BYTES), nullable=False),
)
