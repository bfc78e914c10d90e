"""Where results may be sent: the client's own addresses, and no machine that a name should not lead to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.osia.tasks.addresses import AddressRefusedError, allowed_prefix, machine_of, parse_address

PREFIXES = ("https://ministry.example/kura", "https://other.example:8443/", "http://10.1.2.3/in")


def answering(*numbers: str) -> Callable[[str, int], list[str]]:
    return lambda host, port: list(numbers)


@pytest.mark.parametrize(
    "url",
    [
        "https://ministry.example/kura",
        "https://ministry.example:443/kura/results?x=1",
        "https://MINISTRY.example/kura/",
        "https://other.example:8443",
        "https://other.example:8443/anything",
        "http://10.1.2.3:80/in/a%20b",
    ],
)
def test_what_lies_below_an_allowed_address_is_allowed(url: str) -> None:
    assert allowed_prefix(url, PREFIXES)


@pytest.mark.parametrize(
    "url",
    [
        "http://ministry.example/kura",  # another scheme
        "https://ministry.example:8443/kura",  # another port
        "https://ministry.example/kurama",  # not below, only longer
        "https://ministry.example/",
        "https://ministry.example.evil.example/kura",
        "https://evil.example/https://ministry.example/kura",
        "https://ministry.example@evil.example/kura",
        "https://ministry.example:443@evil.example/kura",
        "https://user:secret@ministry.example/kura",
        "https://evil.example#https://ministry.example/kura",
        "https://ministry.example/kura/../admin",
        "https://ministry.example/kura/%2e%2e/admin",
        "https://ministry.example/kura/%2E./admin",
        "https://ministry.example/kura%2f..%2fadmin",
        "https://ministry.example\\@evil.example/kura",
        "https://ministry.example/kura\\..\\admin",
        "https://ministry.example/kura\r\nX: y",
        "https://ministry.example/kura ",
        "https://mínistry.example/kura",
        "https://other.example:8443@evil.example",
        "//ministry.example/kura",
        "ministry.example/kura",
        "file:///etc/passwd",
        "gopher://ministry.example/kura",
        "https://[::1/kura",
        "https://ministry.example:0/kura",
        "https://ministry.example:99999/kura",
        "https:///kura",
        "http://169.254.169.254/latest/meta-data",
        "https://ministry.example/kura/" + "a" * 2_000,
        "",
    ],
)
def test_everything_else_is_refused_without_repeating_the_address(url: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        allowed_prefix(url, PREFIXES)
    assert not url or url not in str(refused.value)


def test_only_addresses_of_this_machine_may_leave_the_port_open() -> None:
    assert allowed_prefix("http://127.0.0.1:9001/x", ["http://127.0.0.1"])
    assert allowed_prefix("http://localhost:9001/x", ["http://localhost"])
    for url, prefix in [
        ("http://127.0.0.1:9001/x", "http://127.0.0.1:9000"),
        ("http://127.0.0.2:9001/x", "http://127.0.0.1"),
        ("https://ministry.example:9001/x", "https://ministry.example"),
    ]:
        with pytest.raises(AddressRefusedError):
            allowed_prefix(url, [prefix])


@pytest.mark.parametrize(
    ("prefix", "numbers"),
    [
        ("https://ministry.example/", ["8.8.8.8"]),
        ("http://ministry.example/", ["8.8.8.8", "2001:4860:4860::8888"]),
        ("https://ministry.example/", ["10.1.2.3"]),  # TLS proves whose machine it is
        ("https://ministry.example/", ["fd00::1"]),
        ("http://10.1.2.3/", ["10.1.2.3"]),  # listed by number
        ("http://127.0.0.1/", ["127.0.0.1"]),
        ("http://localhost/", ["127.0.0.1", "::1"]),
    ],
)
def test_a_result_goes_to_the_first_number_of_an_allowed_machine(prefix: str, numbers: list[str]) -> None:
    assert machine_of(parse_address(prefix), answering(*numbers)) == numbers[0]


@pytest.mark.parametrize(
    ("prefix", "numbers"),
    [
        ("https://ministry.example/", ["127.0.0.1"]),
        ("https://ministry.example/", ["::1"]),
        ("https://ministry.example/", ["::ffff:127.0.0.1"]),
        ("https://ministry.example/", ["169.254.169.254"]),
        ("https://ministry.example/", ["fe80::1"]),
        ("https://ministry.example/", ["0.0.0.0"]),
        ("https://ministry.example/", ["224.0.0.1"]),
        ("https://ministry.example/", ["8.8.8.8", "127.0.0.1"]),  # one bad number is enough
        ("http://ministry.example/", ["10.1.2.3"]),
        ("http://ministry.example/", ["::ffff:10.1.2.3"]),
        ("http://10.1.2.3/", ["10.1.2.4"]),
        ("http://localhost/", ["8.8.8.8"]),
        ("https://169.254.169.254/", ["169.254.169.254"]),
    ],
)
def test_a_name_leads_to_no_machine_that_it_should_not(prefix: str, numbers: list[str]) -> None:
    with pytest.raises(AddressRefusedError):
        machine_of(parse_address(prefix), answering(*numbers))


def test_a_host_without_number_is_no_refusal() -> None:
    with pytest.raises(OSError, match="no address"):
        machine_of(parse_address("https://ministry.example/"), answering())
