"""What a model's JSON files leave out, and what of them reaches the chat configuration."""

import json

import numpy as np
import pytest
import transformers
from small_folder import CONFIG, small_weights, write_folder, write_safetensors

from modelc.commands import main
from modelc.model_config import parse_model_config

NAMES = {"llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}
# So many heads that 8 and 32 key-value heads both divide them, and neither is their number.
SIZES = {
    "hidden_size": 4096,
    "intermediate_size": 96,
    "num_hidden_layers": 1,
    "num_attention_heads": 64,
    "vocab_size": 320,
}


@pytest.mark.parametrize("kind", NAMES)
def test_left_out_values_are_those_of_transformers(kind):
    theirs = getattr(transformers, f"{NAMES[kind]}Config")(**SIZES)
    own = parse_model_config({"model_type": kind, **SIZES})
    assert own.num_key_value_heads == theirs.num_key_value_heads
    assert own.head_dim == getattr(theirs, "head_dim", 64)
    assert own.max_position_embeddings == theirs.max_position_embeddings
    assert own.rms_norm_eps == theirs.rms_norm_eps
    assert own.rope.theta == theirs.rope_parameters["rope_theta"]
    assert own.tie_word_embeddings == theirs.tie_word_embeddings
    assert own.sliding_window == getattr(theirs, "sliding_window", None)


def test_a_window_of_null_is_none():
    assert parse_model_config({"model_type": "mistral", **SIZES, "sliding_window": None}).sliding_window is None


def chat_of(tmp_path, generation, **changes):
    folder, out = write_folder(tmp_path / "model", **changes), tmp_path / "out"
    (folder / "generation_config.json").write_text(json.dumps(generation))
    assert main(["convert", str(folder), "--output", str(out)]) == 0
    return json.loads((out / "mlc-chat-config.json").read_text())


def test_null_says_nothing(tmp_path):
    nothing = dict.fromkeys(("eos_token_id", "bos_token_id", "temperature", "top_p", "repetition_penalty"))
    chat = chat_of(tmp_path, nothing, eos_token_id=[5, 4], bos_token_id=3)
    assert (chat["eos_token_id"], chat["bos_token_id"]) == ([5, 4], 3)
    assert (chat["temperature"], chat["top_p"], chat["repetition_penalty"]) == (0.7, 0.95, 1.0)


def test_the_penalty_is_that_of_the_model(tmp_path):
    assert chat_of(tmp_path, {"repetition_penalty": 1.1})["repetition_penalty"] == 1.1


@pytest.mark.parametrize("value", [0, -1, "much", float("nan")])
def test_a_penalty_that_web_llm_would_refuse(value, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    (folder / "generation_config.json").write_text(json.dumps({"repetition_penalty": value}))
    said = refused("convert", folder, "--output", out)
    assert "generation_config.json: repetition_penalty must be a number above 0" in said


@pytest.mark.parametrize(("kind", "head_dim"), [("qwen2", None), ("qwen3", 16)])
def test_qwen_must_name_its_end(kind, head_dim, refused, tmp_path):
    folder = write_folder(tmp_path / "model", model_type=kind, head_dim=head_dim, eos_token_id=None)
    said = refused("convert", folder, "--output", tmp_path / "out")
    assert "no eos_token_id is named, so an answer would never end" in said


def test_qwen_without_a_beginning_gets_none(tmp_path):
    folder, out = write_folder(tmp_path / "model", model_type="qwen2", bos_token_id=None), tmp_path / "out"
    attention = "model.layers.0.self_attn"
    biases = {f"{attention}.{p}_proj.bias": np.zeros(n, np.float32) for p, n in (("q", 64), ("k", 32), ("v", 32))}
    write_safetensors(folder / "model.safetensors", {**small_weights(), **biases})
    assert main(["convert", str(folder), "--output", str(out)]) == 0
    assert "bos_token_id" not in json.loads((out / "mlc-chat-config.json").read_text())


@pytest.mark.parametrize("command", ["compile", "convert", "package"])
@pytest.mark.parametrize("scheme", ["q0f32", "q4f32_1", "q4f32_1-2023"])
def test_heads_that_tvm_has_no_f32_tile_for(command, scheme, refused, tmp_path):
    folder = write_folder(tmp_path / "model", head_dim=20, num_attention_heads=8)
    said = refused(command, folder, "--quantization", scheme, "--output", tmp_path / "a.wasm")
    assert "Heads of 20 numbers, no multiple of 8, need --quantization q4f16_1 or q0f16" in said


def test_the_same_heads_in_f16(refused, tmp_path):
    folder = write_folder(tmp_path / "model", head_dim=20, num_attention_heads=8)
    said = refused("convert", folder, "--quantization", "q4f16_1", "--output", tmp_path / "out")
    assert "has the shape" in said  # the next thing that is wrong with this folder


def test_heads_that_are_too_large(refused, tmp_path):
    folder = write_folder(tmp_path / "model", **{**CONFIG, "head_dim": 512})
    assert "a head of 512 numbers is not supported" in refused("compile", folder, "--output", tmp_path / "a.wasm")
