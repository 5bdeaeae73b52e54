"""A compiled model on this machine's CPU, driven as web-llm drives it in the browser."""

from collections.abc import Iterable, Sequence

import numpy as np
import tvm
from numpy.typing import NDArray
from tvm import relax

from .kernels import PAGE
from .library import build_module, compile_cpu
from .limits import Windows
from .model_config import ModelConfig
from .quantization import Quantization
from .target import cpu_target


class CpuModel:
    """`step(ids)` feeds tokens and returns the logits f32 [V] after the last one."""

    def __init__(
        self,
        config: ModelConfig,
        quantization: Quantization,
        windows: Windows,
        arrays: Iterable[NDArray],
        fused: bool = True,
    ) -> None:
        """arrays: the parameters in the library's order."""
        executable = compile_cpu(build_module(config, quantization, cpu_target(fused), windows))
        self.chunk = windows.chunk
        self._vm = relax.VirtualMachine(executable, tvm.cpu())
        self._params = [tvm.runtime.tensor(array) for array in arrays]
        sizes = (1, windows.context, windows.chunk, PAGE, 0)
        self._cache = self._vm["create_tir_paged_kv_cache"](*(tvm.runtime.ShapeTuple([n]) for n in sizes))
        self._call("add_sequence", 0)

    def _call(self, name: str, *rest: object) -> None:
        tvm.get_global_func(f"vm.builtin.kv_state_{name}")(self._cache, *rest)

    def reset(self) -> None:
        self._call("clear")
        self._call("add_sequence", 0)

    def step(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """In pieces of the chunk's size, like web-llm."""
        for start in range(0, len(ids), self.chunk):
            logits = self._forward(ids[start : start + self.chunk])
        return logits

    def _forward(self, ids: Sequence[int]) -> NDArray[np.float32]:
        shape = tvm.runtime.ShapeTuple
        embedded = self._vm["embed"](tvm.runtime.tensor(np.array(ids, np.int32)), self._params)
        x = tvm.runtime.tensor(embedded.numpy()[None])
        self._call("begin_forward", shape([0]), shape([len(ids)]))
        logits, self._cache = self._vm["decode" if len(ids) == 1 else "prefill"](x, self._cache, self._params)
        self._call("end_forward")
        return logits.numpy()[0, 0]
