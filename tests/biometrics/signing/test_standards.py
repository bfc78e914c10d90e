"""What the standards print, and what another implementation of them reads."""

import pytest
from joserfc import jws
from joserfc.jwk import import_key

from biometrics.signing.algorithms import Algorithm, verifies
from biometrics.signing.encoding import decode, encode
from biometrics.signing.jws import sign_detached
from biometrics.signing.public_keys import key_of, thumbprint
from biometrics.signing.signer import Purpose
from tests.biometrics.signing.keys import NOW, PlainSigner, trusted

RFC_8037_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_SIGNED = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
RFC_7515_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_7515_SIGNED = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


@pytest.mark.parametrize(
    ("jwk", "signed", "algorithm"),
    [
        (RFC_8037_KEY, RFC_8037_SIGNED, Algorithm.EDDSA),
        (RFC_7515_KEY, RFC_7515_SIGNED, Algorithm.ES256),
    ],
    ids=["RFC 8037, A.4", "RFC 7515, A.3"],
)
def test_signatures_of_the_standards_verify(jwk: dict[str, str], signed: str, algorithm: Algorithm) -> None:
    content, _, value = signed.rpartition(".")
    assert verifies(key_of(jwk), algorithm, content.encode(), decode(value))
    assert not verifies(key_of(jwk), algorithm, content.encode() + b".", decode(value))


def test_the_thumbprint_of_the_standard() -> None:  # RFC 8037, A.3
    assert thumbprint(key_of(RFC_8037_KEY)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 has another name for it; receivers know this one
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_another_implementation_verifies_what_we_sign(algorithm: Algorithm) -> None:
    signer = PlainSigner(algorithm)
    head, _, value = sign_detached(signer, Purpose.CARDS, b"content", signed_at=NOW).partition("..")
    registry = jws.JWSRegistry(algorithms=[algorithm.value], strict_check_header=False)
    key = import_key(trusted(signer, Purpose.CARDS).document())
    whole = f"{head}.{encode(b'content')}.{value}"
    assert jws.deserialize_compact(whole, key, registry=registry).payload == b"content"


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+", "A/", "é", "AAA\n"])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url|spelling"):
        decode(text)
