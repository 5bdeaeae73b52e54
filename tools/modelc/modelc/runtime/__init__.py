"""TVM's runtime as WebAssembly objects, built once from the sources in the wheels apache-tvm and apache-tvm-ffi.

`include`, `src` and the `.cc` files here are ours: the wheels lack these few headers, which the runtime's sources
include. They were written from the way those sources use them.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from ..problem import Problem
from ..progress import say

OWN = Path(__file__).resolve().parent
Family = Literal["tiled", "simple"]  # of kernels

# What every library has of the runtime, and what each family of kernels has beside it, around TVM's KV cache.
UNITS = ("wasm_runtime", "webgpu_runtime", "tvmjs_support")
CACHE_UNITS: dict[Family, str] = {"simple": "fused_attention", "tiled": "fused_decode"}

# What a page that runs a model does not need: remote procedure calls, the CPU sort (wants a header the wheel
# lacks), the CPU timer and tvm-ffi's own test functions.
LEFT_OUT = re.compile(
    r'^#include "(src/runtime/rpc/|src/runtime/extra/contrib/sort/|src/runtime/timer\.cc'
    r'|3rdparty/tvm-ffi/src/ffi/testing/)[^"]*"\n',
    re.M,
)
FLAGS = (
    *("-Os", "-std=c++17", "-Wno-ignored-attributes", "-DNDEBUG"),
    # Without these two, each C++ method marked for TVM's own shared library would be kept and exported (0.5 MB).
    # tvm-ffi's C functions, which JavaScript calls, stay exported.
    *("-DTVM_RUNTIME_DLL=", "-DTVM_RUNTIME_DLL_EXPORT="),
    *("-I.", "-Iinclude", "-I3rdparty/tvm-ffi/include"),
)


def cache_folder() -> Path:
    """Where built objects are kept: MODELC_CACHE, else .cache of the repository."""
    return Path(os.environ.get("MODELC_CACHE") or OWN.parents[3] / ".cache")


def find_emcc() -> str:
    command = os.environ.get("EMCC", "emcc")
    if shutil.which(command) is None:
        raise Problem("Emscripten was not found; install it (Debian: apt-get install emscripten) or set EMCC.")
    return command


def emcc_version() -> str:
    done = subprocess.run([find_emcc(), "--version"], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    if not found:
        raise Problem("Emscripten does not say its version: emcc --version failed.")
    return found[0]


def build_info() -> dict[str, str]:
    """Everything that decides what the objects contain."""
    own = hashlib.sha256()
    for path in sorted(p for p in OWN.rglob("*") if p.suffix in (".h", ".cc")):
        own.update(path.relative_to(OWN).as_posix().encode() + path.read_bytes())
    return {
        "apache-tvm": version("apache-tvm"),
        "apache-tvm-ffi": version("apache-tvm-ffi"),
        "emscripten": emcc_version(),
        "flags": " ".join(FLAGS),
        "own sources": own.hexdigest(),
    }


def ensure_runtime() -> Path:
    """The folder with the objects; builds them when there are none of these versions."""
    info = build_info()
    key = hashlib.sha256(json.dumps(info).encode()).hexdigest()[:16]
    folder = cache_folder() / f"modelc-runtime-{key}"
    if not (folder / "build.json").exists():
        _build(folder)
        (folder / "build.json").write_text(json.dumps(info, indent=1))  # last: a broken build counts as none
    return folder


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise Problem(f"The Python package {name} is not installed.")
    return Path(spec.origin).parent


def _stage(root: Path) -> None:
    """Lay the wheels' sources and our own files out as TVM's source tree has them."""
    tvm, ffi = _package("tvm"), _package("tvm_ffi")
    shutil.rmtree(root, ignore_errors=True)
    skip = shutil.ignore_patterns("extra", "rpc", "__pycache__", "cuda", "hexagon")
    shutil.copytree(tvm / "src/runtime", root / "src/runtime", ignore=skip)
    shutil.copytree(tvm / "include/tvm/runtime", root / "include/tvm/runtime")
    shutil.copytree(ffi / "src/ffi", root / "3rdparty/tvm-ffi/src/ffi")
    shutil.copytree(ffi / "include", root / "3rdparty/tvm-ffi/include")
    shutil.copytree(OWN / "include", root / "include", dirs_exist_ok=True)
    shutil.copytree(OWN / "src", root / "src", dirs_exist_ok=True)
    web = root / "web/emcc"
    web.mkdir(parents=True)
    pack, dropped = LEFT_OUT.subn("", (tvm / "web/emcc/wasm_runtime.cc").read_text())
    if not dropped:
        raise Problem("TVM's wasm_runtime.cc is not as expected: there was nothing to leave out.")
    (web / "wasm_runtime.cc").write_text(pack)
    shutil.copy(tvm / "web/emcc/webgpu_runtime.cc", web)
    for unit in ("tvmjs_support", *CACHE_UNITS.values()):
        shutil.copy(OWN / f"{unit}.cc", web)


def _build(folder: Path) -> None:
    say("Building TVM's runtime for WebAssembly, once (a minute) ...")
    root = folder / "stage"
    _stage(root)

    def compile_one(unit: str) -> None:
        # From inside the staging folder, so that the objects hold no path of this machine.
        command = [find_emcc(), *FLAGS, "-c", f"web/emcc/{unit}.cc", "-o", str(folder / f"{unit}.o")]
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            say(done.stdout)
            raise Problem(f"Emscripten could not compile {unit}.cc; the reason is above.")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, (*UNITS, *CACHE_UNITS.values())))
    shutil.rmtree(root)
