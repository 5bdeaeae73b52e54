"""A stored matrix, and tokens times it: the choice between the kernel families is made here."""

from typing import Any

import tvm
from tvm import te, tirx
from tvm.relax.frontend import nn

from .kernels.dequantize import element
from .kernels.simple import matmul as simple
from .kernels.tiled.matvec import matvec
from .quantization import Quantization
from .target import is_fused, is_gpu, is_simple


class Matrix(nn.Module):
    """[rows, columns]; `parts` are its arrays, as the scheme names them. Rows may be "vocab_size"."""

    def __init__(self, rows: int | str, columns: int, quantization: Quantization, *, bias: bool = False) -> None:
        super().__init__()
        self.quantization = quantization
        self.rows, self.columns = rows, columns
        self.suffixes: list[str] = []
        for suffix, (shape, dtype) in quantization.parameters(rows, columns).items():
            setattr(self, suffix, nn.Parameter(shape, dtype))
            self.suffixes.append(suffix)
        self.bias = nn.Parameter((rows,), quantization.dtype) if bias else None

    @property
    def parts(self) -> list[nn.Tensor]:
        return [getattr(self, suffix) for suffix in self.suffixes]


def project(
    x: nn.Tensor,
    matrix: Matrix,
    name: str,
    *,
    norm: nn.Module,
    normed: bool = True,
    residual: nn.Tensor | None = None,
    gated: bool = False,
    out_dtype: str | None = None,
) -> nn.Tensor:
    """x [1, n, K], or if `normed` norm(x), times matrix [N, K] transposed; then, if `gated`, silu(first half) *
    second half; then + residual [1, n, N] or the matrix's bias [N].

    For one token on a GPU this is one kernel, else up to three; of the simple kernels always one. For a target that
    is not fused each step is TVM's own, which joins some of them to the product of several tokens.
    """
    out_dtype = out_dtype or x.dtype
    if matrix.bias is not None:
        residual = nn.op.reshape(matrix.bias, (1, 1, matrix.rows))
    if is_fused(tvm.target.Target.current()):
        return _project(x, matrix, name, norm, normed, residual, gated, out_dtype)
    y = _project(norm(x) if normed else x, matrix, name, norm, False, None, False, out_dtype)
    y = _silu_mul(y, int(matrix.rows) // 2) if gated else y
    return y if residual is None else nn.op.add(y, residual)


def _project(
    x: nn.Tensor,
    matrix: Matrix,
    name: str,
    norm: nn.Module,
    normed: bool,
    residual: nn.Tensor | None,
    gated: bool,
    out_dtype: str,
) -> nn.Tensor:
    target = tvm.target.Target.current()
    if is_simple(target):
        return project_simple(x, matrix, norm, normed, residual, gated, out_dtype)
    if not is_gpu(target) or x.shape[1] != 1:
        y = _linear(norm(x) if normed else x, matrix, name, residual, out_dtype)
        return _silu_mul(y, int(matrix.rows) // 2) if gated else y
    rows = matrix.parts[0].shape[0]
    kernel = matvec(
        matrix.quantization,
        None if isinstance(matrix.rows, str) else matrix.rows,
        matrix.columns,
        x.dtype,
        out_dtype,
        norm.eps if normed else None,
        residual is not None,
        gated,
    )
    out = nn.Tensor.placeholder((1, 1, rows // 2 if gated else rows), out_dtype, name)
    # What a variant does not use it does not read; the kernel still has the argument.
    arguments = [
        x,
        matrix.parts[0],
        matrix.parts[-1],
        norm.weight if normed else x,
        x if residual is None else residual,
    ]
    return nn.op.tensor_ir_op(kernel, name + "_one", arguments, out)


def project_simple(
    x: nn.Tensor,
    matrix: Matrix,
    norm: nn.Module,
    normed: bool,
    residual: nn.Tensor | None,
    gated: bool,
    out_dtype: str,
    last_only: bool = False,
) -> nn.Tensor:
    """`project`, of the last token only or of all."""
    rows = matrix.parts[0].shape[0]
    one = last_only or x.shape[1] == 1
    tokens = 1 if one else simple.TOKENS
    kernel = simple.matmul(matrix.quantization, x.dtype, out_dtype, norm.eps, tokens)
    out = nn.Tensor.placeholder((1, 1 if one else x.shape[1], rows // 2 if gated else rows), out_dtype)
    # What is not used is not read; the kernel still has the argument.
    arguments = [x, norm.weight, matrix.parts[0], matrix.parts[-1], x if residual is None else residual]
    flags = [tirx.IntImm("int64", flag) for flag in (normed, residual is not None, gated)]
    return nn.op.tensor_ir_op(kernel, f"matmul_{tokens}", [*arguments, *flags], out)


def _linear(x: nn.Tensor, matrix: Matrix, name: str, residual: nn.Tensor | None, out_dtype: str) -> nn.Tensor:
    """One kernel: the weight is dequantised where it is read, sums are in f32."""
    count = len(matrix.parts)

    def product(x: te.Tensor, *rest: te.Tensor) -> te.Tensor:
        parts, residual = rest[:count], rest[count:]
        rows = parts[0].shape[0]
        weight = te.compute(
            (rows, matrix.columns), lambda i, j: element(matrix.quantization, parts, i, j), name="dequantize"
        )
        k = te.reduce_axis((0, matrix.columns), name="k")
        y = te.compute(
            (x.shape[0], x.shape[1], rows),
            lambda b, s, o: te.sum(x[b, s, k].astype("float32") * weight[o, k].astype("float32"), axis=k),
            name="matmul",
        )
        if residual:
            per_token = matrix.bias is None  # a bias is the same for all
            return te.compute(
                y.shape,
                lambda b, s, o: (y[b, s, o] + residual[0][b, s if per_token else 0, o].astype("float32")).astype(
                    out_dtype
                ),
                name="add",
            )
        if out_dtype != "float32":
            return te.compute(y.shape, lambda *i: y(*i).astype(out_dtype), name="cast")
        return y

    extra = [] if residual is None else [residual]
    return nn.op.tensor_expr_op(product, name, [x, *matrix.parts, *extra])


def _silu_mul(x: nn.Tensor, size: int) -> nn.Tensor:
    """x [1, n, 2*size] = gate | up -> silu(gate) * up, [1, n, size]."""

    def gated(x: te.Tensor) -> te.Tensor:
        def value(b: Any, s: Any, j: Any) -> Any:
            gate = x[b, s, j].astype("float32")
            return (gate * te.sigmoid(gate) * x[b, s, j + size].astype("float32")).astype(x.dtype)

        return te.compute((x.shape[0], x.shape[1], size), value, name="gated")

    return nn.op.tensor_expr_op(gated, "silu_mul", [x])
