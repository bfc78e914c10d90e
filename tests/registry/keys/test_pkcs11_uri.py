from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, KeyUnavailableError
from registry.keys.pkcs11_uri import TokenKey

QUERY = "?module-path=/lib/token.so&pin-source=env:KURA_PIN"


def test_a_uri_names_a_key() -> None:
    key = TokenKey.parse("pkcs11:token=ministry%20of%20x;serial=12;object=root-key;id=%01%FF" + QUERY)
    assert (key.token, key.serial, key.label, key.identifier) == ("ministry of x", "12", "root-key", b"\x01\xff")
    assert (key.module, key.pin_source) == ("/lib/token.so", "env:KURA_PIN")
    assert key.name == "pkcs11:token=ministry%20of%20x;serial=12;object=root-key;id=%01%FF"
    assert TokenKey.parse(key.name + QUERY) == key


def test_a_pin_is_never_part_of_it() -> None:
    for text in ("pkcs11:token=a;object=b?pin-value=1234", "pkcs11:token=a;object=b;pin-value=1234" + QUERY):
        with pytest.raises(ConfigurationError, match="PIN stands in") as refused:
            TokenKey.parse(text)
        assert "1234" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:/x",
        "pkcs11:",
        "pkcs11:token=a" + QUERY,
        "pkcs11:object=a" + QUERY,
        "pkcs11:token=a;object=b",
        "pkcs11:token=a;object=b?module-path=/x",
        "pkcs11:token=a;token=b;object=c" + QUERY,
        "pkcs11:token=a;object=b;slot-id=1" + QUERY,
        "pkcs11:token=;object=b" + QUERY,
        "pkcs11:token=%;object=b" + QUERY,
        "pkcs11:token=%FF;object=b" + QUERY,
        "pkcs11:token=a%00;object=b" + QUERY,
        "pkcs11:token=a;object=b?module-path=/x&pin-source=1234",
        "pkcs11:token=a;object=b?module-path=/x&pin-source=env:",
    ],
)
def test_what_names_no_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        TokenKey.parse(text)


def test_the_pin_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    key = TokenKey.parse("pkcs11:token=a;object=b" + QUERY)
    assert key.pin({"KURA_PIN": "1234"}) == "1234"
    with pytest.raises(KeyUnavailableError, match="no PIN"):
        key.pin({})
    file = tmp_path / "pin"
    file.touch(mode=0o600)
    file.write_text("12 34\n")
    key = TokenKey.parse(f"pkcs11:token=a;object=b?module-path=/x&pin-source=file:{file}")
    assert key.pin() == "12 34" and "1234" not in repr(key)
    file.chmod(0o640)
    with pytest.raises(KeyUnavailableError, match="others may read"):
        key.pin()
