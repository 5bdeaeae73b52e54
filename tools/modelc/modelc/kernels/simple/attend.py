"""The running softmax of attention, one block of positions at a time."""

import math

from tvm.script import tirx as T

BLOCK = 4  # positions in a step; divides PAGE
PAGE = 16  # positions in a page of the KV cache
NOTHING = -5e4  # largest score of an empty sequence, as in TVM's kernels


def in_page(pages, which, page, slot, head, d):
    return pages[page, which, head, slot, d].astype("float32")


def in_rows(tensor, _which, _page, slot, head, d):
    return tensor[slot, head, d].astype("float32")


@T.macro
def attend(
    group,
    q,
    row,
    head,
    kv_head,
    depth,
    count,
    sm_scale,
    load,
    keys,
    values,
    page,
    slot,
    score,
    peak,
    total,
    part,
    item,
    acc,
):
    """Take up to BLOCK positions, `count` of them real, into the running softmax of `group` heads.

    Position j is load(keys or values, 0 or 1, page[0], slot[j], kv head, d). Of each head, peak is
    the largest score so far (in units of log 2), total the sum of exp2(score - peak), acc [D] the
    same sum of the values; score [BLOCK], part and item are scratch.
    """
    for j in T.unroll(group * BLOCK):
        score[j] = T.float32(0)
    for d in T.serial(depth):
        for h in T.unroll(group):
            part[h] = T.Cast("float32", q[row, head + h, d])
        for j in T.unroll(BLOCK):
            item[0] = load(keys, 0, page[0], slot[j], kv_head, d)
            for h in T.unroll(group):
                score[h * BLOCK + j] += part[h] * item[0]
    for h in T.unroll(group):
        part[h] = peak[h]
        for j in T.unroll(BLOCK):
            score[h * BLOCK + j] = T.Select(
                j < count, score[h * BLOCK + j] * (sm_scale * T.float32(math.log2(math.e))), T.float32(2 * NOTHING)
            )
            peak[h] = T.max(peak[h], score[h * BLOCK + j])
        part[h] = T.exp2(part[h] - peak[h])
        total[h] *= part[h]
        for j in T.unroll(BLOCK):
            score[h * BLOCK + j] = T.exp2(score[h * BLOCK + j] - peak[h])
            total[h] += score[h * BLOCK + j]
    for d in T.serial(depth):
        for h in T.unroll(group):
            item[1 + h] = acc[h * depth + d] * part[h]
        for j in T.unroll(BLOCK):
            item[0] = load(values, 1, page[0], slot[j], kv_head, d)
            for h in T.unroll(group):
                item[1 + h] += score[h * BLOCK + j] * item[0]
        for h in T.unroll(group):
            acc[h * depth + d] = item[1 + h]


@T.macro
def begin(group, depth, peak, total, acc):
    """Empty running softmaxes."""
    for h in T.unroll(group):
        peak[h] = T.float32(NOTHING)
        total[h] = T.float32(1)
    for d in T.serial(group * depth):
        acc[d] = T.float32(0)


@T.macro
def finish(group, depth, dtype, row, head, peak, total, acc, out, lse):
    """Write the heads' results and the log2 of their softmax sums."""
    for h in T.unroll(group):
        for d in T.serial(depth):
            out[row, head + h, d] = T.Cast(dtype, acc[h * depth + d] / total[h])
        lse[row, head + h] = peak[h] + T.log2(total[h])
