"""`inspect` and `verify` end with one sentence and exit code 2 on files that make no sense."""

import json

import pytest
from small_folder import write_folder, write_library

from modelc.commands import main
from modelc.manifest import sha256
from modelc.tensor_cache import check_cache


def test_inspect(refused, tmp_path):
    assert "could not be read" in refused("inspect", tmp_path / "none.wasm")
    (tmp_path / "a.wasm").write_bytes(b"hello")
    assert "not a WebAssembly file" in refused("inspect", tmp_path / "a.wasm")
    (tmp_path / "a.wasm").write_bytes(b"\0asm\1\0\0\0")
    assert "not a model library" in refused("inspect", tmp_path / "a.wasm")


@pytest.mark.parametrize("params", ["", '"params": 5', '"params": [5]', '"params": [{"name": 1}]'])
def test_a_library_without_parameters(params, refused, tmp_path):
    text = '{"model_type": "llama"' + (f", {params}" if params else "") + "}"
    path = tmp_path / "a.wasm"
    path.write_bytes(b"\0asm\1\0\0\0@workgroup_size(1, 1, 1) fn main\0" + text.encode() + b"\0")
    assert "its metadata names no parameters" in refused("inspect", path)


def test_inspect_takes_a_library_that_says_little(tmp_path, capsys):
    path = tmp_path / "a.wasm"
    text = b'{"model_type": "llama", "params": []}'
    path.write_bytes(b"\0asm\1\0\0\0@workgroup_size(1, 1, 1) fn main\0" + text + b"\0")
    assert main(["inspect", str(path)]) == 0
    assert "llama ?, context ?, chunk ?, 0 parameters" in capsys.readouterr().out


@pytest.mark.parametrize("files", [None, 5, [1], "tokenizer.json"])
def test_verify_with_a_strange_list_of_tokenizer_files(files, refused, tmp_path):
    folder = converted_with(tmp_path, "mlc-chat-config.json", lambda chat: chat.update(tokenizer_files=files))
    assert f"tokenizer_files must be a list of names, not {files!r}" in refused("verify", folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nbytes": 8}, "another number of bytes than its shape needs"),
        ({"byteOffset": 1 << 30}, "ends outside its shard"),
        ({"byteOffset": -4}, "byteOffset must be a whole number above -1, not -4"),
        ({"shape": None}, "is not understood"),
        ({"shape": [-1, -64]}, "is not understood"),
        ({"dtype": "float33"}, "is not understood"),
    ],
)
def test_verify_with_a_record_that_makes_no_sense(change, said, refused, tmp_path):
    def edit(cache):
        cache["records"][0]["records"][-1].update(change)

    assert said in refused("verify", converted_with(tmp_path, "tensor-cache.json", edit))


def test_verify_takes_weights_in_the_upper_halves_of_their_words(tmp_path):
    """`f32-to-bf16`, which mlc_llm writes."""

    def edit(cache):
        [shard] = cache["records"]
        shard["records"] = [{**shard["records"][0], "name": "a", "dtype": "float32", "format": "f32-to-bf16"}]
        shard["records"][0] |= {"shape": [8, 4], "nbytes": 64, "byteOffset": 0}

    folder = converted_with(tmp_path, "tensor-cache.json", edit)
    assert check_cache(folder)["a"].shape == [8, 4]


def converted_with(tmp_path, name, edit):
    """A converted folder with a library, and one of its JSON files edited."""
    folder = tmp_path / "out"
    assert main(["convert", str(write_folder(tmp_path / "model")), "--output", str(folder)]) == 0
    write_library(folder / "a.wasm")
    value = json.loads((folder / name).read_text())
    edit(value)
    (folder / name).write_text(json.dumps(value))
    return folder


def test_verify(refused, tmp_path):
    assert "not a folder" in refused("verify", tmp_path / "none")
    folder = tmp_path / "out"
    assert main(["convert", str(write_folder(tmp_path / "model")), "--output", str(folder)]) == 0
    assert "no library" in refused("verify", folder)
    shard = folder / "params_shard_0.bin"
    data = bytearray(shard.read_bytes())
    data[1000] ^= 1
    shard.write_bytes(data)
    assert "other contents" in refused("verify", folder)
    shard.write_bytes(data[:-1])
    assert "bytes" in refused("verify", folder)
    shard.unlink()
    assert "does not exist" in refused("verify", folder)


def test_verify_with_several_libraries(refused, tmp_path):
    folder = converted_with(tmp_path, "mlc-chat-config.json", lambda chat: None)
    (folder / "b.wasm").write_bytes(b"hello")
    assert "several libraries" in refused("verify", folder)
    assert main(["verify", str(folder), "--library", str(folder / "a.wasm")]) == 0
    manifest = {"made_by": {"library": "b.wasm"}, "files": {"a.wasm": sha256(folder / "a.wasm")}}
    (folder / "modelc.json").write_text(json.dumps(manifest))
    assert "b.wasm is not a WebAssembly file" in refused("verify", folder)
    (folder / "a.wasm").rename(folder / "c.wasm")
    (folder / "b.wasm").unlink()
    (folder / "modelc.json").write_text(json.dumps({"files": {}}))
    assert main(["verify", str(folder)]) == 0


@pytest.mark.parametrize("key", ["vocab_size", "prefill_chunk_size", "context_window_size"])
def test_verify_without_a_number_in_the_chat_configuration(key, refused, tmp_path):
    folder = converted_with(tmp_path, "mlc-chat-config.json", lambda chat: None)
    assert main(["verify", str(folder)]) == 0
    folder = converted_with(tmp_path, "mlc-chat-config.json", lambda chat: chat.pop(key))
    assert f"{key} must be a whole number above 0, not None" in refused("verify", folder)


def test_verify_with_a_longer_context_than_the_library_has(refused, tmp_path):
    folder = tmp_path / "out"
    model = write_folder(tmp_path / "model", max_position_embeddings=512)
    assert main(["convert", str(model), "--chunk", "256", "--output", str(folder)]) == 0
    write_library(folder / "a.wasm")
    assert "a context of 512 tokens, but the library was made for 256" in refused("verify", folder)


@pytest.mark.parametrize("is_absolute", [False, True])
def test_verify_reads_nothing_outside_the_folder(is_absolute, refused, tmp_path):
    folder = tmp_path / "out"
    assert main(["convert", str(write_folder(tmp_path / "model")), "--output", str(folder)]) == 0
    shard = (folder / "params_shard_0.bin").rename(tmp_path / "elsewhere.bin")
    name = str(shard) if is_absolute else f"../{shard.name}"
    file = folder / "tensor-cache.json"
    file.write_text(file.read_text().replace("params_shard_0.bin", name))
    assert f"tensor-cache.json names {name}, which is not inside the folder" in refused("verify", folder)
    (folder / "modelc.json").write_text(json.dumps({"files": {name: sha256(shard)}}))
    assert f"modelc.json names {name}, which is not inside the folder" in refused("verify", folder)
