"""The JSON text that web-llm reads from a library."""

import json
from dataclasses import asdict

from .limits import Windows
from .model_config import ModelConfig
from .parameters import parameter_list
from .quantization import Quantization


def metadata(config: ModelConfig, quantization: Quantization, windows: Windows) -> str:
    """web-llm needs params, prefill_chunk_size and kv_state_kind; the rest informs."""
    return json.dumps(
        {
            "model_type": config.model_type,
            "quantization": quantization.name,
            "context_window_size": windows.context,
            # The window is a mask inside the attention kernels: web-llm need not know it.
            "sliding_window_size": -1,
            "attention_sink_size": -1,
            "layer_sliding_window_size": windows.sliding or -1,
            "prefill_chunk_size": windows.chunk,
            "max_batch_size": 1,
            "tensor_parallel_shards": 1,
            "pipeline_parallel_stages": 1,
            "kv_state_kind": "kv_cache",
            "model_task": "chat",
            "params": [
                {"name": p.name, "shape": list(p.shape), "dtype": p.dtype, "preprocs": []}
                for p in parameter_list(config, quantization)
            ],
            "config": asdict(config),
        }
    )
