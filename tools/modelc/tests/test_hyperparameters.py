"""Weights are refused for a library of the same shapes whose rotation, norm or window is another."""

import json

import pytest
from small_folder import LLAMA3, write_folder, write_library
from test_convert import MODELS

from modelc.commands import main
from modelc.hyperparameters import check_hyperparameters
from modelc.inspect_library import read_library
from modelc.problem import Problem

MISTRAL = {"model_type": "mistral", "sliding_window": None}


def converted(tmp_path, library, *options, **changes):
    """Weights of a model with these changes, beside a library that was made with others."""
    folder = tmp_path / "out"
    assert main(["convert", str(write_folder(tmp_path / "model", **changes)), *options, "--output", str(folder)]) == 0
    write_library(folder / "a.wasm", **library)
    return folder


def test_convert_writes_what_no_shape_tells(tmp_path):
    folder = converted(tmp_path, {}, model_type="mistral", sliding_window=64, rope_theta=500000.0, rope_scaling=LLAMA3)
    said = json.loads((folder / "mlc-chat-config.json").read_text())
    assert said["model_config"] == {
        "num_hidden_layers": 1,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "rope_scaling": LLAMA3,
        "sliding_window_size": 64,
    }
    assert said["sliding_window_size"] == -1  # web-llm's own, which would throw pages away


@pytest.mark.parametrize(
    ("library", "weights", "said"),
    [
        ({}, {"rope_theta": 100000.0}, "its rope_theta is 10000.0, but mlc-chat-config.json says 100000.0"),
        ({}, {"rms_norm_eps": 1e-6}, "its rms_norm_eps is 1e-05, but mlc-chat-config.json says 1e-06"),
        ({}, {"rope_scaling": LLAMA3}, "its rope_scaling is None"),
        ({"rope_scaling": LLAMA3}, {}, "but mlc-chat-config.json says None"),
        ({"rope_scaling": LLAMA3}, {"rope_scaling": {**LLAMA3, "factor": 32}}, "its rope_scaling is {"),
        ({**MISTRAL, "sliding_window": 64}, {**MISTRAL, "sliding_window": 128}, "its sliding_window_size is 64"),
        ({**MISTRAL, "sliding_window": 64}, MISTRAL, "but mlc-chat-config.json says -1"),
    ],
)
def test_another_model_of_the_same_shapes(library, weights, said, refused, tmp_path):
    sentence = refused("verify", converted(tmp_path, library, **weights))
    assert "The library was made for another model" in sentence and said in sentence


@pytest.mark.parametrize("changes", [{}, {"rope_scaling": LLAMA3}, {**MISTRAL, "sliding_window": 64}])
def test_the_same_model(changes, tmp_path):
    assert main(["verify", str(converted(tmp_path, changes, **changes))]) == 0


def test_a_library_that_sees_all_positions_takes_weights_with_a_window(tmp_path):
    """OpenChat's does."""
    folder = converted(tmp_path, MISTRAL, **{**MISTRAL, "sliding_window": 256})
    assert main(["verify", str(folder)]) == 0


def test_what_another_maker_leaves_out_is_not_compared():
    [path] = (MODELS / "smollm2").rglob("*-q4f32_1-ctx*.wasm")
    metadata = read_library(path).metadata
    for chat in ({}, {"model_config": None}, {"model_config": {"head_dim": 64}}, {"model_config": {"rope_theta": 1e5}}):
        check_hyperparameters(chat, metadata)
    check_hyperparameters({"model_config": {"rope_theta": 1e4}}, {"config": {"rope": None}})
    for name in ("rope_theta", "position_embedding_base"):  # of SmolLM, whose shapes are those of SmolLM2
        with pytest.raises(Problem, match=r"rope_theta is 100000.0, but mlc-chat-config.json says 10000"):
            check_hyperparameters({"model_config": {name: 10000}}, metadata)
