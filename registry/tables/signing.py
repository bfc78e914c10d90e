"""Keys that signed or sign, their public halves; and receipts that wait for a key that is away."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, text

from biometrics.signing.algorithms import Algorithm
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose
from biometrics.signing.trust import Ending
from registry.columns import CanonicalJson, UtcTime
from registry.tables.base import metadata, word

_IN_USE = text("ended_at IS NULL")

# One key in use for a purpose; the others stay, so that what they signed can be verified. `held` says where the private
# half is: in the keyring, or in a token by its URI.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    *word("purpose", Purpose),
    *word("algorithm", Algorithm),
    *word("level", SignatureLevel),
    Column("public_key", CanonicalJson, nullable=False),
    Column("held", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    *word("ending", Ending, nullable=True),
    CheckConstraint("(ended_at IS NULL) = (ending IS NULL)"),
    Index("signing_keys_in_use", "purpose", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
)

# Asked for while the key was away; the receipt is made of the encounter when the key is back.
waiting_receipts = Table(
    "waiting_receipts",
    metadata,
    Column("encounter_id", ForeignKey("encounters.encounter_id"), primary_key=True),
    Column("since", UtcTime, nullable=False),
)
