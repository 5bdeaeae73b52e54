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


def test_package_verifies_its_own_library(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "build_info", dict)
    monkeypatch.setattr(commands, "compile_library", lambda *args: write_library(args[3]))
    out = tmp_path / "out"
    out.mkdir()
    (out / "another.wasm").write_bytes(b"not this one")
    assert main(["package", str(write_folder(tmp_path / "model")), "--output", str(out)]) == 0
    assert "out-q4f32_1-webgpu.wasm" in json.loads((out / "modelc.json").read_text())["files"]


def test_a_library_comes_with_a_manifest(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "build_info", lambda: {"emscripten": "3.1.6"})
    monkeypatch.setattr(commands, "compile_library", lambda *args: write_library(args[3]))
    library, model = tmp_path / "a.1.wasm", write_folder(tmp_path / "model")
    assert main(["compile", str(model), "--context", "256", "--output", str(library)]) == 0
    manifest = json.loads((tmp_path / "a.1.json").read_text())
    assert manifest["files"] == {"a.1.wasm": sha256(library)}
    assert manifest["sources"] == {"config.json": sha256(model / "config.json")}
    options = {"quantization": "q4f32_1", "context": 256, "chunk": 256, "kernels": "tiled", "fast": False}
    assert manifest["made_by"] == {"emscripten": "3.1.6", **options}


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
