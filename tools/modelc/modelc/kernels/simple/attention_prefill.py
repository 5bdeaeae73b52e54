"""Attention of a prompt over what the cache holds already."""

from tvm.script import tirx as T

from . import THREADS
from .attend import BLOCK, PAGE, attend, begin, finish, in_page


def attention_prefill(kv_heads, heads, depth, dtype):
    """Rows of queries against their sequences' pages; arguments as TVM's `_attention_prefill`."""
    group = 2 if heads // kv_heads % 2 == 0 else 1  # heads of a thread: they read the same keys
    teams = heads // group

    @T.prim_func(s_tir=True)
    def kernel(
        q_: T.handle,
        q_start_: T.handle,
        pages_: T.handle,
        page_start_: T.handle,
        page_list_: T.handle,
        last_: T.handle,
        k_offset_: T.handle,
        q_position_: T.handle,
        out_: T.handle,
        lse_: T.handle,
        causal: T.int32,
        rotary_mode: T.int32,
        rope_scale: T.float32,
        rope_theta: T.float32,
        sm_scale: T.float32,
    ):
        T.func_attr({"tirx.is_scheduled": True})
        batch, n, nnz, max_pages = T.int32(), T.int32(), T.int32(), T.int32()
        at_pages = T.int64()
        at_q, at_start, at_list, at_last = T.int32(), T.int32(), T.int32(), T.int32()
        at_offset, at_position = T.int32(), T.int32()
        q = T.match_buffer(q_, (n, heads, depth), dtype)
        q_start = T.match_buffer(q_start_, (batch + 1,), "int32", elem_offset=at_q)
        pages = T.match_buffer(pages_, (max_pages, 2, kv_heads, PAGE, depth), dtype, elem_offset=at_pages)
        page_start = T.match_buffer(page_start_, (batch + 1,), "int32", elem_offset=at_start)
        page_list = T.match_buffer(page_list_, (nnz,), "int32", elem_offset=at_list)
        last = T.match_buffer(last_, (batch,), "int32", elem_offset=at_last)
        k_offset = T.match_buffer(k_offset_, (batch,), "int32", elem_offset=at_offset)
        q_position = T.match_buffer(q_position_, (n,), "int32", elem_offset=at_position)
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
                        limit[0] = 0
                        if page_start[seq[0] + 1] > page_start[seq[0]]:
                            limit[0] = (page_start[seq[0] + 1] - page_start[seq[0]] - 1) * PAGE + (last[seq[0]])
                        if causal > 0:
                            limit[0] = T.min(limit[0], limit[0] + row[0] + 1 - q_start[seq[0] + 1])
                        for step in T.serial((limit[0] + BLOCK - 1) // BLOCK):
                            page[0] = page_list[page_start[seq[0]] + step * BLOCK // PAGE]
                            for j in T.unroll(BLOCK):
                                slot[j] = step * BLOCK % PAGE + T.min(j, limit[0] - step * BLOCK - 1)
                            attend(
                                group,
                                q,
                                row[0],
                                head[0],
                                head[0] // (heads // kv_heads),
                                depth,
                                limit[0] - step * BLOCK,
                                sm_scale,
                                in_page,
                                pages,
                                pages,
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
