"""The gate: from the headers of a request to a caller whose token, certificate, scopes, role and rights fit."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.http.access import Access, Caller
from api.http.clients import DEVELOPMENT, Rights, read_clients
from api.http.keys import watch
from api.http.limits import RateLimits
from api.http.problems import Refusal
from api.http.tokens import TokenClaims, TokenReader, bad_token
from api.rights.rights_settings import Abroad, read_rights_settings
from api.server_settings import ServerSettings
from biometrics.errors import RecordError
from biometrics.records import ActorRole

CERTIFICATE_KEY = "kura.client_certificate"
"""Where the server puts the client's certificate (DER) into the scope, or None."""

CLIENT_KEY = "kura.client"
"""Where the client that a good token names is left in the scope, whatever else it may lack."""

_BEARER = re.compile(rb"bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDesk:
    """Knows the issuer's tokens and the clients' rights; one per worker.

    Parameters
    ----------
    tokens
        Reads tokens.
    clients
        Rights by the name of the client.
    unlisted
        Rights of clients that are not listed; None refuses them.
    country
        Where the registry is.
    limits
        Counts requests.
    """

    tokens: TokenReader
    clients: Mapping[str, Rights] = field(default_factory=dict)
    unlisted: Rights | None = None
    country: str = "MLI"
    posts_abroad: Mapping[str, Abroad] = field(default_factory=dict)
    limits: RateLimits = field(default_factory=RateLimits)

    @classmethod
    def from_settings(cls, home: Path, server: ServerSettings, *, workers: int, development: bool) -> AccessDesk:
        """Return the desk of an installation.

        Raises
        ------
        ConfigurationError
            When the clients' rights cannot be read, or no key set is named.
        """
        path, settings = home / server.clients_file, read_rights_settings(home)
        listed = {} if development and not path.exists() else read_clients(path)
        return cls(
            tokens=TokenReader(keys=watch(server.issuer_keys, home), issuer=server.issuer, audience=server.audience),
            clients=listed,
            unlisted=DEVELOPMENT if development else None,
            country=settings.authority.country,
            posts_abroad=settings.posts_abroad,
            limits=RateLimits(workers=workers),
        )

    async def caller(self, scope: MutableMapping[str, Any]) -> Caller:
        """Return who sends a request, by its token and certificate.

        Raises
        ------
        Refusal
            When there is no good token, or the client is not known or connects with another certificate.
        """
        claims = await self.tokens.read(_token(scope))
        scope[CLIENT_KEY] = claims.client
        rights = self.clients.get(claims.client, self.unlisted)
        if rights is None:
            raise Refusal("right", "the client has no rights here")
        _check_certificate(scope.get(CERTIFICATE_KEY), claims, rights)
        return _caller(claims, rights)

    def admit(self, caller: Caller, asked: Access) -> None:
        """Let a caller through to an endpoint, and count it.

        Raises
        ------
        Refusal
            When scope, role, right or purpose are missing, or the client asks too much.
        """
        missing = sorted(asked.scopes - caller.scopes)
        if missing:
            challenge = f'Bearer error="insufficient_scope", scope="{" ".join(sorted(asked.scopes))}"'
            raise Refusal("scope", f"the scope {missing[0]} is needed", headers={"WWW-Authenticate": challenge})
        if asked.roles and caller.role not in asked.roles:
            wanted = " or ".join(sorted(role.value for role in asked.roles))
            raise Refusal("role", f"the role {wanted} is needed")
        if not all(going.authorisation for going in self.goes_abroad(caller)):
            raise Refusal("right", "nothing authorises that data leave the country for this client or post")
        if asked.one_to_many and not caller.rights.one_to_many:
            raise Refusal("right", "the client may not search everybody")
        if asked.purpose_bound and caller.purpose is None:
            raise Refusal("purpose", "the token must state a purpose")
        wait_s = self.limits.wait_s(caller.client, caller.rights.per_minute)
        if wait_s:
            raise Refusal("rate", "the client has asked too much for now", retry_after_s=wait_s)

    def goes_abroad(self, caller: Caller) -> tuple[Abroad, ...]:
        """Return to where what a caller is told leaves the country: to the client, or to a post that lies abroad."""
        rights, found = caller.rights, list[Abroad]()
        if rights.country is not None and rights.country != self.country:
            found.append(Abroad(country=rights.country, authorisation=rights.transfer_authorisation or ""))
        post = None if caller.post is None else self.posts_abroad.get(caller.post)
        return (*found, post) if post is not None else tuple(found)


def _token(scope: Mapping[str, Any]) -> str:
    """Return the token of the one Authorization header; none is looked for anywhere else."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    if not given:
        raise Refusal("token", "an access token is needed", headers={"WWW-Authenticate": "Bearer"})
    if len(given) > 1:
        bad_token("there are several")
    found = _BEARER.fullmatch(given[0])
    if found is None:
        bad_token("it is no bearer token")
    return found[1].decode("ascii")


def _check_certificate(certificate: bytes | None, claims: TokenClaims, rights: Rights) -> None:
    if rights.certificate_sha256 is None and claims.certificate is None:
        return
    if certificate is None:
        raise Refusal("certificate", "the client must connect with its certificate")
    digest = hashlib.sha256(certificate).digest()
    if rights.certificate_sha256 not in (None, digest.hex()):
        raise Refusal("certificate", "the certificate is not the one of the client")
    thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    if claims.certificate not in (None, thumbprint):
        raise Refusal("certificate", "the certificate is not the one that the token was made for")


def _caller(claims: TokenClaims, rights: Rights) -> Caller:
    role = _role(claims.role, rights)
    if claims.purpose is not None and rights.purposes is not None and claims.purpose not in rights.purposes:
        raise Refusal("purpose", "the token states a purpose that is not one of the client's")
    caller = Caller(
        client=claims.client,
        subject=claims.subject,
        role=role,
        scopes=claims.scopes if rights.scopes is None else claims.scopes & rights.scopes,
        purpose=claims.purpose,
        rights=rights,
        post=claims.post,
        station=claims.station,
    )
    try:
        caller.actor()
    except RecordError:
        bad_token("it names who acts in a way that cannot be recorded")
    return caller


def _role(stated: str | None, rights: Rights) -> ActorRole | None:
    if stated is None or stated == ActorRole.SYSTEM.value:
        return None
    try:
        role = ActorRole(stated)
    except ValueError:
        bad_token("its role is unknown")
    if role not in rights.roles:
        raise Refusal("role", "the client may not act in the role that its token states")
    return role
