"""The network as TVM modules. n = tokens of this call, H = hidden size, V = vocabulary.

Parameter names are those of MLC: Hugging Face's, with query, key and value in one matrix, and gate and up in one.
"""

from typing import Any

import tvm
from tvm import relax, te, tirx
from tvm.relax.frontend import nn
from tvm.relax.frontend.nn import spec
from tvm.relax.frontend.nn.llm.kv_cache import PagedKVCache, RopeMode, TIRPagedKVCache

from .kernels.dequantize import element
from .model_config import ModelConfig
from .project import Matrix, project, project_simple
from .quantization import Quantization
from .target import is_fused, is_simple


class Embedding(Matrix):
    def forward(self, ids: nn.Tensor) -> nn.Tensor:
        """ids i32 [n] -> [n, H], read and dequantised in one kernel."""

        def lookup(ids: te.Tensor, *parts: te.Tensor) -> te.Tensor:
            return te.compute(
                (ids.shape[0], self.columns),
                lambda i, j: element(self.quantization, parts, ids[i], j),
                name="embed",
            )

        return nn.op.tensor_expr_op(lookup, "embed", [ids, *self.parts])


class RMSNorm(nn.Module):
    """Over the last axis of [1, n, size]."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.size, self.eps = size, eps
        self.weight = nn.Parameter((size,), "float32")

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return nn.op.tensor_expr_op(self._normed, "rms_norm", [x, self.weight])

    def _normed(self, x: te.Tensor, weight: te.Tensor) -> te.Tensor:
        square = _square_sum(x, self.size)
        return te.compute(
            x.shape,
            lambda *i: _scaled(x(*i), square(*i[:-1]), weight[i[-1]], self.size, self.eps, x.dtype),
            name="rms_norm",
        )


def _square_sum(x: te.Tensor, size: int) -> te.Tensor:
    k = te.reduce_axis((0, size), name="k")
    return te.compute(
        x.shape[:-1],
        lambda *i: te.sum(x(*i, k).astype("float32") * x(*i, k).astype("float32"), axis=k),
        name="square_sum",
    )


def _scaled(x: Any, square: Any, weight: Any, size: int, eps: float, dtype: str) -> Any:
    mean = square * tirx.const(1 / size, "float32")
    scale = tirx.rsqrt(mean + tirx.const(eps, "float32"))
    return (x.astype("float32") * weight * scale).astype(dtype)


class Attention(nn.Module):
    def __init__(self, c: ModelConfig, q: Quantization) -> None:
        super().__init__()
        self.config = c
        self.heads = c.num_attention_heads + 2 * c.num_key_value_heads
        self.qkv_proj = Matrix(self.heads * c.head_dim, c.hidden_size, q, bias=c.qkv_bias)  # rows q | k | v
        self.o_proj = Matrix(c.hidden_size, c.q_size, q)
        if c.qk_norm:
            self.q_norm = RMSNorm(c.head_dim, c.rms_norm_eps)
            self.k_norm = RMSNorm(c.head_dim, c.rms_norm_eps)

    def forward(self, x: nn.Tensor, norm: RMSNorm, cache: PagedKVCache, layer: int) -> nn.Tensor:
        """x [1, n, H] -> x + attention(norm(x)), [1, n, H]."""
        c = self.config
        qkv = project(x, self.qkv_proj, "qkv_proj", norm=norm)
        qkv = nn.op.reshape(qkv, (1, x.shape[1], self.heads, c.head_dim))
        if c.qk_norm:
            qkv = nn.op.tensor_expr_op(self._normed_heads, "qk_norm", [qkv, self.q_norm.weight, self.k_norm.weight])
        out = cache.attention_with_fused_qkv(layer, qkv, c.num_attention_heads, sm_scale=c.head_dim**-0.5)
        out = nn.op.reshape(out, (1, x.shape[1], c.q_size))
        return project(out, self.o_proj, "o_proj", norm=norm, normed=False, residual=x)

    def _normed_heads(self, x: te.Tensor, q_norm: te.Tensor, k_norm: te.Tensor) -> te.Tensor:
        """Qwen3: every query and key head is normed by itself; values are not."""
        c = self.config
        square = _square_sum(x, c.head_dim)
        queries, keys = c.num_attention_heads, c.num_attention_heads + c.num_key_value_heads

        def value(b: Any, s: Any, h: Any, d: Any) -> Any:
            weight = tirx.Select(h < queries, q_norm[d], k_norm[d])
            normed = _scaled(x[b, s, h, d], square[b, s, h], weight, c.head_dim, c.rms_norm_eps, x.dtype)
            return tirx.Select(h < keys, normed, x[b, s, h, d])

        return te.compute(x.shape, value, name="qk_norm")


class MLP(nn.Module):
    def __init__(self, c: ModelConfig, q: Quantization) -> None:
        super().__init__()
        self.gate_up_proj = Matrix(2 * c.intermediate_size, c.hidden_size, q)  # rows gate | up
        self.down_proj = Matrix(c.hidden_size, c.intermediate_size, q)

    def forward(self, x: nn.Tensor, norm: RMSNorm) -> nn.Tensor:
        """x [1, n, H] -> x + mlp(norm(x)), [1, n, H]."""
        inner = project(x, self.gate_up_proj, "gate_up_proj", norm=norm, gated=True)
        return project(inner, self.down_proj, "down_proj", norm=norm, normed=False, residual=x)


class Layer(nn.Module):
    def __init__(self, c: ModelConfig, q: Quantization) -> None:
        super().__init__()
        self.self_attn = Attention(c, q)
        self.mlp = MLP(c, q)
        self.input_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)

    def forward(self, x: nn.Tensor, cache: PagedKVCache, layer: int) -> nn.Tensor:
        x = self.self_attn(x, self.input_layernorm, cache, layer)
        return self.mlp(x, self.post_attention_layernorm)


class Body(nn.Module):
    def __init__(self, c: ModelConfig, q: Quantization) -> None:
        super().__init__()
        self.embed_tokens = Embedding("vocab_size", c.hidden_size, q)
        self.layers = nn.ModuleList([Layer(c, q) for _ in range(c.num_hidden_layers)])
        self.norm = RMSNorm(c.hidden_size, c.rms_norm_eps)


class Network(nn.Module):
    """The functions that web-llm calls."""

    def __init__(
        self,
        config: ModelConfig,
        quantization: Quantization,
        target: Any = None,
        sliding_window: int | None = None,
    ) -> None:
        super().__init__()
        self.sliding_window = sliding_window
        self.config = config
        self.dtype = quantization.dtype
        self.target = target
        self.model = Body(config, quantization)
        if not config.tie_word_embeddings:
            self.lm_head = Matrix("vocab_size", config.hidden_size, quantization)

    def embed(self, ids: nn.Tensor) -> nn.Tensor:
        """ids i32 [n] -> [n, H]."""
        return self.model.embed_tokens(ids)

    def _forward(self, x: nn.Tensor, cache: PagedKVCache, last_only: bool) -> tuple[nn.Tensor, PagedKVCache]:
        for index, layer in enumerate(self.model.layers):
            x = layer(x, cache, index)
        head = self.model.embed_tokens if self.config.tie_word_embeddings else self.lm_head
        target = tvm.target.Target.current()
        if is_simple(target):
            fused = is_fused(target)
            x = x if fused else self.model.norm(_last_token(x))
            return project_simple(x, head, self.model.norm, fused, None, False, "float32", last_only=True), cache
        if last_only:
            x = _last_token(x)
        return project(x, head, "lm_head", norm=self.model.norm, out_dtype="float32"), cache

    def prefill(self, x: nn.Tensor, cache: PagedKVCache) -> tuple[nn.Tensor, PagedKVCache]:
        """x [1, n, H] -> (logits of the last token f32 [1, 1, V], cache)."""
        return self._forward(x, cache, last_only=True)

    def decode(self, x: nn.Tensor, cache: PagedKVCache) -> tuple[nn.Tensor, PagedKVCache]:
        """x [1, 1, H] -> (logits f32 [1, 1, V], cache)."""
        return self._forward(x, cache, last_only=False)

    def create_tir_paged_kv_cache(
        self,
        max_batch_size: tirx.Var,
        max_total_seq_len: tirx.Var,
        prefill_chunk_size: tirx.Var,
        page_size: tirx.Var,
        support_sliding_window: tirx.Var,
    ) -> PagedKVCache:
        """Five shapes of one number each -> the KV cache object."""
        c = self.config
        kinds = ["mha"] * c.num_hidden_layers
        if self.sliding_window:
            # The last kind is of a layer that does not exist: without any "mha" the runtime leaves out its buffers
            # for queries, keys and values, and stops with "data_ != nullptr" (TVM 0.27).
            kinds = ["mha_sliding"] * c.num_hidden_layers + ["mha"]
        return TIRPagedKVCache(
            attn_kind=kinds,
            layer_sliding_window_size=self.sliding_window or 1024,  # the default, unused
            max_batch_size=max_batch_size,
            max_total_seq_len=max_total_seq_len,
            prefill_chunk_size=prefill_chunk_size,
            page_size=page_size,
            support_sliding_window=support_sliding_window,
            layer_partition=relax.ShapeExpr([0, c.num_hidden_layers]),
            num_hidden_layers=c.num_hidden_layers,
            num_attention_heads=c.num_attention_heads,
            num_key_value_heads=c.num_key_value_heads,
            qk_head_dim=c.head_dim,
            v_head_dim=c.head_dim,
            mla_original_qk_head_dim=0,
            mla_original_v_head_dim=0,
            rope_mode=RopeMode.NORMAL,  # modelc's own kernel turns the heads, see kernels/rope.py
            rope_scale=1,
            rope_theta=c.rope.theta,
            rope_scaling={},
            rope_ext_factors=relax.prim_value(0),
            rotary_dim=c.head_dim,
            enable_disaggregation=False,
            dtype=self.dtype,
            target=self.target,
        )

    def spec(self) -> spec.ModuleSpec:
        packed = {"param_mode": "packed", "effect_mode": "none"}
        bare = {"param_mode": "none", "effect_mode": "none"}
        hidden = self.config.hidden_size
        cache = spec.Object(object_type=PagedKVCache)
        sizes = (
            "max_batch_size",
            "max_total_seq_len",
            "prefill_chunk_size",
            "page_size",
            "support_sliding_window",
        )
        functions = {
            "embed": {"ids": spec.Tensor(["seq_len"], "int32"), "$": packed},
            "prefill": {"x": spec.Tensor([1, "seq_len", hidden], self.dtype), "cache": cache, "$": packed},
            "decode": {"x": spec.Tensor([1, 1, hidden], self.dtype), "cache": cache, "$": packed},
            "create_tir_paged_kv_cache": {**dict.fromkeys(sizes, int), "$": bare},
        }
        return spec.ModuleSpec.from_raw(functions, self)


def _last_token(x: nn.Tensor) -> nn.Tensor:
    """[1, n, H] -> [1, 1, H]."""

    def last(x: te.Tensor) -> te.Tensor:
        return te.compute((1, 1, x.shape[2]), lambda b, _, j: x[b, x.shape[1] - 1, j], name="last")

    return nn.op.tensor_expr_op(last, "last_token", [x])
