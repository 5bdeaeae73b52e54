"""A folder like a small Hugging Face model, made without PyTorch."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from modelc.limits import choose_windows
from modelc.metadata import metadata
from modelc.model_config import parse_model_config
from modelc.quantization import SCHEMES

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "vocab_size": 320,
    "tie_word_embeddings": True,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
END_TOKENS = ("</s>", "<|im_end|>", "<|eot_id|>", "<|end_of_turn|>")
TOKENIZER: dict[str, Any] = {
    "added_tokens": [{"id": i, "content": token} for i, token in enumerate(("<s>", *END_TOKENS), 1)],
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"<unk>": 0, "a": 6, "b": 7}},
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8,
    "low_freq_factor": 1,
    "high_freq_factor": 4,
    "original_max_position_embeddings": 64,
}


def small_weights(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    layer = "model.layers.0"
    shapes = {
        "model.embed_tokens.weight": (320, 64),
        "model.norm.weight": (64,),
        f"{layer}.input_layernorm.weight": (64,),
        f"{layer}.post_attention_layernorm.weight": (64,),
        f"{layer}.self_attn.q_proj.weight": (64, 64),
        f"{layer}.self_attn.k_proj.weight": (32, 64),
        f"{layer}.self_attn.v_proj.weight": (32, 64),
        f"{layer}.self_attn.o_proj.weight": (64, 64),
        f"{layer}.mlp.gate_proj.weight": (96, 64),
        f"{layer}.mlp.up_proj.weight": (96, 64),
        f"{layer}.mlp.down_proj.weight": (64, 96),
    }
    return {name: random.standard_normal(shape, np.float32) for name, shape in shapes.items()}


def write_safetensors(path: Path, weights: dict[str, np.ndarray]) -> None:
    """f32. Format: https://huggingface.co/docs/safetensors."""
    header, offset = {}, 0
    for name, array in weights.items():
        ends = [offset, offset + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": ends}
        offset += array.nbytes
    text = json.dumps(header).encode()
    body = b"".join(array.tobytes() for array in weights.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def write_folder(folder: Path, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    write_safetensors(folder / "model.safetensors", small_weights())
    return folder


def write_library(path: Path, **changes: Any) -> None:
    """As much of a library for this model as `verify` reads: a kernel's head, and the metadata."""
    config = parse_model_config({**CONFIG, **changes})
    text = metadata(config, SCHEMES["q4f32_1"], choose_windows(config))
    path.write_bytes(b"\0asm\1\0\0\0@workgroup_size(1, 1, 1) fn main\0" + text.encode() + b"\0")
