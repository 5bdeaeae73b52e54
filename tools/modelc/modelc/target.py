"""What the kernels are compiled for."""

from typing import Any

import tvm

from .runtime import Family

SIMPLE = "simple"  # a key of the target that asks for the kernels without barriers


def webgpu_target(family: Family) -> tvm.target.Target:
    """The browser: kernels in WGSL, everything around them in WebAssembly."""
    spec: dict[str, Any] = {
        "kind": "webgpu",
        "host": {"kind": "llvm", "mtriple": "wasm32-unknown-unknown-wasm"},
    }
    return tvm.target.Target({**spec, "keys": ["webgpu", "gpu", SIMPLE]} if family == SIMPLE else spec)


def cpu_target() -> tvm.target.Target:
    """This machine: slow, to check numbers."""
    return tvm.target.Target({"kind": "llvm", "opt-level": 1})


def is_simple(target: tvm.target.Target) -> bool:
    return SIMPLE in target.keys


def is_gpu(target: tvm.target.Target) -> bool:
    return "gpu" in target.keys
