"""A folder converted and read again."""

import json
from pathlib import Path

import numpy as np
import pytest
from read_cache import read_cache
from small_folder import CONFIG, small_weights, write_folder

from modelc.commands import main
from modelc.inspect_library import read_library
from modelc.model_config import parse_model_config
from modelc.parameters import parameter_list
from modelc.quantization import SCHEMES
from modelc.rope import inverse_frequencies
from modelc.tensor_cache import check_cache, write_cache


def test_converted_weights_are_those_of_the_folder(tmp_path):
    out = tmp_path / "out"
    assert main(["convert", str(write_folder(tmp_path / "m")), "--quantization", "q0f32", "--output", str(out)]) == 0
    arrays, weights = read_cache(out), small_weights()
    qkv = [weights[f"model.layers.0.self_attn.{p}_proj.weight"] for p in "qkv"]
    np.testing.assert_array_equal(arrays["model.layers.0.self_attn.qkv_proj.weight"], np.concatenate(qkv))
    np.testing.assert_array_equal(arrays["model.embed_tokens.weight"], weights["model.embed_tokens.weight"])
    chat = json.loads((out / "mlc-chat-config.json").read_text())
    assert chat["context_window_size"] == 256
    assert chat["conv_template"]["stop_token_ids"] == [2]


def test_converting_twice_gives_the_same_bytes(tmp_path):
    folder = str(write_folder(tmp_path / "m"))
    for name in ("a", "b"):
        assert main(["convert", folder, "--output", str(tmp_path / name)]) == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_openchat_template(tmp_path):
    arguments = ["--template", "openchat", "--output", str(tmp_path / "out")]
    assert main(["convert", str(write_folder(tmp_path / "m")), *arguments]) == 0
    template = json.loads((tmp_path / "out" / "mlc-chat-config.json").read_text())["conv_template"]
    assert template["roles"]["user"] == "GPT4 Correct User"
    assert template["system_prefix_token_ids"] == [1]


def test_2023_names_and_order(tmp_path):
    parameters = parameter_list(parse_model_config(CONFIG), SCHEMES["q4f32_1-2023"])
    assert [p.name for p in parameters] == [f"param_{i}" for i in range(len(parameters))]
    assert [p.source.rpartition(".")[0] for p in parameters][:6:2] == [
        "model.embed_tokens",
        "model.layers.0.self_attn.qkv_proj",
        "model.layers.0.self_attn.o_proj",
    ]


def test_an_array_larger_than_a_shard_gets_its_own(tmp_path):
    arrays = {"a": np.zeros(10, np.float32), "b": np.ones(100, np.float32), "c": np.zeros(10, np.float32)}
    assert write_cache(arrays.items(), tmp_path, shard_bytes=100) == 480
    records = json.loads((tmp_path / "tensor-cache.json").read_text())["records"]
    assert [r["nbytes"] for r in records] == [40, 400, 40]
    for name, array in read_cache(tmp_path).items():
        np.testing.assert_array_equal(array, arrays[name])
    assert {name: stored.shape for name, stored in check_cache(tmp_path).items()} == {"a": [10], "b": [100], "c": [10]}


def test_nothing_of_an_earlier_conversion_stays(tmp_path):
    arrays = [(name, np.zeros(25, np.float32)) for name in "abc"]
    write_cache(arrays, tmp_path, shard_bytes=100)
    (tmp_path / "ndarray-cache.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    write_cache(arrays[:1], tmp_path, shard_bytes=100)
    assert {p.name for p in tmp_path.iterdir()} == {"params_shard_0.bin", "tensor-cache.json", "tokenizer.json"}

    def cut_off():
        yield from arrays
        raise OSError

    with pytest.raises(OSError):
        write_cache(cut_off(), tmp_path, shard_bytes=100)
    assert not (tmp_path / "tensor-cache.json").exists()


def test_llama3_frequencies():
    """Ends and middle of the rule: short waves kept, long ones divided, between them a blend."""
    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    plain = parse_model_config({**CONFIG, "rope_theta": 500000.0})
    scaled = parse_model_config({**CONFIG, "rope_theta": 500000.0, "rope_scaling": scaling})
    ratio = inverse_frequencies(plain.rope, 128) / inverse_frequencies(scaled.rope, 128)
    assert ratio[0] == pytest.approx(1)
    assert ratio[-1] == pytest.approx(8)
    assert np.all(np.diff(ratio) >= -1e-9)
    assert np.any((ratio > 1.01) & (ratio < 7.99))


MODELS = Path(__file__).resolve().parents[3] / "public/models"
OPENCHAT = {
    "model_type": "mistral",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 32002,
    "sliding_window": 4096,
    "max_position_embeddings": 8192,
}
SMOLLM2 = {
    "model_type": "llama",
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
}


@pytest.mark.parametrize(
    ("folder", "config", "scheme"),
    [
        ("openchat", OPENCHAT, "q4f32_1"),
        ("openchat", OPENCHAT, "q4f16_1"),
        ("openchat", OPENCHAT, "q4f32_1-2023"),
        ("smollm2", SMOLLM2, "q4f32_1"),
        ("smollm2", SMOLLM2, "q0f32"),
    ],
)
def test_the_libraries_of_hearth_take_what_convert_writes(folder, config, scheme):
    [path] = (MODELS / folder).rglob(f"*-{scheme}-ctx*.wasm")
    wanted = [(p["name"], tuple(p["shape"]), p["dtype"]) for p in read_library(path).metadata["params"]]
    written = parameter_list(parse_model_config(config), SCHEMES[scheme])
    assert [(p.name, p.shape, p.dtype) for p in written] == wanted
