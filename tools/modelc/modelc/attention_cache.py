"""modelc's own kernels in the place of those that TVM gives its KV cache, and the removal of unused ones."""

from collections.abc import Callable

import tvm
from tvm import relax, tirx
from tvm.relax.expr_functor import PyExprMutator, mutator

from .kernels.rope import split_rotary
from .kernels.simple.attend import attend, combine
from .kernels.simple.rope_append import rope_append
from .kernels.tiled.merge_state import merge_state
from .kernels.tiled.rope_append import rope_append as tiled_rope_append
from .limits import Windows
from .model_config import ModelConfig
from .target import is_fused, is_gpu, is_simple

CREATE = "create_tir_paged_kv_cache"
CREATE_IN_RUNTIME = "vm.builtin.paged_attention_kv_cache_create"
CREATE_FUSED = "modelc.kv_cache_create"  # runtime/fused_attention.cc
CREATE_FUSED_DECODE = "modelc.kv_cache_create_fused_decode"  # runtime/fused_decode.cc
# Positions of functions among the arguments of CREATE_IN_RUNTIME; those before are numbers. For attention, it
# takes an empty tuple as "never called"; web-llm never branches a sequence into a tree.
FIRST = 13
MLA, PREFILL, DECODE, SLIDING_PREFILL, SLIDING_DECODE, TREE_CACHED, TREE = 14, 16, 17, 18, 19, 20, 21

Arguments = list[relax.Expr]


def replace_kernels(
    mod: tvm.IRModule, config: ModelConfig, dtype: str, target: tvm.target.Target, windows: Windows
) -> tvm.IRModule:
    """The rotation everywhere; on GPUs also the joining of partial results (TVM's has a data race), and without a
    sliding window one kernel that turns and appends a token. The simple family has three of its own for all."""
    queries, keys, depth = config.num_attention_heads, config.num_key_value_heads, config.head_dim
    if is_simple(target):
        fused = {
            "rope_append": rope_append(config.rope, queries, keys, depth, dtype, windows.context),
            "attend": attend(keys, queries, depth, dtype),
            "combine": combine(queries, depth, dtype),
        }
        return _with_own(mod, fused, CREATE_FUSED, FIRST)
    mod = _drop_unused(mod, windows)
    on_gpu = is_gpu(target)
    mod[mod.get_global_var("fused_rope")] = split_rotary(
        config.rope, queries, keys, depth, dtype, windows.context, on_gpu
    ).with_attr("global_symbol", "fused_rope")
    if on_gpu:
        name = "tir_attention_merge_state"
        mod[mod.get_global_var(name)] = merge_state(dtype).with_attr("global_symbol", name)
    if on_gpu and is_fused(target) and not windows.sliding:  # with a window, a token too is appended after attention
        turn = tiled_rope_append(config.rope, queries, keys, depth, dtype, windows.context)
        mod = _with_own(mod, {"rope_append": turn}, CREATE_FUSED_DECODE)
    return mod


def _with_own(
    mod: tvm.IRModule, kernels: dict[str, tirx.PrimFunc], creator: str, kept: int | None = None
) -> tvm.IRModule:
    """The cache made by `creator` from the first `kept` of its arguments, or all, and then these kernels."""
    bb = relax.BlockBuilder(mod)
    own = [bb.add_func(kernel.with_attr("global_symbol", name), name) for name, kernel in kernels.items()]
    return _change(bb.get(), creator, lambda arguments: arguments[:kept] + own)


def _drop_unused(mod: tvm.IRModule, windows: Windows) -> tvm.IRModule:
    """Without the kernels of trees, and of sliding windows or their absence."""
    plain_or_sliding = (PREFILL, DECODE) if windows.sliding else (SLIDING_PREFILL, SLIDING_DECODE)
    unused = (MLA, TREE, TREE_CACHED, *plain_or_sliding)
    return _change(
        mod,
        CREATE_IN_RUNTIME,
        lambda arguments: [relax.Tuple([]) if i in unused else a for i, a in enumerate(arguments)],
    )


def _change(mod: tvm.IRModule, creator: str, change: Callable[[Arguments], Arguments]) -> tvm.IRModule:
    """The cache made by `creator` from other arguments, and the module without the kernels that they lack."""
    before: set[str] = set()
    after: set[str] = set()

    @mutator
    class Change(PyExprMutator):
        def visit_call_(self, call: relax.Call) -> relax.Expr:
            callee, *arguments = call.args or [None]  # of call_pure_packed
            if not isinstance(callee, relax.ExternFunc) or callee.global_symbol != CREATE_IN_RUNTIME:
                return super().visit_call_(call)
            before.update(_kernels(arguments))
            arguments = change(arguments)
            after.update(_kernels(arguments))
            return relax.Call(call.op, [relax.ExternFunc(creator), *arguments], call.attrs, call.ty_args, call.span)

    mod[CREATE] = Change(mod).visit_expr(mod[CREATE])
    # Kernels with a public name outlive DeadCodeElimination.
    unused = before - after
    kept = {var: function for var, function in mod.functions_items() if var.name_hint not in unused}
    return tvm.IRModule(kept)


def _kernels(arguments: Arguments) -> set[str]:
    parts = [part for a in arguments for part in (a if isinstance(a, relax.Tuple) else [a])]
    return {part.name_hint for part in parts if isinstance(part, tvm.ir.GlobalVar)}
