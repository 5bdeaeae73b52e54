"""Small models of every architecture with random weights, in transformers, and their weights for modelc."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import transformers

from modelc.model_config import ModelConfig, parse_model_config
from modelc.parameters import parameter_list
from modelc.quantization import Quantization
from modelc.weights import FUSED, convert

torch.set_num_threads(1)

SIZES = {
    "hidden_size": 128,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 512,
    "max_position_embeddings": 512,
    "tie_word_embeddings": False,
    "attn_implementation": "eager",
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
# SmolLM2 is Llama with 9 heads over 3, tied embeddings and theta 1e5.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "llama3": ("Llama", {"rope_parameters": LLAMA3, "tie_word_embeddings": True}),
    "smollm2": (
        "Llama",
        {
            "hidden_size": 288,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
            "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": 100000.0},
        },
    ),
    "mistral": ("Mistral", {"sliding_window": 48}),
    "qwen2": ("Qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("Qwen3", {}),
    "heads_4_over_4": ("Llama", {"num_attention_heads": 4, "num_key_value_heads": 4}),
    "heads_8_over_4": ("Llama", {"num_key_value_heads": 4}),
    "heads_8_over_1": ("Llama", {"num_key_value_heads": 1}),
}


@dataclass
class RandomModel:
    torch_model: Any
    config: ModelConfig
    arrays: dict[str, np.ndarray]  # the library's parameters

    def greedy(self, ids: list[int], count: int) -> list[int]:
        """The `count` likeliest tokens after `ids`."""
        mask = torch.ones(1, len(ids), dtype=torch.long)
        out = self.torch_model.generate(
            torch.tensor([ids]), attention_mask=mask, max_new_tokens=count, min_new_tokens=count,
            do_sample=False, eos_token_id=None, pad_token_id=0,
        )  # fmt: skip
        return out[0, len(ids) :].tolist()

    def logits(self, ids: list[int]) -> np.ndarray:
        """f32 [n, V] of all positions at once."""
        with torch.no_grad():
            return self.torch_model(torch.tensor([ids])).logits[0].float().numpy()


def random_model(case: str, quantization: Quantization, **changes: Any) -> RandomModel:
    """The torch model has the weights as the library stores them: quantised and decoded again."""
    name, own = CASES[case]
    torch.manual_seed(0)
    hf_config = getattr(transformers, f"{name}Config")(**{**SIZES, **own, **changes})
    model = getattr(transformers, f"{name}ForCausalLM")(hf_config).eval()
    with torch.no_grad():
        for key, value in model.named_parameters():
            _fill(key, value)
    raw = hf_config.to_dict()
    config = parse_model_config(raw)
    state = {key: value.float().numpy() for key, value in model.state_dict().items()}
    arrays = dict(convert(state, config, quantization))
    stored = decode_all(arrays, config, quantization)
    model.load_state_dict({key: torch.tensor(value) for key, value in stored.items()}, strict=False)
    model.tie_weights()
    return RandomModel(model, config, arrays)


def _fill(key: str, value: torch.Tensor) -> None:
    """Of a size that keeps activations, scores and logits of order one or more."""
    if value.ndim == 1 and key.endswith("bias"):
        value.normal_(0, 0.5)
    elif value.ndim == 1:
        value.normal_(1, 0.1)
    elif "embed_tokens" in key:
        value.normal_(0, 0.2)
    else:
        value.normal_(0, (1.5 if "q_proj" in key or "k_proj" in key else 1.0) / value.shape[1] ** 0.5)


def decode_all(arrays: dict[str, np.ndarray], config: ModelConfig, quantization: Quantization) -> dict[str, np.ndarray]:
    """The library's parameters -> f32 arrays under Hugging Face's names."""
    groups: dict[str, dict[str, np.ndarray]] = {}
    for parameter in parameter_list(config, quantization):
        name, _, suffix = parameter.source.rpartition(".")
        groups.setdefault(name, {})[suffix] = arrays[parameter.name]
    found: dict[str, np.ndarray] = {}
    q, kv, inner = config.q_size, config.kv_size, config.intermediate_size
    edges = {"qkv_proj": [q, q + kv], "gate_up_proj": [inner]}
    for name, parts in groups.items():
        parent, _, leaf = name.rpartition(".")
        bias = parts.pop("bias", None)
        plain = parts.get("weight")
        whole = plain if plain is not None and plain.ndim == 1 else quantization.decode(parts)
        for suffix, array in (("weight", whole), ("bias", bias)):
            if array is None:
                continue
            pieces = np.split(array, edges[leaf]) if leaf in FUSED else [array]
            names = [f"{parent}.{part}" for part in FUSED[leaf]] if leaf in FUSED else [name]
            found |= {f"{n}.{suffix}": np.array(p, np.float32) for n, p in zip(names, pieces, strict=True)}
    return found
