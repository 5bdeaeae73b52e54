"""Top-p sampling without a sort and without barriers; see tiled/sample.py. For small V: one thread."""

from tvm.script import tirx as T

DIGIT = 3  # bits of a probability found per pass over V


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
                    item = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    above = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    goal = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx < batch:
                        row[0] = row_of[bx]
                        goal[0] = top_p[row[0]]
                        for phase in T.serial(2):
                            # goal: how much weight must lie before the token that is looked for.
                            # phase 0 = the nucleus' last token, phase 1 = the sampled one. edge: the
                            # smallest bits with less than `goal` (phase 1: at most) above them.
                            edge[0] = T.uint32(0)
                            for step in T.serial(30 // DIGIT):  # bits of a float below 2, from the top
                                unit[0] = T.shift_left(T.uint32(1), T.Cast("uint32", 30 - DIGIT - step * DIGIT))
                                for j in T.unroll(2**DIGIT - 1):
                                    total[j] = T.float32(0)
                                    bound[j] = edge[0] + unit[0] * T.uint32(j + 1)
                                for v in T.serial(vocab):
                                    item[0] = probs[row[0], v]
                                    for j in T.unroll(2**DIGIT - 1):
                                        total[j] += T.Select(
                                            T.reinterpret("uint32", item[0]) >= bound[j], item[0], T.float32(0)
                                        )
                                for j in T.unroll(2**DIGIT - 1):
                                    if T.Select(phase == 0, total[j] >= goal[0], total[j] > goal[0]):
                                        edge[0] += unit[0]
                            above[0] = T.float32(0)
                            ties[0] = 0  # tokens with exactly these bits
                            for v in T.serial(vocab):
                                item[0] = probs[row[0], v]
                                above[0] += T.Select(T.reinterpret("uint32", item[0]) > edge[0], item[0], T.float32(0))
                                ties[0] += T.Select(T.reinterpret("uint32", item[0]) == edge[0], 1, 0)
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
                        for v in T.serial(vocab):
                            item[0] = probs[row[0], v]
                            if T.reinterpret("uint32", item[0]) == edge[0]:
                                if rank[0] == 0:
                                    found[0] = T.Cast("int32", v)
                                rank[0] -= 1
                        token[bx] = found[0]

    return kernel
