"""GGUF files: a small one written here, and SmolLM2's against how transformers reads it."""

import json

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFEndian, GGUFWriter
from gguf.quants import dequantize, quantize
from read_cache import read_cache
from small_folder import CONFIG, small_weights, write_folder, write_safetensors
from transformers import AutoModelForCausalLM, AutoTokenizer

from modelc import commands, runtime
from modelc.commands import main
from modelc.gguf_source import NAMES
from modelc.source_model import open_source

GGUF_NAMES = {hugging_face: own for own, hugging_face in NAMES.items()}
TEXTS = (
    "Hello world",
    "  two  spaces\n\nand 1234 digits",
    "naïve café — 你好 🙂",
    "don't I'LL",
    "<|im_start|>user\nHi<|im_end|>",
)


def gguf_name(name):
    stem, suffix = name.removeprefix("model.layers.0.").rsplit(".", 1)
    return ("blk.0." if name.startswith("model.layers") else "") + f"{GGUF_NAMES[stem]}.{suffix}"


def paired(array, heads):
    """Row by row, as llama.cpp orders a head: first of the first half, first of the second half, ..."""
    size = len(array) // heads
    order = [h * size + (i // 2) + (i % 2) * (size // 2) for h in range(heads) for i in range(size)]
    return array[order]


def write_gguf(path, kind=GGMLQuantizationType.F32, extra=None, **changes):
    """The weights of small_folder. -> as they decode, f32 under Hugging Face's names."""
    architecture = changes.get("architecture", "llama")
    writer = GGUFWriter(str(path), architecture, endianess=changes.get("endianess", GGUFEndian.LITTLE))
    writer.add_block_count(1)
    writer.add_context_length(CONFIG["max_position_embeddings"])
    writer.add_embedding_length(CONFIG["hidden_size"])
    writer.add_feed_forward_length(CONFIG["intermediate_size"])
    writer.add_head_count(CONFIG["num_attention_heads"])
    writer.add_head_count_kv(changes.get("kv_heads", CONFIG["num_key_value_heads"]))
    writer.add_layer_norm_rms_eps(CONFIG["rms_norm_eps"])
    writer.add_rope_freq_base(CONFIG["rope_theta"])
    writer.add_tokenizer_model(changes.get("tokenizer", "gpt2"))
    letters = [chr(0x100 + i) for i in range(CONFIG["vocab_size"] - 2)]
    writer.add_token_list(["<s>", *letters, letters[0] + letters[1]])
    writer.add_token_types([3] + [1] * (CONFIG["vocab_size"] - 1))
    writer.add_token_merges(changes.get("merges", [f"{letters[0]} {letters[1]}"]))
    if "end" in changes:
        writer.add_eos_token_id(changes["end"])
    if "adds_bos" in changes:
        writer.add_add_bos_token(changes["adds_bos"])
    if "scaling" in changes:
        writer.add_string("llama.rope.scaling.type", changes["scaling"])
    decoded = {}
    for name, array in {**changes.get("weights", small_weights()), **(extra or {})}.items():
        matrix_kind = kind if array.ndim == 2 else GGMLQuantizationType.F32
        data = quantize(array, matrix_kind)
        decoded[name] = dequantize(data, matrix_kind)
        leaf = name.rpartition(".")[0].rpartition(".")[2]
        heads = {"q_proj": 4, "k_proj": 2}.get(leaf) if architecture == "llama" else None
        stored = name if extra and name in extra else gguf_name(name)
        writer.add_tensor(stored, paired(data, heads) if heads else data, raw_dtype=matrix_kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return decoded


@pytest.mark.parametrize("kind", [GGMLQuantizationType.F32, GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q4_1])
def test_gives_what_a_folder_gives(kind, tmp_path):
    decoded = write_gguf(tmp_path / "m.gguf", kind)
    source = open_source(tmp_path / "m.gguf")
    folder = open_source(write_folder(tmp_path / "m"))
    assert source.config == folder.config
    assert set(source.weights) == set(decoded)
    for name, array in decoded.items():
        np.testing.assert_array_equal(source.weights[name], array)


def test_convert_writes_the_same_arrays(tmp_path):
    write_gguf(tmp_path / "m.gguf")
    write_folder(tmp_path / "m")
    for name in ("m.gguf", "m"):
        assert main(["convert", str(tmp_path / name), "--output", str(tmp_path / f"{name}-out")]) == 0
    one, other = read_cache(tmp_path / "m.gguf-out"), read_cache(tmp_path / "m-out")
    assert list(one) == list(other)
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


ATTENTION = "model.layers.0.self_attn"
OF_QWEN = {
    "qwen2": {f"{ATTENTION}.{part}_proj.bias": size for part, size in (("q", 64), ("k", 32), ("v", 32))},
    "qwen3": {f"{ATTENTION}.{part}_norm.weight": 16 for part in "qk"},
}


@pytest.mark.parametrize("kind", OF_QWEN)
def test_qwen_is_converted_to_what_its_folder_is_converted_to(kind, tmp_path):
    """Its rows are in Hugging Face's order, and biases or norms of heads come too."""
    random = np.random.default_rng(2)
    own = {name: random.standard_normal(size, np.float32) for name, size in OF_QWEN[kind].items()}
    weights = {**small_weights(), **own}
    write_gguf(tmp_path / "m.gguf", architecture=kind, weights=weights, end=2)
    # Without a length of keys a head is the width over the heads, in Qwen3's GGUF files too.
    folder = write_folder(tmp_path / "m", model_type=kind, head_dim=16)
    write_safetensors(folder / "model.safetensors", weights)
    for name in ("m.gguf", "m"):
        out = str(tmp_path / f"{name}-out")
        assert main(["convert", str(tmp_path / name), "--quantization", "q0f32", "--output", out]) == 0
    one, other = read_cache(tmp_path / "m.gguf-out"), read_cache(tmp_path / "m-out")
    assert len(one) == 8 + (1 if kind == "qwen2" else 2)
    assert list(one) == list(other)
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


def test_compile_needs_no_tokenizer(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(runtime, "build_info", dict)
    monkeypatch.setattr(commands, "compile_library", lambda config, *rest: made.append(config) or rest[2].touch())
    write_gguf(tmp_path / "m.gguf", tokenizer="bert")
    assert main(["compile", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "a.wasm")]) == 0
    assert [config.hidden_size for config in made] == [64]


@pytest.mark.parametrize(("said", "first"), [({}, None), ({"adds_bos": True}, [1]), ({"adds_bos": False}, None)])
def test_a_plain_text_begins_as_the_file_says(said, first, tmp_path):
    write_gguf(tmp_path / "m.gguf", **said)
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == 0
    template = json.loads((tmp_path / "out/mlc-chat-config.json").read_text())["conv_template"]
    assert template.get("system_prefix_token_ids") == first


@pytest.mark.parametrize(
    ("token", "index", "is_right"),
    [("\u0100", 1, True), ("\u0101", 1, False), ("\u0100", 0, False), ("a", 400, False), ("<s> ", 0, True)],
)
def test_a_tokenizer_beside_the_file_must_be_that_of_its_model(token, index, is_right, tmp_path, capfd):
    write_gguf(tmp_path / "m.gguf", tokenizer="bert")
    added = [{"id": index, "content": token}] if token.startswith("<") else []
    text = json.dumps({"added_tokens": added, "model": {"vocab": {} if added else {token: index}}})
    (tmp_path / "tokenizer.json").write_text(text)
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == (0 if is_right else 2)
    assert ("tokenizer.json is another model's" in capfd.readouterr().err) == (not is_right)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"endianess": GGUFEndian.BIG}, "was made for big-endian machines"),
        ({"architecture": "qwen2"}, "no tokenizer.ggml.eos_token_id is named"),
        ({"architecture": "gpt2"}, "the architecture 'gpt2' is not supported"),
        ({"kv_heads": [2, 4]}, "num_key_value_heads must be a whole number"),
        ({"scaling": "yarn"}, "RoPE scaling 'yarn'"),
        ({"tokenizer": "bert"}, "put the model's own tokenizer.json into the same folder"),
        ({"merges": ["ab"]}, "its tokenizer merges 'ab', but not all of that are tokens"),
        ({"merges": ["a b"]}, "its tokenizer merges 'a b'"),
        (
            {"extra": {"blk.0.attn_q.bias": np.ones(64, np.float32)}},
            "no place for model.layers.0.self_attn.q_proj.bias",
        ),
        ({"extra": {"rope_freqs.weight": np.ones(8, np.float32)}}, "rope_freqs.weight is not supported"),
        ({"extra": {"output": np.ones(8, np.float32)}}, "the tensor output is not supported"),
        ({"extra": {"blk.attn_q.weight": np.ones(8, np.float32)}}, "blk.attn_q.weight is not supported"),
    ],
)
def test_refuses_what_it_would_do_wrong(changes, said, tmp_path, capfd):
    write_gguf(tmp_path / "m.gguf", **changes)
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == 2
    assert said in capfd.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize("kept", [0, 3, 20, 400, 3000, -40])
