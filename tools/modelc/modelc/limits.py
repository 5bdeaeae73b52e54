"""How many tokens a library takes at once, and what a browser's GPU gives a kernel."""

from dataclasses import dataclass

from .model_config import ModelConfig
from .problem import Problem

# What every WebGPU adapter that web-llm accepts offers.
MAX_STORAGE_BUFFERS = 10
MAX_WORKGROUP_BYTES = 32768
MAX_THREADS = 256

DEFAULT_CONTEXT = 8192
DEFAULT_CHUNK = 1024


@dataclass(frozen=True)
class Windows:
    """In tokens: `context` the whole conversation, `chunk` what one prefill call takes, `sliding` how
    many positions a token sees (None: all)."""

    context: int
    chunk: int
    sliding: int | None = None


def choose_windows(config: ModelConfig, context: int | None = None, chunk: int | None = None) -> Windows:
    """Defaults for what was not asked for; a window that is never reached is left out."""
    most = config.max_position_embeddings
    context = min(most, DEFAULT_CONTEXT) if context is None else context
    if not 0 < context <= most:
        raise Problem(f"A context of {context} tokens does not fit this model, which knows {most} positions.")
    sliding = config.sliding_window if (config.sliding_window or context) < context else None
    most_chunk = min(context, sliding or context)
    if chunk is None:
        chunk = min(DEFAULT_CHUNK, most_chunk)
    if not 0 < chunk <= most_chunk:
        raise Problem(f"A chunk must have between 1 and {most_chunk} tokens here, not {chunk}.")
    return Windows(context, chunk, sliding)
