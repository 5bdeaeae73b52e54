"""Attention of a prompt over itself."""

from tvm.script import tirx as T

from . import THREADS
from .attend import BLOCK, attend, begin, finish, in_rows


def attention_ragged(kv_heads, heads, depth, dtype):
    """Rows of queries against keys and values [n, G, D] of the same call, which lie one sequence
    after the other; arguments as TVM's `_attention_prefill_ragged`."""
    group = 2 if heads // kv_heads % 2 == 0 else 1  # heads of a thread: they read the same keys
    teams = heads // group

    @T.prim_func(s_tir=True)
    def kernel(
        q_: T.handle,
        q_start_: T.handle,
        k_: T.handle,
        v_: T.handle,
        kv_start_: T.handle,
        q_position_: T.handle,
        k_offset_: T.handle,
        out_: T.handle,
        lse_: T.handle,
        causal: T.int32,
        rotary_mode: T.int32,
        rope_scale: T.float32,
        rope_theta: T.float32,
        sm_scale: T.float32,
    ):
        T.func_attr({"tirx.is_scheduled": True})
        batch, n, kv = T.int32(), T.int32(), T.int32()
        at_q, at_kv, at_offset, at_position = T.int32(), T.int32(), T.int32(), T.int32()
        q = T.match_buffer(q_, (n, heads, depth), dtype)
        q_start = T.match_buffer(q_start_, (batch + 1,), "int32", elem_offset=at_q)
        k = T.match_buffer(k_, (kv, kv_heads, depth), dtype)
        v = T.match_buffer(v_, (kv, kv_heads, depth), dtype)
        kv_start = T.match_buffer(kv_start_, (batch + 1,), "int32", elem_offset=at_kv)
        q_position = T.match_buffer(q_position_, (n,), "int32", elem_offset=at_position)
        k_offset = T.match_buffer(k_offset_, (batch,), "int32", elem_offset=at_offset)
        out = T.match_buffer(out_, (n, heads, depth), dtype)
        lse = T.match_buffer(lse_, (n, heads), "float32")
        for bx in T.thread_binding((n * teams + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("attention"):
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    head = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    seq = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    limit = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    page = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    slot = T.sblock_alloc_buffer((BLOCK,), "int32", scope="local")
                    score = T.sblock_alloc_buffer((group * BLOCK,), "float32", scope="local")
                    peak = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    total = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    part = T.sblock_alloc_buffer((group,), "float32", scope="local")
                    item = T.sblock_alloc_buffer((1 + group,), "float32", scope="local")
                    acc = T.sblock_alloc_buffer((group * depth,), "float32", scope="local")
                    if bx * THREADS + tx < n * teams:
                        row[0] = (bx * THREADS + tx) // teams
                        head[0] = (bx * THREADS + tx) % teams * group
                        seq[0] = 0
                        for s in T.serial(batch - 1):
                            if row[0] >= q_start[s + 1]:
                                seq[0] = s + 1
                        begin(group, depth, peak, total, acc)
                        limit[0] = kv_start[seq[0] + 1] - kv_start[seq[0]]
                        if causal > 0:
                            limit[0] = T.min(limit[0], limit[0] + row[0] + 1 - q_start[seq[0] + 1])
                        page[0] = 0
                        for step in T.serial((limit[0] + BLOCK - 1) // BLOCK):
                            for j in T.unroll(BLOCK):
                                slot[j] = kv_start[seq[0]] + T.min(step * BLOCK + j, limit[0] - 1)
                            attend(
                                group,
                                q,
                                row[0],
                                head[0],
                                head[0] // (heads // kv_heads),
                                depth,
                                limit[0] - step * BLOCK,
                                sm_scale,
                                in_rows,
                                k,
                                v,
                                page,
                                slot,
                                score,
                                peak,
                                total,
                                part,
                                item,
                                acc,
                            )
                        finish(group, depth, dtype, row[0], head[0], peak, total, acc, out, lse)

    return kernel
