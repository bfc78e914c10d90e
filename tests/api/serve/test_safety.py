"""What a server refuses to start with, and all of it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.protection_settings import ProtectionSettings
from api.serve.development import ISSUER_FILE, make_issuer
from api.serve.safety import require_development, require_production
from api.server_settings import ServerSettings
from biometrics.errors import ConfigurationError
from tests.api.serve.certificates import Authority

_KEPT = ProtectionSettings(key="file:/elsewhere/kura.key")

_GOOD = ServerSettings(
    tls="own",
    tls_certificate="server.pem",
    tls_key="server.key",
    issuer="https://issuer.example",
    issuer_keys="keys.json",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    certified = Authority(tmp_path, "authority").certify("server")
    for path in (certified.certificate, certified.key):
        path.rename(home / path.name)
    for name in ("clients.toml", "keys.json"):
        (home / name).touch(0o600)
    (home / "keys.json").write_text('{"keys": [{"kty": "OKP", "x": "dd"}]}')
    return home


def test_what_is_whole_is_taken(home: Path) -> None:
    require_production(home, _GOOD, _KEPT)
    require_production(home, replace(_GOOD, tls="proxy", proxies=("10.0.0.7",), tls_key="", tls_certificate=""), _KEPT)
    require_production(home, replace(_GOOD, issuer_keys="https://issuer.example/keys"), _KEPT)


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (replace(_GOOD, tls="none"), "server.tls is none"),
        (replace(_GOOD, tls="proxy"), "server.proxies names none"),
        (replace(_GOOD, tls_certificate=""), "server.tls_certificate names no file"),
        (replace(_GOOD, tls_key="missing.key"), "server.tls_key names no file"),
        (replace(_GOOD, client_authority="missing.pem"), "server.client_authority names no file"),
        (replace(_GOOD, issuer=""), "server.issuer names nobody"),
        (replace(_GOOD, issuer="kura-development"), "server.issuer is the development issuer"),
        (replace(_GOOD, audience=""), "server.audience is empty"),
        (replace(_GOOD, issuer_keys=""), "server.issuer_keys names no keys"),
        (replace(_GOOD, issuer_keys="http://issuer.example/keys"), "neither a file nor an https address"),
        (replace(_GOOD, issuer_keys="missing.json"), "missing.json, which server.issuer_keys names, is missing"),
        (replace(_GOOD, issuer_keys=ISSUER_FILE), "server.issuer_keys are those of the development issuer"),
        (replace(_GOOD, clients_file="missing.toml"), "missing.toml, which says what each client may do, is missing"),
    ],
)
def test_what_is_missing_or_open_is_refused(home: Path, server: ServerSettings, message: str) -> None:
    make_issuer(home)
    with pytest.raises(ConfigurationError) as caught:
        require_production(home, server, _KEPT)
    assert message in caught.value.message and caught.value.source == str(home)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda home: (home / "server.key").chmod(0o640), "others may read server.key"),
        (lambda home: (home / "clients.toml").chmod(0o620), "others may write clients.toml"),
        (lambda home: (home / "keys.json").chmod(0o602), "others may write keys.json"),
        (lambda home: home.chmod(0o750), "others may look into the home"),
        (lambda home: (home / "keys.json").write_text('{"keys": [{"d": "secret"}]}'), "private or shared keys"),
        (lambda home: (home / "keys.json").write_text('{"keys": [{"k": "secret"}]}'), "private or shared keys"),
        (lambda home: (home / "server.key").write_text("no key"), "certificate of the server and its key cannot be"),
        (lambda home: (home / "clients.toml").write_text("[clients.a]\nper_minutes = 1\n"), "per_minutes is unknown"),
        (lambda home: (home / "clients.toml").write_text("[clients"), "the rights of clients cannot be read"),
        (
            lambda home: (home / "clients.toml").write_text('[clients.a]\npurposes = ["tax"]\n'),
            "clients.a declares no legal_basis and no authorisation_number",
        ),
    ],
)
def test_files_that_others_may_use_or_nobody_can_are_refused(
    home: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(home)
    with pytest.raises(ConfigurationError, match=message):
        require_production(home, _GOOD, _KEPT)


def test_a_copy_of_the_development_issuer_is_known(home: Path) -> None:
    make_issuer(home)
    (home / "keys.json").write_bytes((home / ISSUER_FILE).read_bytes())
    with pytest.raises(ConfigurationError, match="those of the development issuer"):
        require_production(home, _GOOD, _KEPT)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_production(tmp_path, ServerSettings(), _KEPT)
    assert len(caught.value.message.split(";")) >= 4


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.5.5.5"])
def test_development_stays_on_this_machine(host: str) -> None:
    require_development(ServerSettings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "no.such.host.invalid"])
def test_development_goes_nowhere_else(host: str) -> None:
    with pytest.raises(ConfigurationError, match="this machine only"):
        require_development(ServerSettings(host=host))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "the key that protects the registry lies in the home"),
        ("file:{home}/keys/kura.key", "the key that protects the registry lies in the home"),
        ("recovery:/safe/recovery.key", "protection.key is the recovery key"),
    ],
)
def test_a_key_that_is_copied_with_the_home_protects_nothing(home: Path, key: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        require_production(home, _GOOD, ProtectionSettings(key=key.format(home=home)))
    for good in ("env:KURA_KEY", f"file:{home.parent}/elsewhere.key"):
        require_production(home, _GOOD, ProtectionSettings(key=good))
