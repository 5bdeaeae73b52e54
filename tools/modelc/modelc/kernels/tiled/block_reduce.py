"""Combine one number per thread of a workgroup."""

from tvm import tirx
from tvm.script import tirx as T

THREADS = 256


@T.macro
def block_reduce(tx, scratch, combine):
    """scratch[0] = all THREADS entries combined; every thread must come here."""
    T.tvm_storage_sync("shared")
    for step in T.unroll(8):
        if tx < T.shift_right(128, step):
            scratch[tx] = combine(scratch[tx], scratch[tx + T.shift_right(128, step)])
        T.tvm_storage_sync("shared")


def add(a, b):
    return a + b


def largest_of(a, b):
    return tirx.max(a, b)
