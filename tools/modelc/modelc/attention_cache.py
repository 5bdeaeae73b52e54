"""modelc's own kernels in the place of those that TVM gives its KV cache, and the removal of unused ones."""

from collections.abc import Iterable

import tvm
from tvm import relax
from tvm.relax.expr_functor import PyExprMutator, mutator

from .kernels.rope import split_rotary
from .kernels.simple import attention_decode, attention_prefill, attention_ragged
from .kernels.simple.merge_state import merge_state as simple_merge_state
from .kernels.tiled.merge_state import merge_state
from .limits import Windows
from .model_config import ModelConfig
from .target import is_gpu, is_simple

CREATE = "create_tir_paged_kv_cache"
# Positions of attention kernels among the arguments of vm.builtin.paged_attention_kv_cache_create. The runtime
# takes an empty tuple as "never called"; web-llm never branches a sequence into a tree.
PREFILL, DECODE, SLIDING_PREFILL, SLIDING_DECODE, TREE_CACHED, TREE = 16, 17, 18, 19, 20, 21
MLA = 14


def replace_kernels(
    mod: tvm.IRModule, config: ModelConfig, dtype: str, target: tvm.target.Target, windows: Windows
) -> None:
    """The rotation everywhere; on GPUs also the joining of partial results (TVM's has a data race), and for the
    simple family attention itself."""
    queries, keys, depth = config.num_attention_heads, config.num_key_value_heads, config.head_dim
    on_gpu = is_gpu(target)
    own = {
        "fused_rope": split_rotary(config.rope, queries, keys, depth, dtype, windows.context, on_gpu),
    }
    if on_gpu:
        own["tir_attention_merge_state"] = merge_state(dtype)
    if is_simple(target):
        own |= {
            "tir_attention_merge_state": simple_merge_state(dtype),
            "batch_prefill_ragged_kv": attention_ragged.attention_ragged(keys, queries, depth, dtype),
            "batch_prefill_paged_kv": attention_prefill.attention_prefill(keys, queries, depth, dtype),
            "batch_decode_paged_kv": attention_decode.attention_decode(keys, queries, depth, dtype),
        }
    for name, kernel in own.items():
        mod[mod.get_global_var(name)] = kernel.with_attr("global_symbol", name)


def drop_unused(mod: tvm.IRModule, windows: Windows) -> tvm.IRModule:
    """Without the kernels of trees, and of sliding windows or their absence."""
    plain_or_sliding = (PREFILL, DECODE) if windows.sliding else (SLIDING_PREFILL, SLIDING_DECODE)
    return _drop(mod, (MLA, TREE, TREE_CACHED, *plain_or_sliding))


def _drop(mod: tvm.IRModule, positions: Iterable[int]) -> tvm.IRModule:
    unused: list[str] = []

    @mutator
    class Drop(PyExprMutator):
        def visit_call_(self, call: relax.Call) -> relax.Expr:
            callee, *rest = call.args or [None]  # of call_pure_packed
            name = callee.global_symbol if isinstance(callee, relax.ExternFunc) else ""
            if not name.endswith("paged_attention_kv_cache_create"):
                return super().visit_call_(call)
            for position in positions:
                named = rest[position] if isinstance(rest[position], relax.Tuple) else [rest[position]]
                unused.extend(f.name_hint for f in named if isinstance(f, tvm.ir.GlobalVar))
                rest[position] = relax.Tuple([])
            return relax.Call(call.op, [callee, *rest], call.attrs, call.ty_args, call.span)

    mod[CREATE] = Drop(mod).visit_expr(mod[CREATE])
    # Kernels with a public name outlive DeadCodeElimination.
    kept = {var: function for var, function in mod.functions_items() if var.name_hint not in unused}
    return tvm.IRModule(kept)
