"""Kernels without barriers, for small models and for GPUs that are really CPUs.

SwiftShader, the software WebGPU of browsers without a GPU (and of tests), runs the invocations of a
workgroup as coroutines as soon as there is a workgroupBarrier, and translates long unrolled shaders
slowly. Here a thread makes its own outputs from start to end: short loops, no workgroup memory, no
barrier. They reuse little of what they read, so large models on real GPUs need the tiled kernels.

Two things cost most there, so kernels have few of them: reading at a computed address, which is one access for
each of the four invocations that run as one vector; and every assignment to a local variable, which reads the old
value and mixes it with the new one by the mask of running invocations. Hence sums are written as one expression.

A Select with a read in it becomes a branch in TVM's WGSL, and branches take long to translate (some minutes for a
few dozen): `when` multiplies instead.

n = tokens of this call, K = columns of a matrix, H = query heads, G = key/value heads, D = head_dim.
"""

from tvm.script import tirx as T

THREADS = 8


def sum_of(terms):
    """As a balanced tree: short chains, and rounding as in pairwise sums."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return sum_of(terms[:half]) + sum_of(terms[half:])


def when(condition, value, dtype="float32"):
    """value if the condition holds, else 0."""
    return value * T.Cast(dtype, condition)
