"""Kernels and runtime -> one .wasm, with Emscripten."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .problem import Problem
from .progress import say
from .runtime import CACHE_UNITS, UNITS, Family, ensure_runtime, find_emcc
from .wasm_file import read_wasm, wasm_imports, without_names

FLAGS = (
    "--no-entry",
    *("-s", "WASM_BIGINT=1"),
    *("-s", "ERROR_ON_UNDEFINED_SYMBOLS=0"),
    *("-s", "STANDALONE_WASM=1"),
    *("-s", "ALLOW_MEMORY_GROWTH=1"),
    *("-s", "INITIAL_MEMORY=32MB"),
)

# Everything that web-llm's JavaScript gives. A name beyond these could not be resolved in the browser.
GIVEN = frozenset(
    [
        "TVMFFIWasmFunctionDeleter",
        "TVMFFIWasmSafeCall",
        "clock_time_get",
        "emscripten_notify_memory_growth",
        "environ_get",
        "environ_sizes_get",
        "fd_close",
        "fd_read",
        "fd_seek",
        "fd_write",
        "proc_exit",
        "__cxa_thread_atexit",
        "__console_log",
    ]
)


def linker(fast: bool, kernels: Family) -> Callable[..., None]:
    """An `fcompile` for Executable.export_library."""

    def link(output: str, objects: Any, options: list[str] | None = None, **_unused: Any) -> None:
        objects = [objects] if isinstance(objects, (str, os.PathLike)) else list(objects)
        folder = ensure_runtime()
        runtime = [str(folder / f"{unit}.o") for unit in (*UNITS, CACHE_UNITS[kernels])]
        level = "-O1" if fast else "-O2"
        command = [
            find_emcc(),
            level,
            *FLAGS,
            "-o",
            str(output),
            *runtime,
            *map(str, objects),
            *(options or []),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            say(done.stdout)
            raise Problem("Emscripten could not link the library; the reason is above.")
        path = Path(output)
        data = without_names(read_wasm(path))
        strangers = sorted({name for _, name in wasm_imports(data)} - GIVEN)
        if strangers:
            path.unlink()
            raise Problem(f"The library would import what web-llm does not give: {', '.join(strangers)}.")
        path.write_bytes(data)

    link.object_format = "o"  # type: ignore[attr-defined]
    return link
