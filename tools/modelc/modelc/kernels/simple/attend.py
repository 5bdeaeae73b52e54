"""Attention over the pages of the KV cache, of one token or many, whole or in parts."""

import math
from functools import lru_cache

from tvm.script import tirx as T

from .. import PAGE
from . import sum_of, when

THREADS = 4  # what SwiftShader runs at once: few threads spread over all cores
BLOCK = 8  # positions in a step; divides PAGE
STRIDE = 2  # numbers of a head in a step
NOTHING = -5e4  # the largest score of no positions, as in TVM's kernels


def _dot(query, key, h):
    return sum_of([query[h * STRIDE + i] * key[i] for i in range(STRIDE)])


def _weighted(score, value, h):
    return sum_of([score[h * BLOCK + j] * value[j] for j in range(BLOCK)])


def _total(score, h):
    return sum_of([score[h * BLOCK + j] for j in range(BLOCK)])


def _largest(score, h, first):
    found = first
    for j in range(BLOCK):
        found = T.max(found, score[h * BLOCK + j])
    return found


@lru_cache(maxsize=None)
def attend(kv_heads, heads, depth, dtype):
    """q [n, H, D], positions i32 [n], page_list i32 [m], map i32 [n], pages [P, 2, G, PAGE, D]
    -> parts [S, n, H, D], lse f32 [S, n, H] (log2 of the softmax sums).

    A token sees all positions up to its own. Position p is at place p % PAGE of a page: before positions[0] of
    page_list[p / PAGE], later, being of this call, of map[p - positions[0]] / PAGE. Each of S parts takes an equal
    share of a token's positions. A thread does one part of a token for `group` heads that share keys."""
    group = 2 if heads // kv_heads % 2 == 0 else 1
    teams = heads // group
    plane = kv_heads * PAGE * depth  # from a page's keys to its values

    @T.prim_func(s_tir=True)
    def kernel(
        q_: T.handle, positions_: T.handle, list_: T.handle, map_: T.handle, pages_: T.handle,
        parts_: T.handle, lse_: T.handle, sm_scale: T.float32,
    ):  # fmt: skip
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n, m, parts_n, max_pages = T.int32(), T.int32(), T.int32(), T.int32()
        at_positions, at_list, at_map = T.int32(), T.int32(), T.int32()
        at_pages = T.int64()
        q = T.match_buffer(q_, (n, heads, depth), dtype)
        positions = T.match_buffer(positions_, (n,), "int32", elem_offset=at_positions)
        page_list = T.match_buffer(list_, (m,), "int32", elem_offset=at_list)
        place = T.match_buffer(map_, (n,), "int32", elem_offset=at_map)
        pages = T.match_buffer(pages_, (max_pages, 2, kv_heads, PAGE, depth), dtype, elem_offset=at_pages)
        parts = T.match_buffer(parts_, (parts_n, n, heads, depth), dtype)
        lse = T.match_buffer(lse_, (parts_n, n, heads), "float32")
        for bx in T.thread_binding((n * teams * parts_n + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("attention"):
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    head = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    part = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    old = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    span = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    first = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    end = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    listed = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    placed = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    at = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    query = T.sblock_alloc_buffer((group * STRIDE,), "float32", scope="local")
                    key = T.sblock_alloc_buffer((STRIDE,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((BLOCK,), "float32", scope="local")
                    score = T.sblock_alloc_buffer((group * BLOCK,), "float32", scope="local")
                    peak = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    total = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    shrink = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    acc = T.sblock_alloc_buffer((group * depth,), "float32", scope="local")
                    if bx * THREADS + tx < n * teams * parts_n:
                        part[0] = (bx * THREADS + tx) % parts_n
                        head[0] = (bx * THREADS + tx) // parts_n % teams * group
                        row[0] = (bx * THREADS + tx) // (parts_n * teams)
                        old[0] = positions[0]
                        end[0] = positions[row[0]] + 1
                        span[0] = ((end[0] + parts_n - 1) // parts_n + BLOCK - 1) // BLOCK * BLOCK
                        first[0] = part[0] * span[0]
                        end[0] = T.min(first[0] + span[0], end[0])
                        for h in T.unroll(group):
                            peak[h] = T.float32(NOTHING)
                            total[h] = T.float32(0)
                        for d in T.serial(group * depth):
                            acc[d] = T.float32(0)
                        while first[0] < end[0]:
                            # Positions of a block share a page; those beyond the end get no weight.
                            listed[0] = page_list[T.min(first[0] // PAGE, m - 1)]
                            placed[0] = place[T.min(T.max(first[0] - old[0], 0), n - 1)] // PAGE
                            at[0] = when(first[0] < old[0], listed[0], "int32") + when(
                                first[0] >= old[0], placed[0], "int32"
                            )
                            at[0] = at[0] * (2 * plane) + (
                                head[0] // (heads // kv_heads) * PAGE + first[0] % PAGE
                            ) * depth  # fmt: skip
                            for j in T.unroll(group * BLOCK):
                                score[j] = T.float32(0)
                            for d in T.serial(depth // STRIDE):
                                for h in T.unroll(group):
                                    for i in T.unroll(STRIDE):
                                        query[h * STRIDE + i] = T.Cast(
                                            "float32", q[row[0], head[0] + h, d * STRIDE + i]
                                        )
                                for j in T.unroll(BLOCK):
                                    for i in T.unroll(STRIDE):
                                        key[i] = T.Cast(
                                            "float32", pages[0, 0, 0, 0, at[0] + d * STRIDE + (j * depth + i)]
                                        )
                                    for h in T.unroll(group):
                                        score[h * BLOCK + j] = score[h * BLOCK + j] + _dot(query, key, h)
                            for h in T.unroll(group):
                                for j in T.unroll(BLOCK):
                                    score[h * BLOCK + j] = when(
                                        first[0] + j < end[0],
                                        score[h * BLOCK + j] * (sm_scale * T.float32(math.log2(math.e))),
                                    ) + when(first[0] + j >= end[0], T.float32(2 * NOTHING))
                                shrink[h] = peak[h]
                                peak[h] = _largest(score, h, peak[h])
                                shrink[h] = T.exp2(shrink[h] - peak[h])
                                for j in T.unroll(BLOCK):
                                    score[h * BLOCK + j] = T.exp2(score[h * BLOCK + j] - peak[h])
                                total[h] = total[h] * shrink[h] + _total(score, h)
                            for d in T.serial(depth):
                                for j in T.unroll(BLOCK):
                                    value[j] = T.Cast("float32", pages[0, 0, 0, 0, at[0] + d + (plane + j * depth)])
                                for h in T.unroll(group):
                                    acc[h * depth + d] = acc[h * depth + d] * shrink[h] + _weighted(score, value, h)
                            first[0] = first[0] + BLOCK
                        for h in T.unroll(group):
                            lse[part[0], row[0], head[0] + h] = peak[h] + T.log2(T.max(total[h], T.float32(1e-30)))
                            for d in T.serial(depth):
                                parts[part[0], row[0], head[0] + h, d] = T.Cast(
                                    dtype, acc[h * depth + d] / T.max(total[h], T.float32(1e-30))
                                )

    return kernel


def combine(heads, depth, dtype):
    """parts [S, n, H, D] and lse f32 [S, n, H] of the same queries -> [n, H, D]."""

    @T.prim_func(s_tir=True)
    def kernel(parts_: T.handle, lse_: T.handle, out_: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n, parts_n = T.int32(), T.int32()
        parts = T.match_buffer(parts_, (parts_n, n, heads, depth), dtype)
        lse = T.match_buffer(lse_, (parts_n, n, heads), "float32")
        out = T.match_buffer(out_, (n, heads, depth), dtype)
        for bx in T.thread_binding((n * heads * depth + PAGE - 1) // PAGE, thread="blockIdx.x"):
            for tx in T.thread_binding(PAGE, thread="threadIdx.x"):
                with T.sblock("combine"):
                    peak = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    share = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    total = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    acc = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx * PAGE + tx < n * heads * depth:
                        row: T.let[T.int32] = (bx * PAGE + tx) // (heads * depth)
                        h: T.let[T.int32] = (bx * PAGE + tx) // depth % heads
                        d: T.let[T.int32] = (bx * PAGE + tx) % depth
                        peak[0] = T.float32(NOTHING)
                        for s in T.serial(parts_n):
                            peak[0] = T.max(peak[0], lse[s, row, h])
                        total[0] = T.float32(0)
                        acc[0] = T.float32(0)
                        for s in T.serial(parts_n):
                            share[0] = T.exp2(lse[s, row, h] - peak[0])
                            total[0] = total[0] + share[0]
                            acc[0] = acc[0] + share[0] * T.Cast("float32", parts[s, row, h, d])
                        out[row, h, d] = T.Cast(dtype, acc[0] / total[0])

    return kernel
