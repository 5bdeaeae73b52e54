"""Every function of a library in one module, and that module compiled."""

from pathlib import Path

import tvm
from tvm import relax
from tvm.relax.backend import gpu_generic

from .attention_cache import replace_kernels
from .limits import Windows
from .metadata import metadata
from .model_config import ModelConfig
from .network import Network
from .quantization import Quantization
from .runtime import Family
from .sampling import add_sampling
from .target import cpu_target, is_gpu, is_simple


def build_module(
    config: ModelConfig, quantization: Quantization, target: tvm.target.Target, windows: Windows
) -> tvm.IRModule:
    """All functions that web-llm looks up; for the CPU without those that sample."""
    network = Network(config, quantization, target, windows.sliding)
    with target:
        mod, _ = network.export_tvm(spec=network.spec())
    bb = relax.BlockBuilder(mod)
    if is_gpu(target):
        add_sampling(bb, is_simple(target))
    with bb.function("_metadata", params=[]):
        with bb.dataflow():
            text = bb.emit_output(tvm.ir.StringImm(metadata(config, quantization, windows)))
        bb.emit_func_output(text)
    mod = replace_kernels(bb.get(), config, quantization.dtype, target, windows)
    attributes = {  # upper bounds let the memory planner reserve one arena per function
        "tir_var_upper_bound": {"seq_len": windows.chunk, "total_seq_len": windows.context},
        "tir_non_negative_var": ["vocab_size"],
    }
    for name in ("embed", "prefill", "decode"):
        var = mod.get_global_var(name)
        mod[var] = mod[var].with_attrs(attributes)
    return mod


def _gpu_pipeline(target: tvm.target.Target) -> tvm.transform.Pass:
    """TVM's passes for GPUs without the library dispatch (there is nothing to dispatch), and with the removal
    of kernels that reshapes leave behind when they become views."""

    @tvm.transform.module_pass(opt_level=0)
    def pipeline(mod: tvm.IRModule, _context: tvm.transform.PassContext) -> tvm.IRModule:
        passes = (
            gpu_generic.legalize_passes(target)
            + gpu_generic.dataflow_lower_passes(target)
            + [relax.transform.DeadCodeElimination()]
            + gpu_generic.finalize_passes(target)
        )
        with target:
            return tvm.transform.Sequential(passes)(mod)

    return pipeline


def compile_webgpu(mod: tvm.IRModule, target: tvm.target.Target) -> tvm.runtime.Executable:
    """For the browser."""
    with target, tvm.transform.PassContext(config={"tirx.disable_cse_tir": True}):
        return relax.build(mod, target, relax_pipeline=_gpu_pipeline(target), system_lib=True)


def compile_cpu(mod: tvm.IRModule) -> tvm.runtime.Executable:
    """For this machine (slow, to check numbers)."""
    target = cpu_target()
    with target:
        return relax.build(mod, target, relax_pipeline=relax.get_default_pipeline(target))


def export(executable: tvm.runtime.Executable, output: Path, fast: bool, kernels: Family) -> None:
    """Link with the runtime into one .wasm. `fast`: 1 s instead of 20, 1 MB more."""
    from .link import linker

    output.parent.mkdir(parents=True, exist_ok=True)
    executable.export_library(str(output), fcompile=linker(fast, kernels))
