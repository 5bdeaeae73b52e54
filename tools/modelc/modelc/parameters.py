"""The parameters of a library: names, shapes, order. Without TVM, so that weights are converted without it;
a test compares them with those of the network."""

from dataclasses import dataclass

from .model_config import ModelConfig
from .quantization import Quantization, Shape


@dataclass(frozen=True)
class Parameter:
    """One array of the weights: `name` as in tensor-cache.json, `source` as in the network."""

    name: str
    source: str
    shape: Shape
    dtype: str


def parameter_list(c: ModelConfig, quantization: Quantization) -> list[Parameter]:
    """In the order of the library's packed argument."""
    found: list[tuple[str, Shape, str]] = []

    def matrix(name: str, rows: int | str, columns: int) -> None:
        found.extend(
            (f"{name}.{suffix}", shape, dtype)
            for suffix, (shape, dtype) in quantization.parameters(rows, columns).items()
        )

    def vector(name: str, size: int, dtype: str = "float32") -> None:
        found.append((name, (size,), dtype))

    matrix("model.embed_tokens", "vocab_size", c.hidden_size)
    for i in range(c.num_hidden_layers):
        layer = f"model.layers.{i}"
        matrix(f"{layer}.self_attn.qkv_proj", c.q_size + 2 * c.kv_size, c.hidden_size)
        if c.qkv_bias:
            vector(f"{layer}.self_attn.qkv_proj.bias", c.q_size + 2 * c.kv_size, quantization.dtype)
        matrix(f"{layer}.self_attn.o_proj", c.hidden_size, c.q_size)
        if c.qk_norm:
            vector(f"{layer}.self_attn.q_norm.weight", c.head_dim)
            vector(f"{layer}.self_attn.k_norm.weight", c.head_dim)
        matrix(f"{layer}.mlp.gate_up_proj", 2 * c.intermediate_size, c.hidden_size)
        matrix(f"{layer}.mlp.down_proj", c.hidden_size, c.intermediate_size)
        vector(f"{layer}.input_layernorm.weight", c.hidden_size)
        vector(f"{layer}.post_attention_layernorm.weight", c.hidden_size)
    vector("model.norm.weight", c.hidden_size)
    if not c.tie_word_embeddings:
        matrix("lm_head", "vocab_size", c.hidden_size)
    numbered = quantization.numbered_names
    return [
        Parameter(f"param_{i}" if numbered else name, name, shape, dtype)
        for i, (name, shape, dtype) in enumerate(found)
    ]
