"""Figures about this program on this machine: `python -m benchmarks.kernels`.  Not installed, imported by nothing."""
