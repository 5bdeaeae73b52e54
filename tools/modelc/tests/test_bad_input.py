"""Every command ends with one sentence and exit code 2 on input that a person can mend."""

import json
import subprocess
import sys

import numpy as np
import pytest
from small_folder import CONFIG, LLAMA3, small_weights, write_folder, write_safetensors

from modelc.commands import main


def test_no_such_command(refused):
    assert "invalid choice" in refused("compost")


def test_nothing_asked(refused):
    assert "COMMAND" in refused()


@pytest.mark.parametrize("command", ["compile", "convert", "package"])
def test_missing_model(command, refused, tmp_path):
    assert "does not exist" in refused(command, tmp_path / "none", "--output", tmp_path / "out")


@pytest.mark.parametrize("command", ["compile", "convert"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "mamba"}, "model_type 'mamba' is not supported"),
        ({"hidden_size": 63}, "not supported"),
        ({"hidden_size": "64"}, "hidden_size must be a whole number"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be a whole number above 0"),
        ({"num_key_value_heads": 3}, "do not divide"),
        ({"intermediate_size": 100}, "100 columns does not divide into groups of 32"),
        ({"hidden_act": "gelu"}, "activation 'gelu'"),
        ({"attention_bias": True}, "bias is not supported"),
        ({"rope_scaling": {"rope_type": "yarn", "factor": 4}}, "RoPE scaling 'yarn'"),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8}}, "lacks 'low_freq_factor'"),
        ({"max_position_embeddings": -5}, "max_position_embeddings"),
        ({"head_dim": "64"}, "head_dim must be a whole number above 0, not '64'"),
        ({"head_dim": -64}, "head_dim must be a whole number above 0"),
        ({"rms_norm_eps": None}, "rms_norm_eps must be a number above 0, not None"),
        ({"rope_theta": "x"}, "rope_theta must be a number above 0, not 'x'"),
        ({"rope_theta": float("nan")}, "rope_theta must be a number above 0"),
        ({"rope_scaling": "linear"}, "must be an object, not 'linear'"),
        ({"rope_scaling": {**LLAMA3, "factor": None}}, "factor must be a number above 0, not None"),
    ],
)
def test_wrong_config(command, changes, said, refused, tmp_path):
    folder = write_folder(tmp_path / "model", **changes)
    assert said in refused(command, folder, "--output", tmp_path / "out.wasm")


@pytest.mark.parametrize("scheme", ["q0f32", "q0f16", "q4f16_1"])
def test_widths_that_the_kernels_do_not_take(scheme, refused, tmp_path):
    folder = write_folder(tmp_path / "model", intermediate_size=100)
    said = refused("compile", folder, "--quantization", scheme, "--output", tmp_path / "a.wasm")
    assert "100 columns does not divide" in said


def test_a_window_without_kernels_for_it_is_refused_before_anything_is_written(refused, tmp_path):
    folder, out = write_folder(tmp_path / "model", model_type="mistral", sliding_window=64), tmp_path / "out"
    assert "no sliding window" in refused("package", folder, "--kernels", "simple", "--output", out)
    assert not out.exists()


