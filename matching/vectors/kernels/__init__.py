"""Compares codes of 8 bits, exactly and as fast as the machine can.

`kernel` states what a scan is; `choice` picks who does it; `code_block` holds the codes.
"""

from matching.vectors.kernels.choice import choose_kernel
from matching.vectors.kernels.code_block import CodeBlock
from matching.vectors.kernels.kernel import Hits, PackedProbes, ProbeBatch, RowBlock, ScanKernel

__all__ = ["CodeBlock", "Hits", "PackedProbes", "ProbeBatch", "RowBlock", "ScanKernel", "choose_kernel"]