def test_truncated(kept, tmp_path, capfd):
    write_gguf(tmp_path / "m.gguf")
    (tmp_path / "m.gguf").write_bytes((tmp_path / "m.gguf").read_bytes()[:kept])
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == 2
    assert "is cut off or no GGUF file" in capfd.readouterr().err.strip().splitlines()[-1]


def test_rows_that_are_no_pairs(tmp_path, capfd):
    q = "model.layers.0.self_attn.q_proj.weight"
    write_gguf(tmp_path / "m.gguf", weights={**small_weights(), q: small_weights()[q][:60]})
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == 2
    assert "q_proj.weight has the shape [60, 64]" in capfd.readouterr().err.strip().splitlines()[-1]


def test_metadata_that_is_no_text(tmp_path, capfd):
    write_gguf(tmp_path / "m.gguf")
    (tmp_path / "m.gguf").write_bytes((tmp_path / "m.gguf").read_bytes().replace(b"gpt2", b"gpt\xff", 1))
    assert main(["convert", str(tmp_path / "m.gguf"), "--output", str(tmp_path / "out")]) == 2
    assert "is cut off or no GGUF file" in capfd.readouterr().err.strip().splitlines()[-1]


def test_smollm2_has_the_weights_that_transformers_finds(smollm2):
    source = open_source(smollm2)
    model = AutoModelForCausalLM.from_pretrained(smollm2.parent, gguf_file=smollm2.name)
    state = {name: array for name, array in model.state_dict().items() if name in source.weights}
    assert len(state) == 272
    for name, array in state.items():
        np.testing.assert_array_equal(source.weights[name], array.float().numpy())


def test_smollm2_tokenizer_gives_the_ids_that_transformers_gives(smollm2, tmp_path):
    from tokenizers import Tokenizer

    own = Tokenizer.from_str(open_source(smollm2).tokenizer["tokenizer.json"].decode())
    other = AutoTokenizer.from_pretrained(smollm2.parent, gguf_file=smollm2.name)
    for text in TEXTS:
        ids = own.encode(text, add_special_tokens=False).ids
        assert own.decode(ids, skip_special_tokens=False) == text
        assert ids == other.encode(text, add_special_tokens=False)
