"""The gate: headers to callers, and what endpoints ask of them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from api.http.access import Access, Caller
from api.http.clients import DEVELOPMENT, Rights
from api.http.gate import CERTIFICATE_KEY, AccessDesk
from api.http.limits import RateLimits
from api.http.problems import Refusal
from api.http.tokens import TokenReader
from api.rights.rights_settings import Abroad
from biometrics.records import Actor, ActorRole
from tests.api.http.fixtures import AUDIENCE, ISSUER, Issuer

ISSUED = Issuer()
CERTIFICATE = b"a certificate"
DIGEST = hashlib.sha256(CERTIFICATE).digest()
THUMBPRINT = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()


def desk(unlisted: Rights | None = None, **clients: Rights) -> AccessDesk:
    return AccessDesk(
        tokens=TokenReader(keys=ISSUED, issuer=ISSUER, audience=AUDIENCE),
        clients=clients,
        unlisted=unlisted,
        limits=RateLimits(clock=lambda: 0.0),
    )


def call(access: AccessDesk, *authorization: str, certificate: bytes | None = None) -> Caller:
    scope: dict[str, Any] = {"headers": [(b"authorization", one.encode("latin-1")) for one in authorization]}
    scope[CERTIFICATE_KEY] = certificate
    return asyncio.run(access.caller(scope))


def bearer(*scopes: str, **claims: Any) -> str:
    return f"Bearer {ISSUED.token(*scopes, **claims)}"


def test_a_caller_is_who_the_token_names_with_the_rights_of_its_client() -> None:
    rights = Rights(scopes=frozenset("ab"), roles=frozenset((ActorRole.EXAMINER,)), galleries=frozenset(("visa",)))
    made = call(desk(border=rights), bearer("a", "c", client="border", sub="o.7", role="examiner", station="S"))
    assert (made.client, made.subject, made.role, set(made.scopes)) == ("border", "o.7", ActorRole.EXAMINER, {"a"})
    assert made.actor() == Actor(name="o.7", role=ActorRole.EXAMINER, station="S", client="border")
    assert (made.is_person, made.may_see("visa"), made.may_see("citizens")) == (True, True, False)


def test_a_client_without_a_role_acts_as_a_system() -> None:
    made = call(desk(border=Rights()), bearer("a", client="border"))
    assert made.actor() == Actor(name="border", role=ActorRole.SYSTEM, client="border")
    assert (made.is_person, made.may_see("any"), set(made.scopes)) == (False, True, {"a"})


@pytest.mark.parametrize(
    "authorization",
    [
        (),
        ("",),
        ("Bearer",),
        ("Bearer ",),
        ("Basic YTpi",),
        ("Bearer a b",),
        ("Bearer é",),
        (bearer("a"), bearer("a")),
        (ISSUED.token("a"),),
    ],
)
def test_no_good_header_no_caller(authorization: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        call(desk(unlisted=DEVELOPMENT), *authorization)
    assert refused.value.kind.name == "token"
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unlisted_client_has_no_rights() -> None:
    with pytest.raises(Refusal, match="no rights"):
        call(desk(other=Rights()), bearer("a", client="border"))


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"role": "king"}, "token"),
        ({"role": "supervisor"}, "role"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"sub": "x" * 300}, "token"),
    ],
)
def test_what_a_token_may_not_state(claims: dict[str, str], kind: str) -> None:
    rights = Rights(roles=frozenset((ActorRole.EXAMINER,)), purposes=frozenset(("visa",)))
    with pytest.raises(Refusal) as refused:
        call(desk(border=rights), bearer("a", client="border", **claims))
    assert refused.value.kind.name == kind


@pytest.mark.parametrize("bound_by", ["rights", "token", "both"])
def test_a_bound_client_connects_with_its_certificate(bound_by: str) -> None:
    rights = Rights(certificate_sha256=DIGEST.hex() if bound_by != "token" else None)
    claims = {} if bound_by == "rights" else {"cnf": {"x5t#S256": THUMBPRINT}}
    token = bearer("a", client="border", **claims)
    assert call(desk(border=rights), token, certificate=CERTIFICATE).client == "border"
    for certificate in (None, b"another"):
        with pytest.raises(Refusal) as refused:
            call(desk(border=rights), token, certificate=certificate)
        assert (refused.value.kind.name, refused.value.status) == ("certificate", 403)


ASKED = Access(scopes=frozenset("ab"), roles=frozenset((ActorRole.EXAMINER,)), purpose_bound=True, one_to_many=True)
FITS: dict[str, Any] = {
    "scopes": frozenset("abc"),
    "role": ActorRole.EXAMINER,
    "purpose": "visa",
    "rights": Rights(one_to_many=True, authorisation="x"),
}


@pytest.mark.parametrize(
    ("lacking", "kind"),
    [
        ({}, None),
        ({"scopes": frozenset("a")}, "scope"),
        ({"role": None}, "role"),
        ({"role": ActorRole.OPERATOR}, "role"),
        ({"purpose": None}, "purpose"),
        ({"rights": Rights()}, "right"),
    ],
)
def test_an_endpoint_is_held_to_all_it_asks(lacking: dict[str, Any], kind: str | None) -> None:
    caller = Caller(client="border", subject="o.7", **(FITS | lacking))
    if kind is None:
        desk().admit(caller, ASKED)
        return
    with pytest.raises(Refusal) as refused:
        desk().admit(caller, ASKED)
    assert (refused.value.kind.name, refused.value.status) == (kind, 403)


def test_who_asks_too_much_waits() -> None:
    access, caller = desk(), Caller(client="a", subject="a", scopes=frozenset("s"), rights=Rights(per_minute=6))
    for _ in range(10):
        access.admit(caller, Access(scopes=frozenset("s")))
    with pytest.raises(Refusal) as refused:
        access.admit(caller, Access(scopes=frozenset("s")))
    assert (refused.value.status, refused.value.retry_after_s) == (429, 10)


@pytest.mark.parametrize(
    ("country", "authorisation", "post", "goes"),
    [
        ("MLI", None, None, []),
        (None, None, "BKO-1", []),
        ("FRA", "act 9", None, ["FRA"]),
        (None, None, "PAR-1", ["FRA"]),
        ("SEN", "act 9", "PAR-1", ["SEN", "FRA"]),
        ("SEN", None, None, None),
        ("SEN", None, "PAR-1", None),
        (None, None, "DKR-1", None),
    ],
)
def test_what_goes_abroad_is_flagged_and_refused_where_nothing_allows_it(
    country: str | None, authorisation: str | None, post: str | None, goes: list[str] | None
) -> None:
    access = desk(border=Rights(country=country, transfer_authorisation=authorisation))
    access = replace(
        access,
        country="MLI",
        posts_abroad={"PAR-1": Abroad(country="FRA", authorisation="act 10"), "DKR-1": Abroad(country="SEN")},
    )
    made = call(access, bearer("a", client="border", post=post))
    if goes is None:
        with pytest.raises(Refusal, match="leave the country"):
            access.admit(made, Access(scopes=frozenset("a")))
        return
    access.admit(made, Access(scopes=frozenset("a")))
    assert [one.country for one in access.goes_abroad(made)] == goes
