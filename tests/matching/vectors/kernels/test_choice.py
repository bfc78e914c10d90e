"""A machine without the instructions never sees them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from biometrics.errors import ConfigurationError
from matching.vectors.kernels import choice, choose_kernel
from matching.vectors.kernels.choice import VNNI_FEATURES, supports_vnni

ALL = dict.fromkeys(VNNI_FEATURES, True)
COMPILER = ",".join(f"+{name}" for name in VNNI_FEATURES)


def test_the_processor_and_the_compiler_must_both_have_every_instruction() -> None:
    assert supports_vnni(host=ALL, compiler=COMPILER)
    assert not supports_vnni(host={}, compiler=COMPILER)
    assert not supports_vnni(host=ALL, compiler="")
    for name in VNNI_FEATURES:
        assert not supports_vnni(host=ALL | {name: False}, compiler=COMPILER)
        assert not supports_vnni(host=ALL, compiler=COMPILER.replace(f"+{name}", f"-{name}"))


def test_without_the_instructions_faiss_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_host_features", dict)

    assert choose_kernel().name == "faiss"
    with pytest.raises(ConfigurationError, match="no AVX512-VNNI"):
        choose_kernel("vnni")


def test_a_kernel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="vnni, faiss"):
        choose_kernel("fast")


def test_a_kernel_is_had_by_its_name() -> None:
    assert choose_kernel("faiss").name == "faiss"


def test_what_the_processor_lacks_is_neither_imported_nor_compiled() -> None:
    program = (
        "import sys; from matching.vectors.kernels import choose_kernel; "
        "print(choose_kernel().name, any('vnni.kernels' in name for name in sys.modules))"
    )
    environment = os.environ | {"NUMBA_CPU_FEATURES": "-avx512vnni"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["faiss", "False"]


@pytest.mark.skipif(not supports_vnni(), reason="needs a processor with AVX512-VNNI")
def test_machine_code_is_kept_for_this_kind_of_processor_alone() -> None:
    from numba.core.registry import cpu_target  # noqa: PLC0415 - numba's own, for this test alone

    from matching.vectors.kernels.vnni.kernels import scan_many  # noqa: PLC0415 - compiled at import

    codegen = cpu_target.target_context.codegen()
    kept = scan_many._cache._index_key(scan_many.signatures[0], codegen)  # type: ignore[attr-defined]
    _, processor, features = codegen.magic_tuple()

    assert codegen.magic_tuple() in kept
    assert processor
    assert "+avx512vnni" in features
