"""Kernels whose threads share workgroup memory, for real GPUs."""
