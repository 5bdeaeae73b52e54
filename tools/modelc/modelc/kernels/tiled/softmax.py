"""Softmax with temperature in two dispatches. B = sequences, V = vocabulary."""

from tvm.script import tirx as T

from ..logits import FLOOR, GREEDY, MASKED
from .block_reduce import THREADS, add, block_reduce, largest_of

CHUNK = 1024  # logits per workgroup


def softmax_chunks():
    """logits f32 [B, 1, V], temperature f32 [B] -> per chunk its largest logit and the sum of
    exp((logit - largest) / temperature), both f32 [B, V/CHUNK]; greedy: how many are largest."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, chunks = T.int64(), T.int64(), T.int64()
        logits = T.match_buffer(a, (batch, 1, vocab), "float32")
        temperature = T.match_buffer(b, (batch,), "float32")
        largest = T.match_buffer(c, (batch, chunks), "float32")
        total = T.match_buffer(d, (batch, chunks), "float32")
        for bx in T.thread_binding(batch * chunks, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("chunk"):
                    row: T.let[T.int64] = bx // chunks
                    chunk: T.let[T.int64] = bx % chunks
                    scratch = T.sblock_alloc_buffer((THREADS,), "float32", scope="shared")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    value[0] = T.float32(MASKED)
                    for i in T.serial(CHUNK // THREADS):
                        if chunk * CHUNK + i * THREADS + tx < vocab:
                            value[0] = T.max(value[0], logits[row, 0, chunk * CHUNK + i * THREADS + tx])
                    scratch[tx] = value[0]
                    block_reduce(tx, scratch, largest_of)
                    top[0] = scratch[0]
                    T.tvm_storage_sync("shared")
                    value[0] = T.float32(0)
                    for i in T.serial(CHUNK // THREADS):
                        if chunk * CHUNK + i * THREADS + tx < vocab:
                            value[0] += T.Select(
                                temperature[row] <= T.float32(GREEDY),
                                T.Select(
                                    logits[row, 0, chunk * CHUNK + i * THREADS + tx] == top[0],
                                    T.float32(1),
                                    T.float32(0),
                                ),
                                T.exp(
                                    T.max(
                                        (logits[row, 0, chunk * CHUNK + i * THREADS + tx] - top[0])
                                        / T.max(temperature[row], T.float32(GREEDY)),
                                        T.float32(FLOOR),
                                    )
                                ),
                            )
                    scratch[tx] = value[0]
                    block_reduce(tx, scratch, add)
                    if tx == 0:
                        largest[row, chunk] = top[0]
                        total[row, chunk] = scratch[0]

    return kernel


def softmax_finish():
    """The chunks' results and the logits -> probabilities f32 [B, 1, V]."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle, e: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, chunks = T.int64(), T.int64(), T.int64()
        logits = T.match_buffer(a, (batch, 1, vocab), "float32")
        temperature = T.match_buffer(b, (batch,), "float32")
        largest = T.match_buffer(c, (batch, chunks), "float32")
        total = T.match_buffer(d, (batch, chunks), "float32")
        probs = T.match_buffer(e, (batch, 1, vocab), "float32")
        for bx in T.thread_binding(batch * chunks, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("chunk"):
                    row: T.let[T.int64] = bx // chunks
                    chunk: T.let[T.int64] = bx % chunks
                    scratch = T.sblock_alloc_buffer((THREADS,), "float32", scope="shared")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    heat = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    heat[0] = T.max(temperature[row], T.float32(GREEDY))
                    value[0] = T.float32(MASKED)
                    for i in T.serial(T.ceildiv(chunks, THREADS)):
                        if i * THREADS + tx < chunks:
                            value[0] = T.max(value[0], largest[row, i * THREADS + tx])
                    scratch[tx] = value[0]
                    block_reduce(tx, scratch, largest_of)
                    top[0] = scratch[0]
                    T.tvm_storage_sync("shared")
                    value[0] = T.float32(0)
                    for i in T.serial(T.ceildiv(chunks, THREADS)):
                        if i * THREADS + tx < chunks:
                            value[0] += total[row, i * THREADS + tx] * T.Select(
                                temperature[row] <= T.float32(GREEDY),
                                T.Select(largest[row, i * THREADS + tx] == top[0], T.float32(1), T.float32(0)),
                                T.exp(T.max((largest[row, i * THREADS + tx] - top[0]) / heat[0], T.float32(FLOOR))),
                            )
                    scratch[tx] = value[0]
                    block_reduce(tx, scratch, add)
                    for i in T.serial(CHUNK // THREADS):
                        if chunk * CHUNK + i * THREADS + tx < vocab:
                            probs[row, 0, chunk * CHUNK + i * THREADS + tx] = (
                                T.Select(
                                    temperature[row] <= T.float32(GREEDY),
                                    T.Select(
                                        logits[row, 0, chunk * CHUNK + i * THREADS + tx] == top[0],
                                        T.float32(1),
                                        T.float32(0),
                                    ),
                                    T.exp(
                                        T.max(
                                            (logits[row, 0, chunk * CHUNK + i * THREADS + tx] - top[0]) / heat[0],
                                            T.float32(FLOOR),
                                        )
                                    ),
                                )
                                / scratch[0]
                            )

    return kernel
