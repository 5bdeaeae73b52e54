"""Top-p sampling without a sort.

Non-negative floats order like their bit patterns, so the two places that matter (the end of the
nucleus, and the token under `u`) are found by bisecting the 31 bits of a probability: 64 passes over
V in one workgroup and one dispatch. The token is the one a stable descending sort, a running sum and
a search would give.
"""

from tvm.script import tirx as T

from .block_reduce import THREADS, add, block_reduce


@T.macro
def sum_above(probs, row, vocab, tx, scratch, value, bound):
    """value[0] = sum of the row's probabilities whose bits are above bound[0]."""
    value[0] = T.float32(0)
    for i in T.serial(T.ceildiv(vocab, THREADS)):
        if i * THREADS + tx < vocab:
            value[0] += T.Select(
                T.reinterpret("uint32", probs[row, i * THREADS + tx]) > bound[0],
                probs[row, i * THREADS + tx],
                T.float32(0),
            )
    scratch[tx] = value[0]
    block_reduce(tx, scratch, add)
    value[0] = scratch[0]
    T.tvm_storage_sync("shared")


def sample_top_p():
    """probs f32 [R, V], unused order i32 [R, V], u f32 [B] in [0, 1), row i32 [B], top_p f32 [R]
    -> token i32 [B].

    Order the row by falling probability (ties: by rising token id). The nucleus is the shortest
    beginning whose sum reaches top_p; the token is the first whose running sum exceeds
    u * (sum of the nucleus).
    """

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle, e: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        rows, batch, vocab = T.int64(), T.int64(), T.int64()
        probs = T.match_buffer(a, (rows, vocab), "float32")
        uniform = T.match_buffer(b, (batch,), "float32")
        row_of = T.match_buffer(c, (batch,), "int32")
        top_p = T.match_buffer(d, (rows,), "float32")
        token = T.match_buffer(e, (batch,), "int32")
        for bx in T.thread_binding(batch, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("sample"):
                    index: T.let[T.int64] = bx
                    scratch = T.sblock_alloc_buffer((THREADS,), "float32", scope="shared")
                    counts = T.sblock_alloc_buffer((THREADS,), "int32", scope="shared")
                    found = T.sblock_alloc_buffer((1,), "int32", scope="shared")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    goal = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    above = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    edge = T.sblock_alloc_buffer((1,), "uint32", scope="local")
                    bound = T.sblock_alloc_buffer((1,), "uint32", scope="local")
                    ties = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    rank = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    for phase in T.serial(2):
                        # goal: how much weight must lie before the token that is looked for.
                        # phase 0 = the nucleus' last token, phase 1 = the sampled one.
                        if phase == 0:
                            goal[0] = top_p[row_of[index]]
                        # The smallest bits with less than `goal` (phase 1: at most) above them.
                        edge[0] = T.uint32(0)
                        above[0] = T.float32(0)
                        for step in T.serial(31):
                            bound[0] = edge[0] + T.shift_left(T.uint32(1), T.Cast("uint32", 30 - step)) - T.uint32(1)
                            sum_above(probs, row_of[index], vocab, tx, scratch, value, bound)
                            if T.Select(phase == 0, value[0] >= goal[0], value[0] > goal[0]):
                                edge[0] = bound[0] + T.uint32(1)
                        sum_above(probs, row_of[index], vocab, tx, scratch, value, edge)
                        above[0] = value[0]
                        # Tokens with exactly these bits, in `span` consecutive ones per thread.
                        ties[0] = 0
                        for i in T.serial(T.ceildiv(vocab, THREADS)):
                            if tx * T.ceildiv(vocab, THREADS) + i < vocab:
                                if (
                                    T.reinterpret("uint32", probs[row_of[index], tx * T.ceildiv(vocab, THREADS) + i])
                                    == edge[0]
                                ):
                                    ties[0] += 1
                        counts[tx] = ties[0]
                        T.tvm_storage_sync("shared")
                        ties[0] = 0
                        for i in T.serial(THREADS):
                            ties[0] += counts[i]
                        value[0] = T.reinterpret("float32", edge[0])
                        # Which of the ties: the first that reaches (phase 1: exceeds) the goal.
                        rank[0] = T.Cast(
                            "int32", T.min((goal[0] - above[0]) / T.max(value[0], T.float32(1e-37)), T.float32(1e6))
                        )
                        if phase == 0:
                            rank[0] = T.Select(
                                T.Cast("float32", rank[0]) * value[0] + above[0] < goal[0], rank[0] + 1, rank[0]
                            )
                            ties[0] = T.max(T.min(rank[0], ties[0]), 1)
                            goal[0] = T.min(uniform[index], T.float32(0.9999998)) * (
                                above[0] + T.Cast("float32", ties[0]) * value[0]
                            )
                        else:
                            rank[0] = T.max(T.min(rank[0], ties[0] - 1), 0)
                        T.tvm_storage_sync("shared")
                    # counts and edge are those of phase 1: find the tie with this rank.
                    if tx == 0:
                        found[0] = 0
                    T.tvm_storage_sync("shared")
                    for i in T.serial(THREADS):
                        if i < tx:
                            rank[0] -= counts[i]
                    ties[0] = counts[tx]
                    if rank[0] >= 0 and rank[0] < ties[0]:
                        for i in T.serial(T.ceildiv(vocab, THREADS)):
                            if tx * T.ceildiv(vocab, THREADS) + i < vocab:
                                if (
                                    T.reinterpret("uint32", probs[row_of[index], tx * T.ceildiv(vocab, THREADS) + i])
                                    == edge[0]
                                ):
                                    if rank[0] == 0:
                                        found[0] = T.Cast("int32", tx * T.ceildiv(vocab, THREADS) + i)
                                    rank[0] -= 1
                    T.tvm_storage_sync("shared")
                    if tx == 0:
                        token[index] = found[0]

    return kernel
