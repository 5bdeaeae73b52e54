"""Which files weights are read from, and numbers that cannot be stored."""

import json

import numpy as np
import pytest
from read_cache import read_cache
from small_folder import CONFIG, small_weights, write_folder, write_safetensors

from modelc.commands import main
from modelc.model_config import parse_model_config
from modelc.problem import Problem
from modelc.quantization import SCHEMES
from modelc.source_model import open_source
from modelc.weights import convert

EMBEDDINGS, NORM = "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight"


def write_index(folder, **files):
    weight_map = {name: f"{file}.safetensors" for file, names in files.items() for name in names}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def test_an_array_in_two_files(refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    write_safetensors(folder / "old.safetensors", {EMBEDDINGS: small_weights(1)[EMBEDDINGS]})
    said = refused("convert", folder, "--output", out)
    assert f"{EMBEDDINGS} is in {folder / 'model.safetensors'} and in {folder / 'old.safetensors'}" in said
    assert not out.exists()


def test_only_files_of_the_index_are_read(tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    write_safetensors(folder / "old.safetensors", {EMBEDDINGS: small_weights(1)[EMBEDDINGS]})
    write_index(folder, model=small_weights())
    assert main(["convert", str(folder), "--quantization", "q0f32", "--output", str(out)]) == 0
    np.testing.assert_array_equal(read_cache(out)[EMBEDDINGS], small_weights()[EMBEDDINGS])
    names = [path.name for path in open_source(folder).files]
    assert names == ["config.json", "model.safetensors.index.json", "model.safetensors", "tokenizer.json"]


def test_an_index_that_names_no_files(refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    for text, said in (
        ("{}", "names no files"),
        ('{"weight_map": {"a": 5}}', "names no files"),
        ('{"weight_map": {"a": "../a.safetensors"}}', "which is not inside the folder"),
        ('{"weight_map": {"a": "none.safetensors"}}', "none.safetensors could not be read"),
    ):
        (folder / "model.safetensors.index.json").write_text(text)
        assert said in refused("convert", folder, "--output", out)


def test_an_adapter_is_not_left_out_in_silence(refused, tmp_path):
    folder = write_folder(tmp_path / "model")
    write_safetensors(folder / "adapter_model.safetensors", {"base_model.lora_A.weight": np.ones((2, 2), np.float32)})
    said = refused("convert", folder, "--output", tmp_path / "out")
    assert "adapter_model.safetensors changes the weights beside it: merge it into them, or take it away" in said


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [EMBEDDINGS, NORM])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_numbers_that_are_none(scheme, name, value, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    weights = small_weights()
    weights[name].flat[7] = value
    write_safetensors(folder / "model.safetensors", weights)
    said = refused("convert", folder, "--quantization", scheme, "--output", out)
    assert f"{name} holds NaN or infinity" in said
    assert not out.exists()


def test_weights_in_f16_are_looked_at_too():
    halves = {name: array.astype(np.float16) for name, array in small_weights().items()}
    convert(halves, parse_model_config(CONFIG), SCHEMES["q4f16_1"])
    halves[NORM][3] = np.inf
    with pytest.raises(Problem, match=f"{NORM} holds NaN or infinity"):
        convert(halves, parse_model_config(CONFIG), SCHEMES["q4f16_1"])


@pytest.mark.parametrize(("scheme", "most"), [("q0f16", 65504), ("q4f16_1", 65504), ("q4f32_1-2023", 8e37)])
def test_numbers_that_a_scheme_cannot_store(scheme, most, refused, tmp_path):
    folder, out = write_folder(tmp_path / "model"), tmp_path / "out"
    for sign in (1, -1):
        weights = small_weights()
        weights[EMBEDDINGS][0, :2] = sign * most, -sign * most
        write_safetensors(folder / "model.safetensors", weights)
        assert main(["convert", str(folder), "--quantization", scheme, "--output", str(out)]) == 0
        stored = {name: array for name, array in read_cache(out).items() if array.dtype.kind == "f"}
        assert all(np.isfinite(array).all() for array in stored.values())
        weights[EMBEDDINGS][0, 0] = sign * most * 1.2
        write_safetensors(folder / "model.safetensors", weights)
        said = refused("convert", folder, "--quantization", scheme, "--output", out)
        assert f"{EMBEDDINGS} holds numbers up to " in said


@pytest.mark.filterwarnings("error")
def test_the_largest_numbers_of_each_scheme_come_back():
    for scheme in SCHEMES.values():
        weight = np.zeros((1, 32), np.float32)
        weight[0, :2] = scheme.largest, -scheme.largest
        decoded = scheme.decode(scheme.encode(weight))
        np.testing.assert_allclose(decoded[0, :2], weight[0, :2], rtol=2e-2)
