"""Kernels without barriers, for small models and for GPUs that are really CPUs.

SwiftShader, the software WebGPU of browsers without a GPU (and of tests), runs the invocations of a
workgroup as coroutines as soon as there is a workgroupBarrier, and translates long unrolled shaders
slowly. Here a thread makes its own outputs from start to end: short loops, no workgroup memory, no
barrier. They reuse little of what they read, so large models on real GPUs need the tiled kernels.

n = tokens of this call, K = columns of a matrix, H = query heads, G = key/value heads, D = head_dim.
"""

THREADS = 8
