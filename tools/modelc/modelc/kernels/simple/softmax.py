"""Softmax with temperature in two dispatches; the same functions as tiled/softmax.py.

B = sequences, V = vocabulary.
"""

from tvm.script import tirx as T

from ..logits import FLOOR, GREEDY, MASKED
from . import when

THREADS = 16
CHUNK = 64  # logits per thread


def weight(logit, top, temperature):
    """exp((logit - top) / temperature); greedy: 1 for the largest, 0 for the others."""
    return when(temperature <= T.float32(GREEDY), T.Cast("float32", logit == top)) + when(
        temperature > T.float32(GREEDY),
        T.exp(T.max((logit - top) / T.max(temperature, T.float32(GREEDY)), T.float32(FLOOR))),
    )


def softmax_chunks():
    """logits f32 [B, 1, V], temperature f32 [B] -> per chunk its largest logit and its sum of
    `weight`s, both f32 [B, V/CHUNK]."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, chunks = T.int64(), T.int64(), T.int64()
        logits = T.match_buffer(a, (batch, 1, vocab), "float32")
        temperature = T.match_buffer(b, (batch,), "float32")
        largest = T.match_buffer(c, (batch, chunks), "float32")
        total = T.match_buffer(d, (batch, chunks), "float32")
        for bx in T.thread_binding((batch * chunks + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("chunk"):
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx * THREADS + tx < batch * chunks:
                        row: T.let[T.int64] = (bx * THREADS + tx) // chunks
                        chunk: T.let[T.int64] = (bx * THREADS + tx) % chunks
                        top[0] = T.float32(MASKED)
                        for i in T.serial(CHUNK):
                            if chunk * CHUNK + i < vocab:
                                top[0] = T.max(top[0], logits[row, 0, chunk * CHUNK + i])
                        value[0] = T.float32(0)
                        for i in T.serial(CHUNK):
                            if chunk * CHUNK + i < vocab:
                                value[0] += weight(logits[row, 0, chunk * CHUNK + i], top[0], temperature[row])
                        largest[row, chunk] = top[0]
                        total[row, chunk] = value[0]

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
        for bx in T.thread_binding((batch * chunks + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("chunk"):
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    value = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    if bx * THREADS + tx < batch * chunks:
                        row: T.let[T.int64] = (bx * THREADS + tx) // chunks
                        chunk: T.let[T.int64] = (bx * THREADS + tx) % chunks
                        top[0] = T.float32(MASKED)
                        for i in T.serial(chunks):
                            top[0] = T.max(top[0], largest[row, i])
                        value[0] = T.float32(0)
                        for i in T.serial(chunks):
                            value[0] += total[row, i] * weight(largest[row, i], top[0], temperature[row])
                        for i in T.serial(CHUNK):
                            if chunk * CHUNK + i < vocab:
                                probs[row, 0, chunk * CHUNK + i] = (
                                    weight(logits[row, 0, chunk * CHUNK + i], top[0], temperature[row]) / value[0]
                                )

    return kernel
