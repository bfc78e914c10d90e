"""What the source does nowhere: interpreters, unsafe readers, weak ciphers, guessable numbers, secrets."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest

from api.http.app import PARTS
from tests.asvs.source import ROOT, calls, imports, sources, users_of


def test_no_code_is_made_of_text() -> None:
    interpreters = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"}
    assert [(one.name, name) for one in sources() for name, _ in calls(one) if name in interpreters] == []


def test_no_shell_is_asked_and_programs_are_started_by_lists_of_words() -> None:
    assert users_of("subprocess") == {
        "api/serve/children.py",
        "devices/conformance/opened_suite.py",  # tests, which ship for drivers of third parties
        "devices/fprint/process.py",
    }
    assert users_of("pty", "commands", "sh", "plumbum", "asyncio.subprocess") == set()
    shells = [
        one.name for one in sources() for _, call in calls(one) for keyword in call.keywords if keyword.arg == "shell"
    ]
    assert shells == []


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param(("pickle", "marshal", "shelve", "dill", "joblib", "yaml"), id="readers that run what they read"),
        pytest.param(("jinja2", "mako", "chameleon", "django", "string.Template"), id="templates"),
        pytest.param(("ldap3", "ldap"), id="LDAP"),
        pytest.param(("smtplib", "imaplib", "poplib", "email"), id="mail"),
        pytest.param(("pymemcache", "memcache", "redis"), id="caches of their own"),
        pytest.param(("lxml", "xml.etree", "xml.dom", "xmltodict", "defusedxml"), id="readers of XML but one"),
        pytest.param(("markdown", "bleach", "docutils", "latex"), id="markup"),
        pytest.param(("graphene", "strawberry", "websockets", "wsproto"), id="GraphQL and WebSocket"),
        pytest.param(("passlib", "bcrypt", "argon2", "pyotp", "getpass.getpass", "crypt"), id="passwords"),
        pytest.param(("requests", "urllib.request", "aiohttp", "ftplib", "telnetlib", "paramiko"), id="other clients"),
    ],
)
def test_what_is_used_nowhere(modules: tuple[str, ...]) -> None:
    assert users_of(*modules) == set()


def test_one_reader_of_xml_which_refuses_document_types() -> None:
    readers = users_of("xml.parsers", "xml.sax.handler", "xml.sax.make_parser", "xml.sax.parse", "xml.sax.parseString")
    assert readers == {"biometrics/interchange/cbeff_reading.py"}


def test_arrays_are_read_without_objects_in_them() -> None:
    loads = [(one.name, call) for one in sources() for name, call in calls(one) if name == "np.load"]
    assert loads
    for name, call in loads:
        stated = {keyword.arg: keyword.value for keyword in call.keywords}
        allowed = stated.get("allow_pickle")
        assert allowed is None or (isinstance(allowed, ast.Constant) and allowed.value is False), name


def test_statements_are_not_made_of_values() -> None:
    """Texts that the database takes as SQL are constants, except where names or numbers of our own are put in."""
    made = {
        one.name
        for one in sources()
        for name, call in calls(one)
        if name.rpartition(".")[2] in ("text", "exec_driver_sql", "literal_column") and one.name.startswith("registry/")
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    }
    assert {name for name in made if not name.startswith(tuple(_NAMES_OF_OUR_OWN))} == set()


_NAMES_OF_OUR_OWN = {
    "registry/migrations/": "names of tables",
    "registry/tables/": "words of enumerations, in the conditions of indexes",
    "registry/schema.py": "names of tables",
    "registry/sqlite.py": "the kind of a transaction",
    "registry/audit_log/old_trail.py": "names of columns",
    "registry/audit_log/proving.py": "a number, formatted as one, and names of columns",
}


def test_only_good_ciphers_and_hashes() -> None:
    weak = re.compile(r"\b(md5|sha1|ECB|DES|TripleDES|ARC4|RC4|Blowfish|CBC|PKCS1v15Encryption|Random\(\)\.bytes)\b")
    found = {}
    for one in sources():
        names = {node.attr for node in ast.walk(one.tree) if isinstance(node, ast.Attribute)}
        names |= {name.rpartition(".")[2] for name in imports(one)}
        bad = {name for name in names if weak.fullmatch(name) or name.lower() in ("md5", "sha1")}
        if bad:
            found[one.name] = bad
    assert found == {}


def test_what_must_not_be_guessed_is_not_drawn_by_a_guessable_generator() -> None:
    """`random` decides about pauses, and about which case is shown next by a secret seed."""
    assert users_of("random") == {
        "api/client/connection.py",
        "api/http/desk.py",
        "enrollment/tasks/desk.py",
        "registry/case_seeding.py",
        "registry/known_truth.py",
    }


def test_only_reviewed_libraries_do_cryptography() -> None:
    used = {
        name.partition(".")[0]
        for one in sources()
        for name in imports(one)
        if name.partition(".")[0]
        in ("cryptography", "joserfc", "pkcs11", "Crypto", "nacl", "jwt", "rsa", "ecdsa", "M2Crypto")
    }
    assert used <= {"cryptography", "joserfc", "pkcs11"}


def test_redirects_are_followed_nowhere() -> None:
    for one in sources():
        for name, call in calls(one):
            if name in ("httpx.Client", "httpx.AsyncClient", "httpx.get", "httpx.post"):
                stated = {keyword.arg: keyword.value for keyword in call.keywords}
                follows = stated.get("follow_redirects")
                assert follows is None or (isinstance(follows, ast.Constant) and follows.value is False), one.name


def test_certificates_are_verified_everywhere() -> None:
    for one in sources():
        for _, call in calls(one):
            for keyword in call.keywords:
                if keyword.arg == "verify" and isinstance(keyword.value, ast.Constant):
                    assert keyword.value.value is not False, one.name
        names = {node.attr for node in ast.walk(one.tree) if isinstance(node, ast.Attribute)}
        assert "CERT_NONE" not in names and "_create_unverified_context" not in names, one.name


def test_no_folder_is_served() -> None:
    assert users_of("starlette.staticfiles", "fastapi.staticfiles") == set()
    assert set(PARTS) == {"/osia/abis", "/osia/enrollment", "/osia/3rdparty", "/v1"}


_SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|xox[bap]-[0-9A-Za-z-]{10}"
    rb"|(?i:password|secret|api_key)\s*=\s*[\"'][^\"'\s{}]{8,}[\"']"
)


def test_no_secret_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.split(b"\0")
    if not any(listed):
        pytest.skip("this is no checkout")
    found = []
    for name in listed:
        path = ROOT / name.decode()
        if name and path.is_file() and path.stat().st_size < 2_000_000 and _SECRETS.search(path.read_bytes()):
            found.append(name.decode())
    assert sorted(found) == sorted(_NO_SECRETS)


_NO_SECRETS = (
    "tests/api/osia/abis/test_refusals.py",  # a text that must not come back
    "tests/devices/cameras/test_mjpeg.py",  # what must not be shown
    "tests/devices/cameras/test_rtsp.py",
    "tests/devices/rigs/mjpeg.py",
    "tests/devices/rigs/rtsp.py",
    "tests/enrollment/operations/test_signing.py",  # a form that is refused
)
"""Files in which such words are no secrets."""


def test_every_package_is_pinned_by_its_digest() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    packages = re.findall(r"^([A-Za-z0-9_.-]+)==[^\s;\\]+", lock, re.MULTILINE)
    assert len(packages) > 40
    for block in re.split(r"^(?=[A-Za-z0-9_.-]+==)", lock, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "index-url" not in lock and "git+" not in lock and "http://" not in lock


def test_what_is_installed_is_the_product_alone() -> None:
    """Neither tests nor tools are part of what is built."""
    project = (ROOT / "pyproject.toml").read_text()
    packages = re.search(r"\[tool\.hatch\.build\.targets\.wheel\]\npackages = \[(.*?)\]", project)
    assert packages is not None
    assert "tests" not in packages[1] and "docs" not in packages[1]
    assert not any(name == "tests" or name.startswith("tests.") for one in sources() for name in imports(one))


def test_patterns_are_constants() -> None:
    """Regular expressions are constants, or made of constants; input is matched by them and never within them."""
    patterns = ("re.compile", "re.match", "re.fullmatch", "re.search", "re.sub", "re.split", "re.findall")
    made = [
        (one.name, call.lineno)
        for one in sources()
        for name, call in calls(one)
        if name in patterns and not isinstance(call.args[0], ast.Constant | ast.Name)
    ]
    assert {name for name, _ in made} <= {*_PATTERNS_OF_CONSTANTS, *_ESCAPED}, made
    for name in _ESCAPED:
        assert "re.escape(" in (ROOT / name).read_text()


_PATTERNS_OF_CONSTANTS = ("api/http/app.py", "api/osia/tasks/signatures.py")
"""Files whose expressions are put together of constants of their own."""

_ESCAPED = ("devices/multipart.py",)
"""Files that look for what they were told, escaped: the boundary between the pictures of a stream."""


def test_formats_are_constants() -> None:
    """`format` and `%` are used with formats that stand in the source."""
    called = [(one.name, name, call) for one in sources() for name, call in calls(one)]
    assert [one for one, name, _ in called if name.rpartition(".")[2] == "format_map"] == []
    formatted = {one for one, name, _ in called if name.rpartition(".")[2] == "format"}
    assert formatted <= _FORMATS_OF_OUR_OWN


_FORMATS_OF_OUR_OWN = {
    "api/devices/texts.py",
    "biometrics/people/wording.py",
    "enrollment/adjudication/messages.py",
    "enrollment/capture/findings.py",
    "enrollment/capture/hints.py",
}
"""Files with formats from tables that stand in the source."""


def test_downloads_are_named_by_nobody() -> None:
    """The one answer that is a download has no name: nothing of what clients say of names could be in the field."""
    named = [one for one in sources() if "Content-Disposition" in ast.dump(one.tree)]
    assert [one.name for one in named] == ["api/osia/enrollment/buffer_routes.py"]
    fields = [node for node in ast.walk(named[0].tree) if isinstance(node, ast.Dict)]
    said = {
        key.value: value
        for node in fields
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    assert ast.unparse(said["Content-Disposition"]) == "'attachment'"


def test_workers_import_no_keys() -> None:
    """What answers requests opens no registry: the parts of the service ask the engine."""
    opening = users_of("registry.store", "registry.keys.keyring", "registry.keys.default")
    answering = {name for name in opening if name.startswith(("api/http/", "api/osia/", "api/native/"))}
    assert answering == set()
