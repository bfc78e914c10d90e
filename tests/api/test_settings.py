"""Settings are read strictly and written completely."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from api.installation import Installation, home_folder, open_installation
from api.server_settings import ServerSettings
from api.serving import settings_digest
from api.settings import FILE_NAME, Settings, read_settings, write_settings
from biometrics.errors import ConfigurationError, StorageError
from matching.policy import DEFAULT_POLICY


def test_what_is_written_is_read(tmp_path: Path) -> None:
    policy = dataclasses.replace(DEFAULT_POLICY, version='a "quoted" \\ name', review_fpir=0.05, require_pad=True)
    server = ServerSettings(port=1, proxies=("10.0.0.7", "10.1.0.0/16"), log_requests=False)
    settings = Settings(face_calibration="elsewhere", extraction_threads=3, policy=policy, server=server)
    write_settings(tmp_path, settings)
    assert read_settings(tmp_path) == settings


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()
    assert Settings().threads >= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "unknown setting colour"),
        ("face_model = ''", "face_model is empty"),
        ("[policy]\nrequire_pad = 1", "policy.require_pad must be bool"),
        ("[policy]\nrate = 1.0", "unknown setting policy.rate"),
        ("extraction_threads = 'two'", "extraction_threads must be int"),
        ("extraction_threads = true", "extraction_threads must be int"),
        ("extraction_threads = -1", "must not be negative"),
        ("[policy]\nreview_fpir = 2.0", "rates must satisfy"),
        ("policy = 1", "policy must be a table"),
        ("server = []", "server must be a table"),
        ("[server]\ncolour = 1", "unknown setting server.colour"),
        ("[server]\nport = 65536", "server.port must lie within 0-65535"),
        ("[server]\nport = true", "server.port must be int"),
        ("[server]\nhead_timeout_s = nan", "server.head_timeout_s must lie within"),
        ("[server]\ntls = 'some'", "server.tls must be none, own or proxy"),
        ("[server]\nhost = ''", "server.host is empty"),
        ("[server]\nproxies = '10.0.0.7'", "server.proxies must be a list of texts"),
        ("[server]\nproxies = ['10.0.0.7', 1]", "server.proxies must be a list of texts"),
        ("[server]\nproxies = ['10.0.0.1/8']", "no address or network"),
        ("[signing]\ncolour = 'x'", "unknown setting signing.colour"),
        ("[signing]\ncards = 'hardware'", "no PKCS#11 URI"),
        ("[signing]\ncards = 'pkcs11:token=a;object=b?pin-value=1'", "a PIN stands in"),
        ("[signing]\ntoken_level = 'qualified'", "no signature made here is a qualified one"),
        ("no toml", "cannot be read"),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_settings(tmp_path)
    assert caught.value.source == str(tmp_path / FILE_NAME)


def test_a_whole_number_stands_for_a_rate(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("[policy]\nleast_compared_share = 1\n")
    assert read_settings(tmp_path).policy.least_compared_share == 1.0


def test_the_home_is_the_argument_then_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_HOME", str(tmp_path / "named"))
    assert home_folder(None) == tmp_path / "named"
    assert home_folder(tmp_path / "chosen") == tmp_path / "chosen"
    monkeypatch.delenv("KURA_HOME")
    assert home_folder(None).name == "kura"


def test_an_installation_is_created_only_when_asked_for(tmp_path: Path) -> None:
    home = tmp_path / "new"
    with pytest.raises(ConfigurationError, match="no installation here"):
        open_installation(home, create=False)
    created = open_installation(home, create=True)
    assert (home / FILE_NAME).exists()
    assert open_installation(home, create=False) == created
    assert home.stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be created"):
        open_installation(tmp_path / "file" / "home", create=True)


def test_the_servers_settings_do_not_part_engine_and_commands(tmp_path: Path) -> None:
    settings = Settings()
    other_port = dataclasses.replace(settings, server=ServerSettings(port=1))
    other_threads = dataclasses.replace(settings, extraction_threads=7)
    here, there, elsewhere = (
        settings_digest(Installation(home=tmp_path, settings=one)) for one in (settings, other_port, other_threads)
    )
    assert here == there != elsewhere


@pytest.mark.parametrize("text", ['a"b', "a\\b", 'x"\n[policy]\nreview_fpir = 1', "\t\x00\x1f\x7f\r", "ɛ 😀", "\u2028"])
def test_no_value_writes_settings_of_its_own(tmp_path: Path, text: str) -> None:
    chosen = Settings(server=ServerSettings(issuer=text))
    write_settings(tmp_path, chosen)
    assert read_settings(tmp_path) == chosen
