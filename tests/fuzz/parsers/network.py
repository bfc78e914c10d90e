"""What comes over the network: JSON, tokens and key sets, addresses, cursors, proxies' fields, heads of requests."""

from __future__ import annotations

import base64
import json
from collections.abc import Coroutine, Mapping
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from api.http.addresses import require_known_query, require_plain_path
from api.http.exchange import request_id_of
from api.http.json_body import strict_json
from api.http.keys import IssuerKey, read_keys
from api.http.problems import Refusal
from api.http.tokens import TokenReader
from api.native.paging import read_cursor, write_cursor
from api.osia.tasks.addresses import AddressRefusedError, allowed_prefix
from api.serve.proxies import _certificate, is_in, networks_of
from biometrics.errors import BiometricsError
from enrollment.drafts.merge_patch import merged
from tests.fuzz.target import Target

NOW = 1_800_000_000
_KEYS: Mapping[str, tuple[str, Key]] = {
    "ec": ("ES256", ECKey.generate_key("P-256")),
    "ed": ("EdDSA", OKPKey.generate_key("Ed25519")),
}
_CLAIMS: dict[str, Any] = {
    "iss": "issuer",
    "aud": ["kura", "other"],
    "exp": NOW + 60,
    "iat": NOW,
    "nbf": NOW - 1,
    "sub": "officer.7",
    "client_id": "station-12",
    "azp": "station-12",
    "scope": "a b",
    "scp": ["a"],
    "role": "examiner",
    "purpose": "visa",
    "post": "Lyon",
    "station": "L-3",
    "cnf": {"x5t#S256": "abc"},
}
_CURSOR = write_cursor("question", "place")


class _Known:
    async def find(self, kid: str | None) -> IssuerKey | None:
        if kid is None or kid not in _KEYS:
            return None
        algorithm, key = _KEYS[kid]
        return IssuerKey(kid=kid, algorithm=algorithm, key=key)


_READER = TokenReader(keys=_Known(), issuer="issuer", audience="kura", now_s=lambda: float(NOW))


def targets() -> tuple[Target, ...]:
    """Return the targets of this module."""
    refused = (Refusal,)
    json_words = (b'"a":1,', b"\\ud800", b"\\u0000", b"[" * 2000, b"{" * 50, b"Infinity", b"/**/")
    return (
        Target(name="json", seeds=_json_seeds, parse=strict_json, refused=refused, words=json_words, is_json=True),
        Target(
            name="token",
            seeds=_token_seeds,
            parse=_read_token,
            refused=refused,
            words=(b".", b"=", b"eyJhbGciOiJub25lIn0"),
        ),
        Target(
            name="token-claims", seeds=_claim_seeds, parse=_read_claims, refused=refused, words=json_words, is_json=True
        ),
        Target(
            name="token-header",
            seeds=_header_seeds,
            parse=_read_header,
            refused=refused,
            words=json_words,
            is_json=True,
        ),
        Target(name="issuer-keys", seeds=_key_seeds, parse=read_keys, refused=(BiometricsError,), is_json=True),
        Target(name="callback-address", seeds=_address_seeds, parse=_read_address, refused=(AddressRefusedError,)),
        Target(name="cursor", seeds=lambda: (_CURSOR.encode(),), parse=_read_cursor, refused=refused),
        Target(
            name="path-and-query",
            seeds=_path_seeds,
            parse=_read_path,
            refused=refused,
            words=(b"%2e%2e%2f", b"&a=", b"%"),
        ),
        Target(name="proxy-fields", seeds=_proxy_seeds, parse=_read_proxy, refused=()),
        Target(name="merge-patch", seeds=_patch_seeds, parse=_read_patch, refused=refused, is_json=True),
    )


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits for something")


def _json_seeds() -> tuple[bytes, ...]:
    return (
        json.dumps(_CLAIMS).encode(),
        '{"é": [1, -2.5e3, true, null, {"a": "\\u00e9"}]}'.encode(),
        b"[[[[]]]]",
        b'"x"',
    )


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _signed(header: bytes, payload: bytes, kid: str = "ed") -> str:
    algorithm, key = _KEYS[kid]
    text = _b64(header) + b"." + _b64(payload)
    signature = JWSRegistry.algorithms[{"EdDSA": "Ed25519"}.get(algorithm, algorithm)].sign(text, key)
    return (text + b"." + _b64(signature)).decode()


def _header(kid: str = "ed") -> bytes:
    return json.dumps({"alg": _KEYS[kid][0], "kid": kid, "typ": "at+jwt"}).encode()


def _token_seeds() -> tuple[bytes, ...]:
    return tuple(_signed(_header(kid), json.dumps(_CLAIMS).encode(), kid).encode() for kid in _KEYS)


def _read_token(data: bytes) -> None:
    done(_READER.read(data.decode("latin-1")))


def _claim_seeds() -> tuple[bytes, ...]:
    return (json.dumps(_CLAIMS).encode(),)


def _read_claims(data: bytes) -> None:
    done(_READER.read(_signed(_header(), data)))


def _header_seeds() -> tuple[bytes, ...]:
    extended = {
        "alg": "EdDSA",
        "kid": "ed",
        "b64": True,
        "jku": "https://x.example",
        "jwk": {"kty": "OKP"},
        "x5c": ["a"],
    }
    return _header(), json.dumps(extended).encode()


def _read_header(data: bytes) -> None:
    done(_READER.read(_signed(data, json.dumps(_CLAIMS).encode())))


def _key_seeds() -> tuple[bytes, ...]:
    keys = [key.as_dict(private=False) | {"kid": kid, "use": "sig", "alg": alg} for kid, (alg, key) in _KEYS.items()]
    rsa = RSAKey.generate_key(2048).as_dict(private=False)
    return json.dumps({"keys": keys}).encode(), json.dumps({"keys": [rsa]}).encode()


def _address_seeds() -> tuple[bytes, ...]:
    return (
        b"https://a.example:8443/in/x?y=1",
        b"http://127.0.0.1/",
        b"https://[2001:db8::1]/in",
        b"https://a.example./in",
    )


def _read_address(data: bytes) -> None:
    allowed_prefix(data.decode("latin-1"), ["https://a.example:8443/in", "http://127.0.0.1", "https://[2001:db8::1]"])


def _read_cursor(data: bytes) -> None:
    read_cursor(data.decode("latin-1"), "question")


def _path_seeds() -> tuple[bytes, ...]:
    return b"/v1/persons/abc%20d?limit=3&name=%C3%A9&name=b", b"/a//b/%E2%82%AC/?x", b"/?limit="


def _read_path(data: bytes) -> None:
    path, _, query = data.partition(b"?")
    require_plain_path({"raw_path": path})
    require_known_query({"query_string": query}, {"limit"}, {"name"})


def _proxy_seeds() -> tuple[bytes, ...]:
    return b"10.0.0.1, 2001:db8::1%eth0", b":MIIB:", b"::ffff:10.0.0.1", b"req-1_a.b"


def _read_proxy(data: bytes) -> None:
    is_in(data.decode("latin-1"), networks_of(["10.0.0.0/8", "2001:db8::/32"]))
    _certificate(data)
    request_id_of({b"x-request-id": data})


def _patch_seeds() -> tuple[bytes, ...]:
    return b'{"a": {"b": null}, "c": [1]}', b"null", b'{"a": null}'


def _read_patch(data: bytes) -> None:
    merged({"a": {"b": 1, "d": 2}, "c": "x"}, strict_json(data))
