"""Tokens times a stored matrix, with what comes before and after it: norm, SwiGLU, a sum."""

from functools import lru_cache

from tvm import tirx
from tvm.script import tirx as T

from ...quantization import GROUP, PACK
from ..dequantize import group_dot
from . import THREADS, sum_of, when

ROWS = 16  # of a matrix, per thread: a value of x is read once for all of them
HALF = ROWS // 2
TOKENS = 2  # of a longer prompt, per thread


def _unshift(i):
    """16**-i: what a number of 4 bits left in its place is to be multiplied by."""
    return T.reinterpret("float32", T.shift_left(T.uint32(127 - i * 4), T.uint32(23)))


def _total(value, s):
    return sum_of([value[s * PACK + i] for i in range(PACK)])


def _square(value, s):
    return sum_of([value[s * PACK + i] * value[s * PACK + i] for i in range(PACK)])


def _product(value, s, weight):
    return sum_of([value[s * PACK + i] * weight[i] for i in range(PACK)])


def _low(word, i):
    """q * 16**i, of all but the last i: its top bit would be a sign."""
    return T.Cast("float32", T.Cast("int32", T.bitwise_and(word, T.shift_left(T.uint32(15), T.uint32(i * 4)))))


def _last(word):
    return T.Cast("float32", T.Cast("int32", T.shift_right(word, T.uint32(4 * PACK - 4))))


