"""Join two partial attention results of the same queries, one thread per head."""

from tvm.script import tirx as T

from . import THREADS


def merge_state(dtype):
    """V [n, H, D] and S f32 [n, H] (log2 of the softmax sums) take in V_other and S_other."""

    @T.prim_func(s_tir=True)
    def kernel(v_: T.handle, s_: T.handle, v_other_: T.handle, s_other_: T.handle):
        T.func_attr({"tirx.is_scheduled": True})
        n, h, d = T.int32(), T.int32(), T.int32()
        v = T.match_buffer(v_, (n, h, d), dtype)
        s = T.match_buffer(s_, (n, h), "float32")
        v_other = T.match_buffer(v_other_, (n, h, d), dtype)
        s_other = T.match_buffer(s_other_, (n, h), "float32")
        for bx in T.thread_binding((n * h + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("merge"):
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    head = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    weight = T.sblock_alloc_buffer((2,), "float32", scope="local")
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx * THREADS + tx < n * h:
                        row[0] = (bx * THREADS + tx) // h
                        head[0] = (bx * THREADS + tx) % h
                        weight[0] = s[row[0], head[0]]
                        weight[1] = s_other[row[0], head[0]]
                        top[0] = T.max(weight[0], weight[1])
                        weight[0] = T.exp2(weight[0] - top[0])
                        weight[1] = T.exp2(weight[1] - top[0])
                        s[row[0], head[0]] = T.log2(weight[0] + weight[1]) + top[0]
                        top[0] = weight[0] + weight[1]
                        for i in T.serial(d):
                            v[row[0], head[0], i] = T.Cast(
                                dtype,
                                (
                                    T.Cast("float32", v[row[0], head[0], i]) * weight[0]
                                    + T.Cast("float32", v_other[row[0], head[0], i]) * weight[1]
                                )
                                / top[0],
                            )

    return kernel
