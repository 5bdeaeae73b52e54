"""Queries and keys are turned, and keys and values laid into the cache, in one dispatch."""

from functools import lru_cache

from tvm.script import tirx as T

from .. import PAGE
from ..rope import angle, turns_per_position
from . import THREADS


@lru_cache(maxsize=None)
def rope_append(rope, queries, keys, depth, dtype, max_positions):
    """qkv [n, H + 2G, D], positions i32 [n], map i32 [n] (page * PAGE + place in it) -> q [n, H, D] turned, and
    pages [P, 2, G, PAGE, D] with the keys, turned, and values. A thread does one pair of numbers of all heads."""
    half, heads = depth // 2, queries + 2 * keys
    high, low = turns_per_position(rope, depth, max_positions)

    @T.prim_func(s_tir=True)
    def kernel(qkv_: T.handle, positions_: T.handle, map_: T.handle, q_: T.handle, pages_: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n, max_pages = T.int32(), T.int32()
        at_positions, at_map = T.int32(), T.int32()
        at_pages = T.int64()
        qkv = T.match_buffer(qkv_, (n, heads, depth), dtype)
        positions = T.match_buffer(positions_, (n,), "int32", elem_offset=at_positions)
        place = T.match_buffer(map_, (n,), "int32", elem_offset=at_map)
        q = T.match_buffer(q_, (n, queries, depth), dtype)
        pages = T.match_buffer(pages_, (max_pages, 2, keys, PAGE, depth), dtype, elem_offset=at_pages)
        for bx in T.thread_binding((n * half + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("rope"):
                    work = T.sblock_alloc_buffer((7,), "float32", scope="local")
                    quarter = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    page = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    slot = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    if bx * THREADS + tx < n * half:
                        s: T.let[T.int32] = (bx * THREADS + tx) // half
                        i: T.let[T.int32] = (bx * THREADS + tx) % half
                        angle(positions, s, i, high, low, work, quarter)
                        page[0] = place[s] // PAGE
                        slot[0] = place[s] % PAGE
                        for h in T.serial(queries + keys):
                            work[0] = T.Cast("float32", qkv[s, h, i])
                            work[1] = T.Cast("float32", qkv[s, h, i + half])
                            work[2] = work[0] * work[5] - work[1] * work[6]
                            work[3] = work[1] * work[5] + work[0] * work[6]
                            if h < queries:
                                q[s, h, i] = T.Cast(dtype, work[2])
                                q[s, h, i + half] = T.Cast(dtype, work[3])
                            else:
                                pages[page[0], 0, h - queries, slot[0], i] = T.Cast(dtype, work[2])
                                pages[page[0], 0, h - queries, slot[0], i + half] = T.Cast(dtype, work[3])
                        for h in T.serial(keys):
                            pages[page[0], 1, h, slot[0], i] = qkv[s, queries + keys + h, i]
                            pages[page[0], 1, h, slot[0], i + half] = qkv[s, queries + keys + h, i + half]

    return kernel
