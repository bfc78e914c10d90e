"""The development issuer: a key in the home that signs tokens for trying things out, and never in production."""

from __future__ import annotations

import json
import time
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OKPKey

from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError
from biometrics.files import write_whole

ISSUER_FILE = "dev-issuer.json"
"""A JSON Web Key Set with one private key; whoever reads it may sign."""

ISSUER_NAME = "kura-development"
CLIENT_NAME = "development"
PURPOSE = "development"
"""Client and purpose of tokens that name none."""

_OTHERS_MAY = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """What a development token says.

    Parameters
    ----------
    scopes
        What it allows.
    client
        The client that acts.
    subject
        The person that acts; None for the client itself.
    role, purpose
        In which capacity, and why.
    minutes
        For how long.
    """

    scopes: Sequence[str]
    client: str = CLIENT_NAME
    subject: str | None = None
    role: str | None = None
    purpose: str = PURPOSE
    minutes: int = 60


def make_issuer(home: Path) -> None:
    """Make the development issuer of a home, unless it has one.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    path = home / ISSUER_FILE
    if path.exists():
        return
    key = OKPKey.generate_key("Ed25519", {"kid": f"dev-{uuid.uuid4().hex[:12]}", "use": "sig", "alg": "EdDSA"})
    write_whole(path, f"{json.dumps({'keys': [key.as_dict(private=True)]}, indent=2)}\n".encode())


def has_issuer(home: Path) -> bool:
    """Return whether a home has a development issuer."""
    return (home / ISSUER_FILE).exists()


def sign_token(home: Path, server: ServerSettings, asked: TokenRequest) -> str:
    """Return a token that the home's development server accepts.

    Raises
    ------
    ConfigurationError
        When the home has no development issuer, others may read it, or it is damaged.
    """
    key = _read_key(home / ISSUER_FILE)
    now = int(time.time())
    claims = {
        "iss": ISSUER_NAME,
        "aud": server.audience,
        "sub": asked.subject or asked.client,
        "client_id": asked.client,
        "scope": " ".join(asked.scopes),
        "iat": now,
        "nbf": now,
        "exp": now + asked.minutes * 60,
        "jti": uuid.uuid4().hex,
        "role": asked.role,
        "purpose": asked.purpose,
    }
    stated = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():  # of an algorithm's name, which RFC 9864 changes; issuers still use this one
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode({"alg": "EdDSA", "typ": "at+jwt", "kid": key.kid}, stated, key, algorithms=["EdDSA"])


def _read_key(path: Path) -> OKPKey:
    try:
        if path.stat().st_mode & _OTHERS_MAY:
            raise ConfigurationError(
                "others may read the key of the development issuer",
                source=str(path),
                remedy="remove the file and start kura serve --dev again: it makes a new one",
            )
        return OKPKey.import_key(json.loads(path.read_text())["keys"][0])
    except FileNotFoundError as error:
        raise ConfigurationError(
            "this installation has no development issuer",
            source=str(path),
            remedy="kura serve --dev makes one; in production the authority's own issuer makes tokens",
        ) from error
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, JoseError) as error:
        raise ConfigurationError(
            "the key of the development issuer cannot be read",
            source=str(path),
            remedy="remove the file and start kura serve --dev again: it makes a new one",
        ) from error
