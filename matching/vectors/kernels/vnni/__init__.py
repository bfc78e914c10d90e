"""The scan by AVX512-VNNI; `kernels` may be imported only where the processor has these instructions."""
