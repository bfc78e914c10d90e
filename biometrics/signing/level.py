"""How much a signature is worth before the law, as far as whoever set up the key may say so."""

from __future__ import annotations

import unicodedata
from enum import Enum

from biometrics.errors import ConfigurationError


class SignatureLevel(Enum):
    """The level that is stored with every signature.

    `SIMPLE` proves that whoever holds a key signed. `ADVANCED` says beside that the key never leaves a device and
    stands under the control of one named holder, which the installation answers for. There is no third: what loi
    2016-012 calls qualified needs a certified provider and device, and no signature of this service has one.
    """

    SIMPLE = "simple"
    ADVANCED = "advanced"

    @classmethod
    def _missing_(cls, value: object) -> SignatureLevel:
        """Refuse another word, that for a qualified signature, in French or English, above all."""
        if isinstance(value, str) and _plain(value).startswith("qualifi"):
            raise ConfigurationError(
                "no signature made here is a qualified one", remedy="say simple or advanced; see docs/signing.md"
            )
        raise ConfigurationError("the level of a signature is none of the known words", remedy="say simple or advanced")


def _plain(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.strip().casefold())
    return "".join(letter for letter in parts if letter.isalpha())
