"""One weight of a stored matrix as a TVM expression, inlined into the kernel that uses it."""

from tvm import tirx

from ..quantization import GROUP, PACK, Asymmetric4, Symmetric4


def element(scheme, tensors, row, column):
    """The weight at [row, column]; `tensors` in the order of `scheme.parameters`."""
    if isinstance(scheme, Symmetric4):
        words, scales = tensors
        q = _nibble(words, row, column).astype(scheme.dtype)
        return (q - tirx.const(7, scheme.dtype)) * scales[row, column // GROUP]
    if isinstance(scheme, Asymmetric4):
        words, pairs = tensors
        scale, low = _scale_and_low(pairs[row, column // GROUP])
        return _nibble(words, row, column).astype("float32") * scale + low
    return tensors[0][row, column]


def group_dot(scheme, dot, plain, second):
    """Sum of x * w over a group, from dot = sum of x * q, plain = sum of x, and the group's entry of
    the second array (a plain weight is its own q)."""
    if isinstance(scheme, Symmetric4):
        return (dot - plain * 7.0) * second.astype("float32")
    if isinstance(scheme, Asymmetric4):
        scale, low = _scale_and_low(second)
        return dot * scale + plain * low
    return dot


def _scale_and_low(pair):
    low = tirx.bitwise_and(pair, tirx.const(0xFFFF0000, "uint32"))
    scale = tirx.shift_left(pair, tirx.const(16, "uint32"))
    return tirx.reinterpret("float32", scale), tirx.reinterpret("float32", low)


def _nibble(words, row, column):
    shift = (column % PACK * 4).astype("uint32")
    return tirx.bitwise_and(tirx.shift_right(words[row, column // PACK], shift), tirx.const(15, "uint32"))
