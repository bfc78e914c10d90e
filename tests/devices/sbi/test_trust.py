from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from biometrics.errors import DeviceTrustError, DriverUnavailableError
from devices.sbi import jws
from devices.sbi.trust import Anchors
from tests.devices.sbi.making import (
    ANCHORS,
    DEVICE,
    NOW,
    PROVIDER,
    ROOT,
    SOURCE,
    Holder,
    authority,
    issue,
    signed,
    usage,
)

END = usage(signs=True, certifies=False)
CERTIFIES = usage(signs=False, certifies=True)


def verify(*chain: Holder, anchors: Sequence[Holder] = (ROOT,)) -> x509.Certificate:
    trusted = Anchors([one.certificate for one in anchors])
    return trusted.verify([one.certificate for one in chain], NOW, SOURCE).certificate


def refused(*chain: Holder, anchors: Sequence[Holder] = (ROOT,)) -> str | None:
    with pytest.raises(DeviceTrustError) as error:
        verify(*chain, anchors=anchors)
    assert error.value.source == SOURCE
    assert error.value.remedy
    return error.value.check


def test_a_chain_to_an_anchor_holds_in_any_order_and_with_what_is_of_no_use() -> None:
    other = issue("provider", None, authority())
    second = issue("second", ROOT, authority())
    first = issue("first", second, authority())
    device = issue("deep", first, END)
    assert verify(DEVICE, PROVIDER) == DEVICE.certificate
    assert verify(DEVICE, other, PROVIDER) == DEVICE.certificate
    assert verify(device, second, first) == device.certificate
    assert verify(DEVICE, PROVIDER, ROOT) == DEVICE.certificate


def test_what_lies_between_may_be_in_the_trust_file_and_may_stand_there_alone() -> None:
    assert verify(DEVICE, anchors=(ROOT, PROVIDER)) == DEVICE.certificate
    assert verify(DEVICE, anchors=(PROVIDER,)) == DEVICE.certificate


def test_nobody_trusted_issued_it() -> None:
    same_name = issue("root", None, authority())
    foreign = issue("provider", same_name, authority())
    device = issue("device", foreign, END)
    assert refused(DEVICE) == "chain"
    assert refused(device, foreign) == "chain"
    assert refused(device, foreign, same_name) == "chain"
    assert refused(DEVICE, PROVIDER, anchors=(same_name,)) == "chain"
    assert refused(issue("self", None, END)) == "chain"
    assert refused(DEVICE, PROVIDER, anchors=()) == "chain"


def test_a_device_may_not_issue_certificates() -> None:
    assert refused(issue("child", DEVICE, END), DEVICE, PROVIDER) == "authority"
    plain = issue("plain", ROOT)
    assert refused(issue("child", plain, END), plain) == "authority"
    without_right = issue("without", ROOT, authority(), END)
    assert refused(issue("child", without_right, END), without_right) == "authority"
    assert refused(issue("child", DEVICE, END), anchors=(DEVICE,)) == "authority"


def test_an_authority_lets_no_more_in_between_than_it_says() -> None:
    between = issue("between", PROVIDER, authority(), CERTIFIES)
    assert refused(issue("device", between, END), between, PROVIDER) == "authority"


def test_an_authority_is_no_device() -> None:
    assert refused(issue("ca", ROOT, authority())) == "purpose"
    assert refused(issue("encrypts", ROOT, usage(signs=False, certifies=False))) == "purpose"


def test_every_certificate_on_the_way_must_be_valid_now() -> None:
    day = timedelta(days=1)
    ended = issue("ended", ROOT, END, until=NOW - day)
    future = issue("future", ROOT, END, since=NOW + day)
    old = issue("old", ROOT, authority(), until=NOW - day)
    new = issue("new", ROOT, authority(), since=NOW + day)
    old_root = issue("old root", None, authority(), until=NOW - day)
    assert refused(ended) == "expired"
    assert refused(future) == "not-yet-valid"
    assert refused(issue("below old", old, END), old) == "expired"
    assert refused(issue("below new", new, END), new) == "not-yet-valid"
    assert refused(issue("below", old_root, END), anchors=(old_root,)) == "expired"


def test_one_way_that_holds_is_enough() -> None:
    """An authority that renewed its certificate, with the old one still in the file, before or behind the new one."""
    old = issue("root", None, authority(), CERTIFIES, key=ROOT.key, until=NOW - timedelta(days=1))
    narrow = issue("provider", ROOT, authority(ca=False), key=PROVIDER.key)
    for anchors in ((old, ROOT), (ROOT, old)):
        assert verify(DEVICE, PROVIDER, anchors=anchors) == DEVICE.certificate
        assert verify(DEVICE, narrow, PROVIDER, anchors=anchors) == DEVICE.certificate
    assert refused(DEVICE, PROVIDER, anchors=(old,)) == "expired"


