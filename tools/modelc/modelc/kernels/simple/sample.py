"""Top-p sampling without a sort and without barriers; see tiled/sample.py. For small V: one thread.

When the likeliest token alone makes up the nucleus, as it always does at temperature 0, one pass finds it.
"""

from tvm.script import tirx as T

from . import sum_of, when

DIGIT = 3  # bits of a probability found per pass over V
SPAN = 8  # probabilities taken together


def _bits(item, i):
    return T.reinterpret("uint32", item[i])


def _at_least(item, bound):
    """Sum of the probabilities whose bits reach `bound`."""
    return sum_of([when(_bits(item, i) >= bound, item[i]) for i in range(SPAN)])


def _above(item, bound):
    return sum_of([when(_bits(item, i) > bound, item[i]) for i in range(SPAN)])


def _equal(item, bound):
    return sum_of([T.Cast("int32", _bits(item, i) == bound) for i in range(SPAN)])


def _largest(item):
    found = item[0]
    for i in range(1, SPAN):
        found = T.max(found, item[i])
    return found


def _reached(total, goal, phase):
    return T.Or(total > goal, T.And(phase == 0, total == goal))


@T.macro
def take(item, probs, row, first, vocab):
    # Beyond the end: -0, which adds nothing and has bits that no probability has.
    for i in T.unroll(SPAN):
        item[i] = probs[row, T.min(first + i, T.Cast("int32", vocab - 1))]
        item[i] = when(first + i < T.Cast("int32", vocab), item[i])
        item[i] = T.reinterpret(
            "float32",
            T.bitwise_or(
                _bits(item, i),
                T.shift_left(T.Cast("uint32", first + i >= T.Cast("int32", vocab)), T.uint32(31)),
            ),
        )


def sample_top_p():
    """probs f32 [R, V], u f32 [B] in [0, 1), row i32 [B], top_p f32 [R] -> token i32 [B]."""

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
            for tx in T.thread_binding(1, thread="threadIdx.x"):
                with T.sblock("sample"):
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    found = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    rank = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    ties = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    edge = T.sblock_alloc_buffer((1,), "uint32", scope="local")
                    unit = T.sblock_alloc_buffer((1,), "uint32", scope="local")
                    bound = T.sblock_alloc_buffer((2**DIGIT - 1,), "uint32", scope="local")
                    total = T.sblock_alloc_buffer((2**DIGIT - 1,), "float32", scope="local")
                    item = T.sblock_alloc_buffer((SPAN,), "float32", scope="local")
                    spans = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    phases = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    above = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    goal = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx < batch:
                        row[0] = row_of[bx]
                        goal[0] = top_p[row[0]]
                        spans[0] = T.Cast("int32", (vocab + SPAN - 1) // SPAN)
                        value[0] = T.float32(0)
                        for v in T.serial(spans[0]):
                            take(item, probs, row[0], v * SPAN, vocab)
                            value[0] = T.max(value[0], _largest(item))
                        edge[0] = T.reinterpret("uint32", value[0])
                        rank[0] = 0
                        phases[0] = 2 * T.Cast("int32", value[0] < goal[0])
                        for phase in T.serial(phases[0]):
                            # goal: how much weight must lie before the token that is looked for.
                            # phase 0 = the nucleus' last token, phase 1 = the sampled one. edge: the
                            # smallest bits with less than `goal` (phase 1: at most) above them.
                            edge[0] = T.uint32(0)
                            for step in T.serial(30 // DIGIT):  # bits of a float below 2, from the top
                                unit[0] = T.shift_left(T.uint32(1), T.Cast("uint32", 30 - DIGIT - step * DIGIT))
                                for j in T.unroll(2**DIGIT - 1):
                                    total[j] = T.float32(0)
                                    bound[j] = edge[0] + unit[0] * T.uint32(j + 1)
                                for v in T.serial(spans[0]):
                                    take(item, probs, row[0], v * SPAN, vocab)
                                    for j in T.unroll(2**DIGIT - 1):
                                        total[j] = total[j] + _at_least(item, bound[j])
                                for j in T.unroll(2**DIGIT - 1):
                                    edge[0] = edge[0] + when(_reached(total[j], goal[0], phase), unit[0], "uint32")
                            above[0] = T.float32(0)
                            ties[0] = 0  # tokens with exactly these bits
                            for v in T.serial(spans[0]):
                                take(item, probs, row[0], v * SPAN, vocab)
                                above[0] = above[0] + _above(item, edge[0])
                                ties[0] = ties[0] + _equal(item, edge[0])
                            # which of the ties: the first that reaches (phase 1: exceeds) the goal
                            value[0] = T.reinterpret("float32", edge[0])
                            rank[0] = T.Cast(
                                "int32", T.min((goal[0] - above[0]) / T.max(value[0], T.float32(1e-37)), T.float32(1e6))
                            )
                            if phase == 0:
                                rank[0] = T.Select(
                                    T.Cast("float32", rank[0]) * value[0] + above[0] < goal[0], rank[0] + 1, rank[0]
                                )
                                ties[0] = T.max(T.min(rank[0], ties[0]), 1)
                                goal[0] = T.min(uniform[bx], T.float32(0.9999998)) * (
                                    above[0] + T.Cast("float32", ties[0]) * value[0]
                                )
                            else:
                                rank[0] = T.max(T.min(rank[0], ties[0] - 1), 0)
                        found[0] = 0
                        for v in T.serial(spans[0]):
                            take(item, probs, row[0], v * SPAN, vocab)
                            if _equal(item, edge[0]) > 0:
                                for i in T.serial(SPAN):
                                    if T.reinterpret("uint32", item[i]) == edge[0]:
                                        if rank[0] == 0:
                                            found[0] = v * SPAN + i
                                        rank[0] -= 1
                        token[bx] = found[0]

    return kernel
