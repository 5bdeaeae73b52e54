"""What the kernels are compiled for."""

from typing import Any

import tvm

from .runtime import Family

# Keys of the target: kernels without barriers; what is one kernel otherwise is several.
SIMPLE, IN_STEPS = "simple", "in_steps"


def webgpu_target(family: Family, fused: bool = True) -> tvm.target.Target:
    """The browser: kernels in WGSL, everything around them in WebAssembly."""
    asked = [key for key, wanted in ((SIMPLE, family == SIMPLE), (IN_STEPS, not fused)) if wanted]
    spec: dict[str, Any] = {
        "kind": "webgpu",
        "host": {"kind": "llvm", "mtriple": "wasm32-unknown-unknown-wasm"},
    }
    return tvm.target.Target({**spec, "keys": ["webgpu", "gpu", *asked]} if asked else spec)


def cpu_target(fused: bool = True) -> tvm.target.Target:
    """This machine: slow, to check numbers."""
    spec: dict[str, Any] = {"kind": "llvm", "opt-level": 1}
    return tvm.target.Target(spec if fused else {**spec, "keys": ["cpu", IN_STEPS]})


def is_simple(target: tvm.target.Target) -> bool:
    return SIMPLE in target.keys


def is_fused(target: tvm.target.Target) -> bool:
    return IN_STEPS not in target.keys


def is_gpu(target: tvm.target.Target) -> bool:
    return "gpu" in target.keys
