"""The functions that web-llm calls on logits, as Relax functions around the kernels.

web-llm calls them in this order, and hands the results of one to the next without looking inside:

    apply_bitmask_inplace, apply_logit_bias_inplace, apply_penalty_inplace    (when asked for)
    softmax_with_temperature -> argsort_probs -> sample_with_top_p

The sampling kernels need no sort, so `argsort_probs` hands its input on.
"""

from collections.abc import Callable
from types import ModuleType

from tvm import relax, tirx

from .kernels import logits
from .kernels.simple import sample as simple_sample
from .kernels.simple import softmax as simple_softmax
from .kernels.tiled import sample, softmax


def add_sampling(bb: relax.BlockBuilder, simple: bool) -> None:
    """Add all six functions to the module under construction."""
    for make in (logits.apply_bitmask_inplace, logits.apply_logit_bias_inplace, logits.apply_penalty_inplace):
        # Public: called by name as it stands, without a Relax function around it.
        bb.add_func(make().with_attr("global_symbol", make.__name__), make.__name__)
    _add_softmax(bb, simple_softmax if simple else softmax)
    _add_sample(bb, simple_sample if simple else sample)


def _tensor(name: str, shape: list, dtype: str = "float32") -> relax.Var:
    return relax.Var(name, relax.TensorType(shape, dtype))


def _function(bb: relax.BlockBuilder, name: str, params: list[relax.Var], body: Callable[..., relax.Expr]) -> None:
    with bb.function(name, params):
        with bb.dataflow():
            result = bb.emit_output(body(*params))
        bb.emit_func_output(result)


def _add_softmax(bb: relax.BlockBuilder, family: ModuleType) -> None:
    batch, vocab = tirx.Var("batch", "int64"), tirx.Var("vocab_size", "int64")

    def body(logits: relax.Var, temperature: relax.Var) -> relax.Expr:
        shape = [batch, tirx.ceildiv(vocab, family.CHUNK)]
        chunks = bb.emit(
            relax.call_tir(
                bb.add_func(family.softmax_chunks(), "softmax_chunks"),
                [logits, temperature],
                out_ty=[relax.TensorType(shape, "float32")] * 2,
            )
        )
        return relax.call_tir(
            bb.add_func(family.softmax_finish(), "softmax_finish"),
            [logits, temperature, relax.TupleGetItem(chunks, 0), relax.TupleGetItem(chunks, 1)],
            out_ty=relax.TensorType([batch, 1, vocab], "float32"),
        )

    params = [_tensor("logits", [batch, 1, vocab]), _tensor("temperature", [batch])]
    _function(bb, "softmax_with_temperature", params, body)


def _add_sample(bb: relax.BlockBuilder, family: ModuleType) -> None:
    batch, rows, vocab = (tirx.Var(name, "int64") for name in ("batch", "rows", "vocab_size"))
    probs = _tensor("probs", [rows, vocab])
    _function(bb, "argsort_probs", [probs], lambda probs: relax.Tuple([probs, probs]))

    def body(probs: relax.Var, _order: relax.Var, u: relax.Var, row_of: relax.Var, top_p: relax.Var) -> relax.Expr:
        kernel = bb.add_func(family.sample_top_p(), "sample_top_p")
        return relax.call_tir(kernel, [probs, u, row_of, top_p], out_ty=relax.TensorType([batch], "int32"))

    params = [
        _tensor("probs", [rows, vocab]),
        _tensor("order", [rows, vocab]),
        _tensor("u", [batch]),
        _tensor("row_of", [batch], "int32"),
        _tensor("top_p", [rows]),
    ]
    _function(bb, "sample_with_top_p", params, body)
