"""The run-time type checker of the suite: beartype, which lets an int stand for a float as PEP 484 does."""

from __future__ import annotations

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
