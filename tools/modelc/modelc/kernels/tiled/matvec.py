"""One token times a stored matrix: the kernel decoding spends its time in.

K = columns, groups of 32 of them share a scale. A workgroup has TX threads along K and TY along the
rows; each thread sums for two rows over every TX-th group, then one barrier, then one thread per
row adds up the TX partial sums. What comes before and after the product is part of the kernel:

    x  -> RMS norm of x      (the sum of squares falls out of the same loop)
    y  -> y + residual
    y  -> silu(y[:N/2]) * y[N/2:]    (a thread's two rows are then a gate and its partner)
"""

from functools import lru_cache

from tvm import tirx
from tvm.script import tirx as T

from ...quantization import GROUP, PACK
from ..dequantize import group_dot

THREADS = 128
ROWS = 2  # per thread


@lru_cache(maxsize=None)
def matvec(scheme, rows, columns, x_dtype, y_dtype, eps, residual, gated):
    """A kernel (x [1, 1, K], two arrays of the matrix, norm f32 [K], residual [1, 1, N],
    y [1, 1, N]).

    What a variant does not use is not read: pass x for norm (when `eps` is None) and for residual,
    and a plain matrix twice. `rows`: None when known only at run time.
    """
    groups = columns // GROUP
    tx_count = 1
    while tx_count < 16 and tx_count * 2 <= groups:
        tx_count *= 2
    TX, TY = tx_count, THREADS // tx_count
    stored = tirx.Var("rows", "int64") if rows is None else rows
    out_rows = stored // 2 if gated else stored
    block = TY if gated else TY * ROWS
    parts = scheme.parameters(stored, columns)
    (a_shape, a_dtype), (b_shape, b_dtype) = (*parts.values(), *parts.values())[:2]
    packed = len(parts) > 1
    normed = eps is not None

    @T.prim_func(private=True, s_tir=True)
    def kernel(x_: T.handle, a_: T.handle, b_: T.handle, n_: T.handle, r_: T.handle, y_: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        x = T.match_buffer(x_, (1, 1, columns), x_dtype)
        a = T.match_buffer(a_, a_shape, a_dtype)
        b = T.match_buffer(b_, b_shape, b_dtype)
        norm = T.match_buffer(n_, (columns,) if normed else (1, 1, columns), "float32" if normed else x_dtype)
        extra = T.match_buffer(r_, (1, 1, out_rows if residual else columns), x_dtype)
        y = T.match_buffer(y_, (1, 1, out_rows), y_dtype)
        for bx in T.thread_binding((out_rows + block - 1) // block, thread="blockIdx.x"):
            for ty in T.thread_binding(TY, thread="threadIdx.y"):
                for tx in T.thread_binding(TX, thread="threadIdx.x"):
                    with T.sblock("matvec"):
                        partial = T.sblock_alloc_buffer((ROWS * TY * TX,), "float32", scope="shared")
                        squares = T.sblock_alloc_buffer((TX,), "float32", scope="shared")
                        row = T.sblock_alloc_buffer((ROWS,), "int32", scope="local")
                        word = T.sblock_alloc_buffer((ROWS,), "uint32", scope="local")
                        dot = T.sblock_alloc_buffer((ROWS,), "float32", scope="local")
                        acc = T.sblock_alloc_buffer((ROWS,), "float32", scope="local")
                        value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                        plain = T.sblock_alloc_buffer((1,), "float32", scope="local")
                        square = T.sblock_alloc_buffer((1,), "float32", scope="local")
                        for r in T.unroll(ROWS):
                            # rows beyond the end repeat the last one and are not written
                            row[r] = T.Cast(
                                "int32", T.min(bx * block + ty + r * (out_rows if gated else TY), stored - 1)
                            )
                            acc[r] = T.float32(0)
                        square[0] = T.float32(0)
                        for step in T.serial((groups + TX - 1) // TX):
                            if step * TX + tx < groups:
                                plain[0] = T.float32(0)
                                for r in T.unroll(ROWS):
                                    dot[r] = T.float32(0)
                                for w in T.serial(GROUP // PACK):
                                    if packed:
                                        for r in T.unroll(ROWS):
                                            word[r] = a[row[r], (step * TX + tx) * (GROUP // PACK) + w]
                                    for i in T.unroll(PACK):
                                        value[0] = T.Cast("float32", x[0, 0, (step * TX + tx) * GROUP + w * PACK + i])
                                        if normed:
                                            square[0] += value[0] * value[0]
                                            value[0] *= norm[(step * TX + tx) * GROUP + w * PACK + i]
                                        if packed:
                                            plain[0] += value[0]
                                            for r in T.unroll(ROWS):
                                                dot[r] += value[0] * T.Cast(
                                                    "float32",
                                                    T.bitwise_and(
                                                        T.shift_right(word[r], T.Cast("uint32", i * 4)), T.uint32(15)
                                                    ),
                                                )
                                        else:
                                            for r in T.unroll(ROWS):
                                                dot[r] += value[0] * T.Cast(
                                                    "float32", a[row[r], (step * TX + tx) * GROUP + w * PACK + i]
                                                )
                                for r in T.unroll(ROWS):
                                    acc[r] += group_dot(scheme, dot[r], plain[0], b[row[r], step * TX + tx])
                        for r in T.unroll(ROWS):
                            partial[(r * TY + ty) * TX + tx] = acc[r]
                        if normed:
                            if ty == 0:
                                squares[tx] = square[0]
                        T.tvm_storage_sync("shared")
                        if ty * TX + tx < block and bx * block + ty * TX + tx < out_rows:
                            for r in T.unroll(ROWS):
                                acc[r] = T.float32(0)
                            square[0] = T.float32(0)
                            for j in T.serial(TX):
                                acc[0] += partial[(ty * TX + tx) * TX + j]
                                if gated:
                                    acc[1] += partial[(TY + ty * TX + tx) * TX + j]
                                if normed:
                                    square[0] += squares[j]
                            if normed:
                                square[0] = T.rsqrt(square[0] * T.float32(1 / columns) + T.float32(eps))
                                for r in T.unroll(ROWS):
                                    acc[r] *= square[0]
                            if gated:
                                acc[0] = acc[0] * acc[1] / (T.float32(1) + T.exp(-acc[0]))
                            if residual:
                                acc[0] += T.Cast("float32", extra[0, 0, bx * block + ty * TX + tx])
                            y[0, 0, bx * block + ty * TX + tx] = T.Cast(y_dtype, acc[0])

    return kernel
