"""Galleries: who is searched together. An encounter belongs to at least one."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from registry.columns import UtcTime
from registry.tables.base import metadata

galleries = Table(
    "galleries",
    metadata,
    Column("gallery_id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

encounter_galleries = Table(
    "encounter_galleries",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("gallery_id", ForeignKey("galleries.gallery_id"), primary_key=True, index=True),
)
