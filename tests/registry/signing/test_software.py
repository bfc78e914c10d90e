import pytest

from biometrics.errors import SigningError
from biometrics.signing.algorithms import verifies
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Signer
from registry.signing.software import SoftwareSigner

SEED = bytes(range(32))


def test_a_software_key_signs_simply() -> None:
    signer: Signer = SoftwareSigner(SEED)
    signature = signer.sign(b"what is signed")
    assert (signature.level, signature.key_id) == (SignatureLevel.SIMPLE, SoftwareSigner(SEED).key_id)
    assert verifies(signer.public_key, signature.algorithm, b"what is signed", signature.value)
    assert not verifies(signer.public_key, signature.algorithm, b"what was not", signature.value)


def test_a_short_seed_is_no_key() -> None:
    with pytest.raises(SigningError):
        SoftwareSigner(SEED[:31])


def test_a_signer_does_not_show_its_key() -> None:
    assert SEED.hex() not in repr(SoftwareSigner(SEED)) and repr(SEED) not in repr(SoftwareSigner(SEED))