@pytest.mark.parametrize("name", ["config.wasm", "model", "a.json"])
def test_a_library_takes_the_place_of_no_other_file(name, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    before = (folder / "config.json").read_bytes()
    assert "must end in .wasm" in refused("compile", folder, "--output", folder / name)
    assert (folder / "config.json").read_bytes() == before


def test_config_that_is_no_json(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "config.json").write_text("{")
    assert "not valid JSON" in refused("compile", folder, "--output", tmp_path / "out")
    (folder / "config.json").write_text("[]")
    assert "JSON object" in refused("compile", folder, "--output", tmp_path / "out")


def test_context_and_chunk(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    assert "knows 256 positions" in refused("convert", folder, "--context", 999, "--output", tmp_path / "out")
    assert "context of 0 tokens" in refused("convert", folder, "--context", 0, "--output", tmp_path / "out")
    assert "between 1 and 256" in refused("convert", folder, "--chunk", 257, "--output", tmp_path / "out")
    assert "--context" in refused("convert", folder, "--context", "many", "--output", tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 4, 100, 5000, -4])
def test_truncated_safetensors(kept, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    assert "cut off" in refused("convert", folder, "--output", tmp_path / "out")


def test_safetensors_of_noise(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (folder / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"not json")
    assert "not understood" in refused("convert", folder, "--output", tmp_path / "out")


def test_odd_shapes(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    weights = small_weights()
    q = "model.layers.0.self_attn.q_proj.weight"
    write_safetensors(folder / "model.safetensors", {**weights, q: weights[q][:60]})
    assert "q_proj.weight has the shape [60, 64]" in refused("convert", folder, "--output", tmp_path / "out")
    del weights[q]
    write_safetensors(folder / "model.safetensors", weights)
    assert f"lack {q}" in refused("convert", folder, "--output", tmp_path / "out")
    (folder / "model.safetensors").unlink()
    assert "no .safetensors file" in refused("convert", folder, "--output", tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "name", "shape"),
    [
        ({}, "model.norm.weight", (64,)),
        ({}, "model.layers.0.input_layernorm.weight", (64,)),
        ({}, "model.layers.0.post_attention_layernorm.weight", (64,)),
        ({"model_type": "qwen2"}, "model.layers.0.self_attn.k_proj.bias", (32,)),
        ({"model_type": "qwen3", "head_dim": 16}, "model.layers.0.self_attn.q_norm.weight", (16,)),
        ({"tie_word_embeddings": False}, "lm_head.weight", (320, 64)),
    ],
)
def test_odd_vectors_are_found_before_anything_is_written(changes, name, shape, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model", **changes), tmp_path / "out"
    attention, kind = "model.layers.0.self_attn", changes.get("model_type")
    weights = small_weights()
    if kind == "qwen2":
        weights |= {f"{attention}.{p}_proj.bias": np.zeros(n, np.float32) for p, n in (("q", 64), ("k", 32), ("v", 32))}
    if kind == "qwen3":
        weights |= {f"{attention}.{p}_norm.weight": np.zeros(16, np.float32) for p in "qk"}
    if changes.get("tie_word_embeddings") is False:
        weights["lm_head.weight"] = np.zeros((320, 64), np.float32)
    write_safetensors(folder / "model.safetensors", weights)
    assert main(["convert", str(folder), "--output", str(tmp_path / "right")]) == 0
    write_safetensors(folder / "model.safetensors", {**weights, name: np.zeros((shape[0] * 2, *shape[1:]), np.float32)})
    assert f"{name} has the shape [{shape[0] * 2}" in refused("convert", folder, "--output", out)
    del weights[name]
    write_safetensors(folder / "model.safetensors", weights)
    assert f"lack {name}" in refused("convert", folder, "--output", out)
    assert not out.exists()


def test_weights_that_the_network_does_not_use_are_not_left_out_in_silence(refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    bias, layer = "model.layers.0.self_attn.q_proj.bias", "model.layers.1.mlp.up_proj.weight"
    harmless = {"lm_head.weight": (320, 64), "model.layers.0.self_attn.rotary_emb.inv_freq": (8,), "consolidated": (1,)}
    weights = {**small_weights(), **{name: np.zeros(shape, np.float32) for name, shape in harmless.items()}}
    for name in (bias, layer):
        write_safetensors(folder / "model.safetensors", {**weights, name: np.ones(64, np.float32)})
        assert f"no place for {name}" in refused("convert", folder, "--output", out)
    assert not out.exists()
    write_safetensors(folder / "model.safetensors", weights)
    assert main(["convert", str(folder), "--output", str(out)]) == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"shape": 64},
        {"shape": [-8, -8]},
        {"shape": [8.0, 8]},
        {"data_offsets": [-256, 0]},
        {"data_offsets": [0.0, 256]},
        {"data_offsets": [0]},
        {"dtype": ["F32"]},
    ],
)
def test_a_header_of_safetensors_that_makes_no_sense(entry, refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    norm = {"dtype": "F32", "shape": [8, 8], "data_offsets": [0, 256], **entry}
    text = json.dumps({"model.norm.weight": norm}).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"\0" * 512)
    assert "its header is not understood" in refused("convert", folder, "--output", tmp_path / "out")


@pytest.mark.parametrize(
    ("value", "said"), [("nan", "not nan"), ("inf", "not inf"), ("-1", "not -1"), ("warm", "float")]
)
def test_temperature(value, said, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    assert said in refused("convert", folder, f"--temperature={value}", "--output", out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("key", "value", "most"), [("temperature", float("nan"), 5), ("temperature", "warm", 5), ("top_p", 2, 1)]
)
def test_sampling_of_the_generation_configuration(key, value, most, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    (folder / "generation_config.json").write_text(json.dumps({key: value}))
    assert f"{key} must be a number from 0 to {most}, not {value!r}" in refused("convert", folder, "--output", out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bos_token_id": []}, "bos_token_id is an empty list"),
        ({"eos_token_id": []}, "eos_token_id is an empty list"),
        ({"eos_token_id": [2, "</s>"]}, "eos_token_id must be a whole number above -1, not '</s>'"),
    ],
)
def test_token_ids(changes, said, refused, tmp_path):
    folder = write_folder(tmp_path / "model", **changes)
    assert said in refused("convert", folder, "--output", tmp_path / "out")


def test_unreadable_output(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    (tmp_path / "file").write_text("")
    refused("convert", folder, "--output", tmp_path / "file" / "out")


def test_the_process_ends_with_2(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, "model_type": "gpt2"}))
    command = [sys.executable, "-m", "modelc", "compile", str(tmp_path), "--output", str(tmp_path / "x.wasm")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