@lru_cache(maxsize=None)
def matmul(scheme, x_dtype, y_dtype, eps, tokens):
    """A kernel for all matrices of a network: each further one would have to be translated when a model loads.

    x [1, m, K], norm f32 [K], two arrays of the matrix [N, K] (a plain one twice), extra [1, e, M], y [1, n, M], and
    three numbers of 0 or 1: `normed`, x is normed first; `added`, extra is added (e = 1: the same for all tokens);
    `gated`, y is silu(first half) * second half, and M = N / 2. What is not used is not read.

    A thread makes ROWS (gated: HALF) outputs of `tokens` consecutive tokens; if `tokens` is 1, of the last one.
    """
    m, n, stored, columns, width, spare, e = (
        tirx.Var(name, "int64") for name in ("m", "n", "rows", "columns", "width", "spare", "e")
    )
    parts = scheme.parameters(1, GROUP)
    (a_shape, a_dtype), (b_shape, b_dtype) = (*parts.values(), *parts.values())[:2]
    packed = len(parts) > 1
    a_width, b_width = columns // (GROUP // a_shape[1]), columns // (GROUP // b_shape[1])

    @T.prim_func(private=True, s_tir=True)
    def kernel(
        x_: T.handle, norm_: T.handle, a_: T.handle, b_: T.handle, extra_: T.handle,
        normed: T.int64, added: T.int64, gated: T.int64, y_: T.handle,
    ):  # fmt: skip
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        x = T.match_buffer(x_, (1, m, columns), x_dtype)
        norm = T.match_buffer(norm_, (spare,), "float32")
        a = T.match_buffer(a_, (stored, a_width), a_dtype)
        b = T.match_buffer(b_, (stored, b_width), b_dtype)
        extra = T.match_buffer(extra_, (1, e, T.int64()), x_dtype)
        y = T.match_buffer(y_, (1, n, width), y_dtype)
        for bx in T.thread_binding(
            (
                (n + tokens - 1) // tokens * ((width + ROWS - gated * HALF - 1) // (ROWS - gated * HALF))
                + THREADS - 1
            ) // THREADS,
            thread="blockIdx.x",
        ):  # fmt: skip
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("matmul"):
                    per = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    strips = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    token = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    first = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    row = T.sblock_alloc_buffer((1,), "int32", scope="local")
                    at_x = T.sblock_alloc_buffer((tokens,), "int32", scope="local")
                    at_a = T.sblock_alloc_buffer((ROWS,), "int32", scope="local")
                    at_b = T.sblock_alloc_buffer((ROWS,), "int32", scope="local")
                    dot = T.sblock_alloc_buffer((tokens * ROWS,), "float32", scope="local")
                    acc = T.sblock_alloc_buffer((tokens * ROWS,), "float32", scope="local")
                    plain = T.sblock_alloc_buffer((tokens,), "float32", scope="local")
                    square = T.sblock_alloc_buffer((tokens,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((tokens * PACK,), "float32", scope="local")
                    weight = T.sblock_alloc_buffer((PACK,), "float32", scope="local")
                    word = T.sblock_alloc_buffer((1,), "uint32", scope="local")
                    scale = T.sblock_alloc_buffer((1,), b_dtype, scope="local")
                    result = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    per[0] = T.Cast("int32", ROWS - gated * HALF)
                    strips[0] = (T.Cast("int32", width) + per[0] - 1) // per[0]
                    token[0] = T.Cast("int32", bx * THREADS + tx) // strips[0] * tokens
                    first[0] = T.Cast("int32", bx * THREADS + tx) % strips[0] * per[0]
                    if token[0] < T.Cast("int32", n):
                        # rows and tokens beyond the end repeat the last one and are not written
                        for s in T.unroll(tokens):
                            at_x[s] = T.min(
                                T.Cast("int32", m - n) + token[0] + s, T.Cast("int32", m - 1)
                            ) * T.Cast("int32", columns)  # fmt: skip
                        for r in T.unroll(ROWS):
                            row[0] = T.min(
                                first[0] + r - T.Cast("int32", gated) * (r // HALF * HALF), T.Cast("int32", width - 1)
                            ) + T.Cast("int32", gated * width) * (r // HALF)
                            at_a[r] = row[0] * T.Cast("int32", a_width)
                            at_b[r] = row[0] * T.Cast("int32", b_width)
                        for s in T.unroll(tokens):
                            square[s] = T.float32(0)
                        for j in T.unroll(tokens * ROWS):
                            acc[j] = T.float32(0)
                        for g in T.serial(T.Cast("int32", columns // GROUP)):
                            for s in T.unroll(tokens):
                                plain[s] = T.float32(0)
                            for j in T.unroll(tokens * ROWS):
                                dot[j] = T.float32(0)
                            for w in T.serial(GROUP // PACK):
                                for s in T.unroll(tokens):
                                    for i in T.unroll(PACK):
                                        value[s * PACK + i] = T.Cast(
                                            "float32", x[0, 0, at_x[s] + (g * GROUP + w * PACK) + i]
                                        )
                                if normed > 0:
                                    for s in T.unroll(tokens):
                                        square[s] = square[s] + _square(value, s)
                                    for i in T.unroll(PACK):
                                        weight[i] = norm[g * GROUP + w * PACK + i]
                                        for s in T.unroll(tokens):
                                            value[s * PACK + i] = value[s * PACK + i] * weight[i]
                                if packed:
                                    for s in T.unroll(tokens):
                                        plain[s] = plain[s] + _total(value, s)
                                        for i in T.unroll(PACK - 1):
                                            value[s * PACK + i] = value[s * PACK + i] * _unshift(i)
                                for r in T.unroll(ROWS):
                                    if packed:
                                        word[0] = a[0, at_a[r] + (g * (GROUP // PACK) + w)]
                                        for i in T.unroll(PACK - 1):
                                            weight[i] = _low(word[0], i)
                                        weight[PACK - 1] = _last(word[0])
                                    else:
                                        for i in T.unroll(PACK):
                                            weight[i] = T.Cast("float32", a[0, at_a[r] + (g * GROUP + w * PACK) + i])
                                    for s in T.unroll(tokens):
                                        dot[s * ROWS + r] = dot[s * ROWS + r] + _product(value, s, weight)
                            for r in T.unroll(ROWS):
                                if packed:
                                    scale[0] = b[0, at_b[r] + g]
                                for s in T.unroll(tokens):
                                    acc[s * ROWS + r] = acc[s * ROWS + r] + group_dot(
                                        scheme, dot[s * ROWS + r], plain[s], scale[0]
                                    )
                        for s in T.serial(T.min(tokens, T.Cast("int32", n) - token[0])):
                            square[s] = T.rsqrt(square[s] / T.Cast("float32", columns) + T.float32(eps))
                            square[s] = when(normed > 0, square[s]) + T.Cast("float32", normed == 0)
                            for r in T.serial(T.min(per[0], T.Cast("int32", width) - first[0])):
                                result[0] = acc[s * ROWS + r] * square[s]
                                if gated > 0:
                                    result[0] = (
                                        result[0] / (T.float32(1) + T.exp(-result[0]))
                                        * (acc[s * ROWS + HALF + r] * square[s])
                                    )  # fmt: skip
                                if added > 0:
                                    result[0] = result[0] + T.Cast(
                                        "float32",
                                        extra[0, T.min(token[0] + s, T.Cast("int32", e - 1)), first[0] + r],
                                    )
                                y[0, token[0] + s, first[0] + r] = T.Cast(y_dtype, result[0])

    return kernel