def test_an_anchor_with_an_unknown_kind_of_key_stands_in_nobodys_way() -> None:
    der = ROOT.certificate.public_bytes(Encoding.DER)
    ed25519, unknown = bytes.fromhex("06032b6570"), bytes.fromhex("06032b657f")
    head, _, key = der.rpartition(b"\x30\x2a\x30\x05" + ed25519)
    strange = x509.load_der_x509_certificate(head + b"\x30\x2a\x30\x05" + unknown + key)
    anchors = Anchors([strange, ROOT.certificate])
    assert anchors.verify([DEVICE.certificate, PROVIDER.certificate], NOW, SOURCE).certificate == DEVICE.certificate


def test_a_moment_outside_the_validity_of_the_way_is_refused() -> None:
    verified = ANCHORS.verify([DEVICE.certificate, PROVIDER.certificate], NOW, SOURCE)
    verified.require_valid(NOW, SOURCE)
    for moment in (NOW - timedelta(days=11), NOW + timedelta(days=11)):
        with pytest.raises(DeviceTrustError):
            verified.require_valid(moment, SOURCE)


def test_critical_extensions_that_are_unknown_forbid() -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    limits = x509.NameConstraints([x509.DNSName("x.example")], None)
    assert refused(issue("critical", ROOT, (unknown, True))) == "extension"
    between = issue("limited", ROOT, authority(), (limits, True))
    assert refused(issue("device", between, END), between) == "extension"
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    assert refused(issue("server", ROOT, (server, True))) == "extension"
    lenient = issue("not critical", ROOT, (unknown, False), (server, False))
    assert verify(lenient) == lenient.certificate


def test_keys_and_algorithms_are_those_of_the_interface() -> None:
    short = issue("short", ROOT, END, key=rsa.generate_private_key(65537, 1024))
    assert refused(short) == "purpose"
    long = rsa.generate_private_key(65537, 2048)
    rsa_root = issue("rsa root", None, authority(), key=long)
    device = issue("device", rsa_root, END)
    assert verify(device, anchors=(rsa_root,)) == device.certificate
    curve = ec.generate_private_key(ec.SECP256R1())
    name = ROOT.certificate.subject
    elliptic = (
        x509.CertificateBuilder(name, name, curve.public_key(), 1, NOW - timedelta(days=1), NOW + timedelta(days=1))
        .add_extension(*authority())
        .sign(curve, hashes.SHA256())
    )
    with pytest.raises(DeviceTrustError):
        Anchors([elliptic]).verify([elliptic], NOW, SOURCE)


def test_a_certificate_that_is_none_is_refused_whatever_is_wrong_about_it() -> None:
    der = DEVICE.certificate.public_bytes(Encoding.DER)
    for place in range(len(der)):
        head = {"x5c": [base64.b64encode(der[:place] + bytes([der[place] ^ 0x35]) + der[place + 1 :]).decode()]}
        with pytest.raises(DeviceTrustError):
            jws.verify(signed({}, DEVICE, header=head), Anchors([ROOT.certificate, PROVIDER.certificate]), NOW, SOURCE)


def test_no_more_than_five_certificates_come_with_a_signature() -> None:
    assert refused(DEVICE, *[PROVIDER] * 5) == "certificate"
    assert refused() == "certificate"


def test_certificates_that_issue_each_other_lead_nowhere_and_end() -> None:
    twins = [issue("twin", None, authority(), key=PROVIDER.key) for _ in range(4)]
    assert refused(issue("device", twins[0], END), *twins) == "chain"


def test_a_trust_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "trust.pem"
    pems = [one.certificate.public_bytes(Encoding.PEM) for one in (ROOT, PROVIDER)]
    file.write_bytes(b"# providers\n" + b"\n".join(pems))
    assert len(Anchors.read(file, SOURCE).certificates) == 2


def test_what_is_wrong_with_a_trust_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeviceTrustError) as none:
        Anchors.read(None, SOURCE)
    assert none.value.check == "no-trust"
    (tmp_path / "no.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "empty.pem").write_bytes(b"")
    for path in (tmp_path / "absent.pem", tmp_path, tmp_path / "no.pem", tmp_path / "empty.pem"):
        with pytest.raises(DriverUnavailableError) as unusable:
            Anchors.read(path, SOURCE)
        assert unusable.value.missing == (str(path),)
        assert unusable.value.remedy
