"""Tokens times a stored matrix, for matrices of any size."""

from functools import lru_cache

from tvm import tirx
from tvm.script import tirx as T

from ...quantization import GROUP, PACK
from ..dequantize import group_dot
from . import THREADS

ROWS = 8  # of a matrix, per thread: a value of x is read once for all of them
TOKENS = 4  # of a longer prompt, per thread


@lru_cache(maxsize=None)
def matmul(scheme, x_dtype, y_dtype, added, gated, tokens):
    """A kernel (x [1, n, K], two arrays of the matrix [N, K], what is added, y [1, n, N]) for
    any n, N and K: networks need only a few of them, and few take little time to load.

    A thread makes ROWS outputs of `tokens` consecutive tokens; if `gated`, ROWS / 2 of
    silu(y[:N/2]) * y[N/2:]. `added`: none, residual [1, n, N], or bias [1, 1, N]. What a variant does
    not use is not read: pass x for it, and a plain matrix twice.
    """
    n, stored, columns = (tirx.Var(name, "int64") for name in ("n", "rows", "columns"))
    out_rows = stored // 2 if gated else stored
    per = ROWS // 2 if gated else ROWS
    strips = (out_rows + per - 1) // per
    threads = (n + tokens - 1) // tokens * strips
    parts = scheme.parameters(1, GROUP)
    (a_shape, a_dtype), (b_shape, b_dtype) = (*parts.values(), *parts.values())[:2]
    packed = len(parts) > 1
    extra_shape = {"none": (1, n, columns), "residual": (1, n, out_rows), "bias": (1, 1, out_rows)}[added]
    unroll = 4 // tokens  # of the eight columns in a word; more makes longer shaders

    @T.prim_func(private=True, s_tir=True)
    def kernel(x_: T.handle, a_: T.handle, b_: T.handle, r_: T.handle, y_: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        x = T.match_buffer(x_, (1, n, columns), x_dtype)
        a = T.match_buffer(a_, (stored, columns // (GROUP // a_shape[1])), a_dtype)
        b = T.match_buffer(b_, (stored, columns // (GROUP // b_shape[1])), b_dtype)
        extra = T.match_buffer(r_, extra_shape, x_dtype)
        y = T.match_buffer(y_, (1, n, out_rows), y_dtype)
        for bx in T.thread_binding((threads + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("matmul"):
                    token = T.sblock_alloc_buffer((tokens,), "int32", scope="local")
                    column = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    first = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    row = T.sblock_alloc_buffer((ROWS,), "int32", scope="local")
                    word = T.sblock_alloc_buffer((ROWS,), "uint32", scope="local")
                    dot = T.sblock_alloc_buffer((tokens * ROWS,), "float32", scope="local")
                    acc = T.sblock_alloc_buffer((tokens * ROWS,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((tokens,), "float32", scope="local")
                    plain = T.sblock_alloc_buffer((tokens,), "float32", scope="local")
                    weight = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    scale = T.sblock_alloc_buffer((1,), b_dtype, scope="local")
                    if bx * THREADS + tx < threads:
                        # rows and tokens beyond the end repeat the last one and are not written
                        for s in T.unroll(tokens):
                            token[s] = T.Cast("int32", T.min((bx * THREADS + tx) // strips * tokens + s, n - 1))
                        first[0] = T.Cast("int32", (bx * THREADS + tx) % strips) * per
                        for r in T.unroll(ROWS):
                            row[r] = T.min(first[0] + r % per, T.Cast("int32", out_rows - 1)) + (
                                T.Cast("int32", out_rows) * (r // per)
                            )
                        for j in T.unroll(tokens * ROWS):
                            acc[j] = T.float32(0)
                        for g in T.serial(T.Cast("int32", columns // GROUP)):
                            for s in T.unroll(tokens):
                                plain[s] = T.float32(0)
                            for j in T.unroll(tokens * ROWS):
                                dot[j] = T.float32(0)
                            for w in T.serial(GROUP // PACK):
                                if packed:
                                    for r in T.unroll(ROWS):
                                        word[r] = a[row[r], g * (GROUP // PACK) + w]
                                for step in T.serial(PACK // unroll):
                                    column[0] = g * GROUP + w * PACK + step * unroll
                                    for i in T.unroll(unroll):
                                        for s in T.unroll(tokens):
                                            value[s] = T.Cast("float32", x[0, token[s], column[0] + i])
                                            if packed:
                                                plain[s] += value[s]
                                                value[s] = value[s] * T.reinterpret(  # 16**-i
                                                    "float32", T.shift_left(T.uint32(127 - i * 4), T.uint32(23))
                                                )
                                        for r in T.unroll(ROWS):
                                            if packed:  # q * 16**i
                                                weight[0] = T.Cast(
                                                    "float32",
                                                    T.Cast(
                                                        "int32",
                                                        T.bitwise_and(
                                                            word[r], T.shift_left(T.uint32(15), T.uint32(i * 4))
                                                        ),
                                                    ),
                                                )
                                            else:
                                                weight[0] = T.Cast("float32", a[row[r], column[0] + i])
                                            for s in T.unroll(tokens):
                                                dot[s * ROWS + r] += value[s] * weight[0]
                                    if packed:
                                        for r in T.unroll(ROWS):
                                            word[r] = T.shift_right(word[r], T.uint32(unroll * 4))
                            for r in T.unroll(ROWS):
                                if packed:
                                    scale[0] = b[row[r], g]
                                for s in T.unroll(tokens):
                                    acc[s * ROWS + r] += group_dot(scheme, dot[s * ROWS + r], plain[s], scale[0])
                        for s in T.serial(T.min(tokens, T.Cast("int32", n - (bx * THREADS + tx) // strips * tokens))):
                            for r in T.serial(per):
                                if first[0] + r < T.Cast("int32", out_rows):
                                    if gated:
                                        acc[s * ROWS + r] = (
                                            acc[s * ROWS + r]
                                            * acc[s * ROWS + per + r]
                                            / (T.float32(1) + T.exp(-acc[s * ROWS + r]))
                                        )
                                    if added != "none":
                                        acc[s * ROWS + r] += T.Cast(
                                            "float32", extra[0, token[s] if added == "residual" else 0, first[0] + r]
                                        )
                                    y[0, token[s], first[0] + r] = T.Cast(y_dtype, acc[s * ROWS + r])

    return kernel
