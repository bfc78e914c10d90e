"""What an installation may choose about its signatures: the table `[signing]` of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from biometrics.errors import ConfigurationError
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.office import SigningChoices
from registry.signing.records import IN_KEYRING

_CHOSEN = (Purpose.ANCHORS, Purpose.CARDS, Purpose.EXPORTS, Purpose.RECEIPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningSettings:
    """Which keys sign; docs/signing.md explains each.

    Results sent to clients are always signed in software: receivers expect Ed25519, and a token takes one at a time.

    Parameters
    ----------
    anchors, cards, exports, receipts
        `software`, or the PKCS#11 URI of a key in a token.
    token_level
        What signatures of keys in tokens are worth: `simple`, or `advanced` where the installation answers for it.
    certificates
        PEM file, from the home, with the certificates of keys in tokens and of who issued them; empty for none.
    """

    anchors: str = IN_KEYRING
    cards: str = IN_KEYRING
    exports: str = IN_KEYRING
    receipts: str = IN_KEYRING
    token_level: str = SignatureLevel.SIMPLE.value
    certificates: str = ""

    def __post_init__(self) -> None:
        SignatureLevel(self.token_level)
        named = self.tokens()
        if len({key.name for key in named.values()}) < len(named):
            raise ConfigurationError(
                "one key is to sign for two purposes", remedy="make a key for each: kura sign token-key"
            )

    def tokens(self) -> dict[Purpose, TokenKey]:
        """Return the keys in tokens, by purpose.

        Raises
        ------
        ConfigurationError
            When what is named is neither `software` nor a PKCS#11 URI.
        """
        chosen = {purpose: str(getattr(self, purpose.value)) for purpose in _CHOSEN}
        return {purpose: TokenKey.parse(text) for purpose, text in chosen.items() if text != IN_KEYRING}

    def choices(self, home: Path) -> SigningChoices:
        """Return what a registry signs with.

        Raises
        ------
        ConfigurationError
            When the certificates cannot be read.
        """
        return SigningChoices(
            tokens=self.tokens(),
            token_level=SignatureLevel(self.token_level),
            certificates=_chains(home / self.certificates) if self.certificates else (),
        )


DEFAULT_SIGNING = SigningSettings()


def _chains(path: Path) -> Sequence[tuple[x509.Certificate, ...]]:
    """Return, for each certificate of a file, the chain that begins with it, as far as the file has it."""
    try:
        known = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError, x509.InvalidVersion) as error:
        raise ConfigurationError(
            "the certificates of signatures cannot be read",
            source=str(path),
            remedy="give a PEM file, or leave signing.certificates empty",
        ) from error
    return [_chain(one, known) for one in known]


def _chain(first: x509.Certificate, known: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    chain = [first]
    while chain[-1].issuer != chain[-1].subject:
        issuer = next((one for one in known if one.subject == chain[-1].issuer and one not in chain), None)
        if issuer is None:
            break
        chain.append(issuer)
    return tuple(chain)
