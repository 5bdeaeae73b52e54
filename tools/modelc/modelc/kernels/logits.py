"""What web-llm does to the logits before softmax, when asked for. B = sequences (web-llm: 1), V = vocabulary."""

from tvm.script import tirx as T

THREADS = 256
GREEDY = 1e-5  # temperatures up to here mean: all weight on the largest logit
MASKED = -3.0e38  # a forbidden token's logit
FLOOR = -100.0  # exp() of less is 0; keeps infinities out of WGSL


def apply_bitmask_inplace():
    """logits f32 [B, V], rows i32 [n], mask i32 [B, V/32]: forbid tokens whose bit is 0."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, n = T.int32(), T.int32(), T.int32()
        logits = T.match_buffer(a, (batch, vocab), "float32")
        rows = T.match_buffer(b, (n,), "int32")
        mask = T.match_buffer(c, (batch, (vocab + 31) // 32), "int32")
        for bx in T.thread_binding((n * vocab + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("mask"):
                    i = T.axis.spatial(n, (bx * THREADS + tx) // vocab)
                    v = T.axis.spatial(vocab, (bx * THREADS + tx) % vocab)
                    T.where(bx * THREADS + tx < n * vocab)
                    logits[rows[i], v] = T.if_then_else(
                        T.bitwise_and(T.shift_right(mask[rows[i], v // 32], v % 32), 1) == 1,
                        logits[rows[i], v],
                        T.float32(MASKED),
                    )

    return kernel


def apply_logit_bias_inplace():
    """logits f32 [B, V]; for each of n entries: logits[row, token] += bias."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, n = T.int32(), T.int32(), T.int32()
        logits = T.match_buffer(a, (batch, vocab), "float32")
        rows = T.match_buffer(b, (n,), "int32")
        tokens = T.match_buffer(c, (n,), "int32")
        bias = T.match_buffer(d, (n,), "float32")
        for bx in T.thread_binding((n + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("bias"):
                    i = T.axis.spatial(n, bx * THREADS + tx)
                    T.where(bx * THREADS + tx < n)
                    logits[rows[i], tokens[i]] += bias[i]

    return kernel


def apply_penalty_inplace():
    """logits f32 [B, V], rows i32 [S]; for each of n entries (sequence s, token, count):
    subtract presence + count * frequency, then move towards less likely by `repetition`.
    penalties f32 [S, 3] = presence, frequency, repetition."""

    @T.prim_func(private=True, s_tir=True)
    def kernel(a: T.handle, b: T.handle, c: T.handle, d: T.handle, e: T.handle, f: T.handle):
        T.func_attr({"tirx.is_scheduled": True, "tirx.noalias": True})
        batch, vocab, seqs, n = T.int32(), T.int32(), T.int32(), T.int32()
        logits = T.match_buffer(a, (batch, vocab), "float32")
        rows = T.match_buffer(b, (seqs,), "int32")
        seq_of = T.match_buffer(c, (n,), "int32")
        tokens = T.match_buffer(d, (n,), "int32")
        counts = T.match_buffer(e, (n,), "int32")
        penalties = T.match_buffer(f, (seqs, 3), "float32")
        for bx in T.thread_binding((n + THREADS - 1) // THREADS, thread="blockIdx.x"):
            for tx in T.thread_binding(THREADS, thread="threadIdx.x"):
                with T.sblock("penalty"):
                    i = T.axis.spatial(n, bx * THREADS + tx)
                    T.where(bx * THREADS + tx < n)
                    logits[rows[seq_of[i]], tokens[i]] -= (
                        penalties[seq_of[i], 0] + T.Cast("float32", counts[i]) * penalties[seq_of[i], 1]
                    )
                    logits[rows[seq_of[i]], tokens[i]] = T.if_then_else(
                        logits[rows[seq_of[i]], tokens[i]] > 0,
                        logits[rows[seq_of[i]], tokens[i]] / penalties[seq_of[i], 2],
                        logits[rows[seq_of[i]], tokens[i]] * penalties[seq_of[i], 2],
                    )

    return kernel
