"""Rotation of query and key heads; stands in for TVM's `llama_rope_with_position_map`.

TVM's kernel asks the GPU for pow, sin and cos. WGSL lets sin and cos be off by 2^-11, and pow loses more on
large positions: logits then differ by up to 1e-2 from any CPU's. Here every frequency is a constant of the
kernel, and the angle is counted in turns: frequency = high + low, where high has so few bits that position * high
is exact; whole turns are dropped before anything is rounded. What is left lies in an eighth of a turn around
zero, where short Taylor series do.
"""

import math
from functools import lru_cache

import numpy as np
from tvm import tirx
from tvm.script import tirx as T

from ..rope import Rope, inverse_frequencies

THREADS = 32
SIN = [(-1) ** k / math.factorial(2 * k + 1) for k in range(5)]
COS = [(-1) ** k / math.factorial(2 * k) for k in range(6)]


def turns_per_position(rope: Rope, head_dim, positions):
    """(high, low), each f32 [D/2]; high times a position below `positions` is exact in f32."""
    turns = inverse_frequencies(rope, head_dim) / (2 * math.pi)
    bits = 24 - math.ceil(math.log2(positions))
    exponent = np.floor(np.log2(turns)) + 1 - bits
    high = np.floor(turns * 2.0**-exponent) * 2.0**exponent
    return high.astype(np.float32), (turns - high).astype(np.float32)


def _pick(values, index, first=0):
    """values[index] without an array: WGSL made by TVM has no constant ones."""
    if len(values) == 1:
        return tirx.const(float(values[0]), "float32")
    half = len(values) // 2
    left, right = _pick(values[:half], index, first), _pick(values[half:], index, first + half)
    return tirx.Select(index < first + half, left, right)


def _series(terms, square):
    """terms[0] + terms[1] * square + ..."""
    total = tirx.const(terms[-1], "float32")
    for term in reversed(terms[:-1]):
        total = total * square + tirx.const(term, "float32")
    return total


@T.macro
def angle(positions, s, i, high, low, work, quarter):
    """Cosine and sine of pair i at the position of token s, into work[5] and work[6]."""
    work[0] = T.Cast("float32", positions[s])
    work[1] = work[0] * _pick(high, i)
    work[1] = work[1] - T.floor(work[1]) + work[0] * _pick(low, i)
    work[2] = T.floor(work[1] * T.float32(4) + T.float32(0.5))
    quarter[0] = T.bitwise_and(T.Cast("int32", work[2]), 3)
    work[1] = (work[1] - work[2] * T.float32(0.25)) * T.float32(2 * math.pi)
    work[2] = work[1] * work[1]
    work[3] = work[1] * _series(SIN, work[2])
    work[4] = _series(COS, work[2])
    work[5] = T.Select(T.bitwise_and(quarter[0], 1) == 1, work[3], work[4])  # |cos|
    work[6] = T.Select(T.bitwise_and(quarter[0], 1) == 1, work[4], work[3])  # |sin|
    work[5] = T.Select(T.bitwise_and(quarter[0] + 1, 2) == 2, -work[5], work[5])
    work[6] = T.Select(quarter[0] >= 2, -work[6], work[6])


@T.macro
def rotate(qkv, positions, q, k, v, s, i, high, low, queries, keys, half, dtype, work, quarter):
    """Numbers i and i + half of every head of token s. work f32 [7], quarter i32 [1]: scratch."""
    angle(positions, s, i, high, low, work, quarter)
    for h in T.serial(queries):
        work[0] = T.Cast("float32", qkv[s, h, i])
        work[1] = T.Cast("float32", qkv[s, h, i + half])
        q[s, h, i] = T.Cast(dtype, work[0] * work[5] - work[1] * work[6])
        q[s, h, i + half] = T.Cast(dtype, work[1] * work[5] + work[0] * work[6])
    for h in T.serial(keys):
        work[0] = T.Cast("float32", qkv[s, queries + h, i])
        work[1] = T.Cast("float32", qkv[s, queries + h, i + half])
        k[s, h, i] = T.Cast(dtype, work[0] * work[5] - work[1] * work[6])
        k[s, h, i + half] = T.Cast(dtype, work[1] * work[5] + work[0] * work[6])
        v[s, h, i] = qkv[s, queries + keys + h, i]
        v[s, h, i + half] = qkv[s, queries + keys + h, i + half]


@lru_cache(maxsize=None)
def split_rotary(rope, queries, keys, head_dim, dtype, max_positions, on_gpu):
    """qkv [n, H + 2G, D], positions i32 [n] -> q [n, H, D] and k [n, G, D] turned, v [n, G, D] as it is."""
    half = head_dim // 2
    high, low = turns_per_position(rope, head_dim, max_positions)
    heads = queries + 2 * keys

    @T.prim_func(s_tir=True)
    def gpu(qkv_: T.handle, map_: T.handle, q_: T.handle, k_: T.handle, v_: T.handle, apply_rope: T.int64):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n, at_map = T.int32(), T.int32()
        qkv = T.match_buffer(qkv_, (n, heads, head_dim), dtype)
        q = T.match_buffer(q_, (n, queries, head_dim), dtype)
        k = T.match_buffer(k_, (n, keys, head_dim), dtype)
        v = T.match_buffer(v_, (n, keys, head_dim), dtype)
        positions = T.match_buffer(map_, (n,), "int32", elem_offset=at_map)
        for bx in T.thread_binding((n * half + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("rope"):
                    work = T.sblock_alloc_buffer((7,), "float32", scope="local")
                    quarter = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    if bx * THREADS + tx < n * half:
                        token: T.let[T.int32] = (bx * THREADS + tx) // half
                        pair: T.let[T.int32] = (bx * THREADS + tx) % half
                        rotate(
                            qkv, positions, q, k, v, token, pair, high, low, queries, keys, half, dtype, work, quarter
                        )

    @T.prim_func(s_tir=True)
    def cpu(qkv_: T.handle, map_: T.handle, q_: T.handle, k_: T.handle, v_: T.handle, apply_rope: T.int64):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n, at_map = T.int32(), T.int32()
        qkv = T.match_buffer(qkv_, (n, heads, head_dim), dtype)
        q = T.match_buffer(q_, (n, queries, head_dim), dtype)
        k = T.match_buffer(k_, (n, keys, head_dim), dtype)
        v = T.match_buffer(v_, (n, keys, head_dim), dtype)
        positions = T.match_buffer(map_, (n,), "int32", elem_offset=at_map)
        for s, i in T.grid(n, half):
            with T.sblock("rope"):
                work = T.sblock_alloc_buffer((7,), "float32", scope="local")
                quarter = T.sblock_alloc_buffer((1,), "int32", scope="local")
                token: T.let[T.int32] = s
                pair: T.let[T.int32] = i
                rotate(qkv, positions, q, k, v, token, pair, high, low, queries, keys, half, dtype, work, quarter)

    return gpu if on_gpu else cpu
