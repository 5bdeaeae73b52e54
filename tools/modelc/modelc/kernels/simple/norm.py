"""RMS norm, each thread on its own."""

from functools import lru_cache

from tvm.script import tirx as T

from . import THREADS

NORM_SPAN = 64  # columns per thread


@lru_cache(maxsize=None)
def rms_norm(columns, dtype, eps):
    """x [1, n, K], weight f32 [K] -> [1, n, K]. Every thread sums the squares of its whole row."""
    spans = (columns + NORM_SPAN - 1) // NORM_SPAN

    @T.prim_func(private=True, s_tir=True)
    def kernel(x_: T.handle, w_: T.handle, y_: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        n = T.int64()
        x = T.match_buffer(x_, (1, n, columns), dtype)
        weight = T.match_buffer(w_, (columns,), "float32")
        y = T.match_buffer(y_, (1, n, columns), dtype)
        for bx in T.thread_binding((n * spans + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("norm"):
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    first = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    square = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx * THREADS + tx < n * spans:
                        row[0] = T.Cast("int32", (bx * THREADS + tx) // spans)
                        first[0] = T.Cast("int32", (bx * THREADS + tx) % spans) * NORM_SPAN
                        square[0] = T.float32(0)
                        for k in T.serial(columns):
                            value[0] = T.Cast("float32", x[0, row[0], k])
                            square[0] += value[0] * value[0]
                        square[0] = T.rsqrt(square[0] * T.float32(1 / columns) + T.float32(eps))
                        for k in T.serial(NORM_SPAN):
                            if first[0] + k < columns:
                                y[0, row[0], first[0] + k] = T.Cast(
                                    dtype,
                                    (T.Cast("float32", x[0, row[0], first[0] + k]) * square[0] * weight[first[0] + k]),
                                )

    return kernel
