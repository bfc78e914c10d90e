"""Rows by which people are found: derived from what persons state now, and made anew at any time.

A name is found under its keys (`biometrics.people.name_keys`). Each person has a row per family form and given form,
the empty form among both, so that one index answers every search: by family name (the given key is empty), by given
name, by both, and by birth alone (both keys are empty). Within a key the index leads from spelling to spelling, within
a spelling from one set of galleries to the next, and within a set through the dates of birth, the exact ones first.

Keys and spellings are sealed so that equal ones look alike. Whoever has the database and no keys learns how often each
unknown name occurs, roughly how long it is, and which names are borne with which; and births and galleries, which lie
open.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from registry.sealed import SearchText
from registry.tables.base import metadata

person_search = Table(
    "person_search",
    metadata,
    Column("family_key", SearchText("person_search.family_key"), nullable=False),
    Column("given_key", SearchText("person_search.given_key"), nullable=False),
    Column("family_spelling", SearchText("person_search.family_spelling"), nullable=False),
    Column("given_spelling", SearchText("person_search.given_spelling"), nullable=False),
    # In which galleries the person is searched, by name, a space between them; empty for none.
    Column("galleries", Text, nullable=False),
    # How exactly the birth is known, as a rank, and the first day it can mean; rank 4 and empty when unknown.
    Column("birth_rank", Integer, nullable=False),
    Column("born_from", Text, nullable=False),
    Column("subject_id", ForeignKey("subjects.subject_id"), nullable=False, index=True),
    PrimaryKeyConstraint(
        "family_key",
        "given_key",
        "family_spelling",
        "given_spelling",
        "galleries",
        "birth_rank",
        "born_from",
        "subject_id",
    ),
    sqlite_with_rowid=False,
)
