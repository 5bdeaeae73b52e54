"""What `package` and the linker leave behind, with neither TVM nor Emscripten."""

import json
import subprocess
from pathlib import Path

import pytest
from small_folder import write_folder, write_library

from modelc import commands, link, runtime
from modelc.commands import main
from modelc.manifest import sha256
from modelc.problem import Problem


@pytest.fixture
def compiled(monkeypatch):
    """The arguments of each compile, which writes as much of a library as `verify` reads."""
    calls = []

    def compile_library(*args):
        calls.append(args)
        args[3].parent.mkdir(parents=True, exist_ok=True)
        write_library(args[3])

    monkeypatch.setattr(runtime, "build_info", lambda: {"emscripten": "3.1.6"})
    monkeypatch.setattr(commands, "compile_library", compile_library)
    return calls


def test_package_verifies_its_own_library(compiled, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "another.wasm").write_bytes(b"not this one")
    (out / "notes.txt").write_text("mine")
    model = str(write_folder(tmp_path / "model"))
    for _ in range(2):
        assert main(["package", model, "--output", str(out)]) == 0
    files = json.loads((out / "modelc.json").read_text())["files"]
    assert "out-q4f32_1-webgpu.wasm" in files
    # What lies beside it is the person's own.
    assert (out / "another.wasm").exists()
    assert not {"another.wasm", "notes.txt"} & files.keys()


def test_a_package_is_whole_until_the_next_one_can_be_made(compiled, monkeypatch, tmp_path):
    model, out = str(write_folder(tmp_path / "model")), tmp_path / "out"
    assert main(["package", model, "--output", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fails(*_args):
        raise Problem("Emscripten was not found.")

    monkeypatch.setattr(commands, "compile_library", fails)
    assert main(["package", model, "--output", str(out)]) == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_package_leaves_nothing_of_an_earlier_one(compiled, tmp_path):
    model, out = str(write_folder(tmp_path / "model")), tmp_path / "out"
    (tmp_path / "model/generation_config.json").write_text('{"temperature": 0.5}')
    assert main(["package", model, "--output", str(out)]) == 0
    manifest = json.loads((out / "modelc.json").read_text())
    assert {"config.json", "generation_config.json", "model.safetensors"} <= set(manifest["sources"])
    assert manifest["made_by"]["template"] == "plain"
    out = out.rename(tmp_path / "renamed")
    assert main(["package", model, "--output", str(out)]) == 0
    assert [path.name for path in out.glob("*.wasm")] == ["renamed-q4f32_1-webgpu.wasm"]
    assert main(["convert", model, "--output", str(out)]) == 0
    assert not (out / "modelc.json").exists()
    assert len(compiled) == 2


@pytest.mark.parametrize(("flags", "said"), [([], {}), (["--in-steps"], {"in steps": True})])
def test_a_library_comes_with_a_manifest(flags, said, compiled, tmp_path):
    library, model = tmp_path / "a.1.wasm", write_folder(tmp_path / "model")
    assert main(["compile", str(model), "--context", "256", *flags, "--output", str(library)]) == 0
    manifest = json.loads((tmp_path / "a.1.json").read_text())
    assert manifest["files"] == {"a.1.wasm": sha256(library)}
    assert manifest["sources"] == {"config.json": sha256(model / "config.json")}
    options = {"quantization": "q4f32_1", "context": 256, "chunk": 256, "kernels": "tiled", "fast": False}
    assert manifest["made_by"] == {"emscripten": "3.1.6", **options, **said}
    [(*_, fused)] = compiled
    assert fused == (flags == [])


def wasm_that_imports(name):
    """One import: function `name` of module "env", of type 0."""
    entry = b"\3env" + bytes([len(name)]) + name + b"\0\0"
    contents = b"\1" + entry
    return b"\0asm\1\0\0\0\2" + bytes([len(contents)]) + contents


@pytest.mark.parametrize(("name", "is_given"), [(b"fd_write", True), (b"fork", False)])
def test_a_library_that_would_not_load_does_not_stay(name, is_given, tmp_path, monkeypatch):
    def emcc(command, **_options):
        Path(command[command.index("-o") + 1]).write_bytes(wasm_that_imports(name))
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr(link, "ensure_runtime", lambda: tmp_path)
    monkeypatch.setattr(link, "find_emcc", lambda: "emcc")
    monkeypatch.setattr(link.subprocess, "run", emcc)
    output = tmp_path / "a.wasm"
    if is_given:
        link.linker(fast=True, kernels="tiled")(str(output), [])
    else:
        with pytest.raises(Problem, match="what web-llm does not give: fork"):
            link.linker(fast=True, kernels="tiled")(str(output), [])
    assert output.exists() == is_given
