"""What is inside a finished library: read from the file, nothing is run. Works on libraries of others too."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .limits import MAX_STORAGE_BUFFERS, MAX_THREADS, MAX_WORKGROUP_BYTES
from .problem import Problem
from .wasm_file import read_wasm

ENTRY = re.compile(rb"@workgroup_size\((\d+), (\d+), (\d+)\)\s*fn (\w+)")
SHARED = re.compile(rb"var<workgroup>\s+\w+\s*:\s*array<([\w<>]+),\s*(\d+)>")
# Types that WGSL has only in extensions, or not at all.
STRANGE = re.compile(rb"\b(?:i64|u64|i8|u8|i16|u16|f64)\b")


@dataclass(frozen=True)
class Kernel:
    name: str
    threads: int  # of a workgroup
    storage_buffers: int
    workgroup_bytes: int
    strange_types: tuple[str, ...]
    source_bytes: int

    @property
    def problems(self) -> list[str]:
        """What goes beyond the limits that web-llm asks of a device."""
        found = [f"type {name}" for name in self.strange_types]
        if self.threads > MAX_THREADS:
            found.append(f"{self.threads} threads")
        if self.storage_buffers > MAX_STORAGE_BUFFERS:
            found.append(f"{self.storage_buffers} storage buffers")
        if self.workgroup_bytes > MAX_WORKGROUP_BYTES:
            found.append(f"{self.workgroup_bytes} bytes of workgroup memory")
        return found


@dataclass(frozen=True)
class Library:
    size: int  # bytes
    metadata: dict[str, Any]
    kernels: list[Kernel]

    @property
    def problems(self) -> list[str]:
        return [f"{k.name}: {', '.join(k.problems)}" for k in self.kernels if k.problems]


def read_library(path: Path) -> Library:
    data = read_wasm(path)
    found = find_kernels(data)
    metadata = _find_metadata(data)
    if not found or metadata is None:
        raise Problem(f"{path} is a WebAssembly file but not a model library: it has no WGSL kernels or no metadata.")
    if not _are_parameters(metadata.get("params")):
        raise Problem(f"{path}: its metadata names no parameters.")
    return Library(len(data), metadata, found)


def _are_parameters(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("name"), str)
        and isinstance(each.get("dtype"), str)
        and isinstance(each.get("shape"), list)
        for each in value
    )


def find_kernels(data: bytes) -> list[Kernel]:
    """Every WGSL kernel in the bytes, by name. A shader's text begins where the one before it ended."""
    found = []
    begin = 0
    for entry in ENTRY.finditer(data):
        end = data.find(b"\0", entry.end())
        next_entry = ENTRY.search(data, entry.end())
        last = min(x for x in (end, next_entry.start() if next_entry else -1, len(data)) if x > 0)
        head, body = data[begin : entry.start()], data[entry.end() : last]
        x, y, z = (int(entry[i]) for i in (1, 2, 3))
        found.append(
            Kernel(
                entry[4].decode(),
                x * y * z,
                head.count(b"var<storage"),
                sum(_bytes_of(kind.decode(), int(count)) for kind, count in SHARED.findall(head)),
                tuple(sorted({name.decode() for name in STRANGE.findall(_text(head) + body)})),
                len(_text(head)) + len(body),
            )
        )
        begin = entry.end()
    return sorted(found, key=lambda kernel: kernel.name)


def _text(head: bytes) -> bytes:
    """From the last binary byte on: before it is the rest of the kernel before, or of the file."""
    return re.split(rb"[\x00-\x08\x0e-\x1f\x7f-\xff]", head)[-1]


def _bytes_of(kind: str, count: int) -> int:
    vector = re.match(r"vec(\d)<(\w+)>", kind)
    lanes, scalar = (int(vector[1]), vector[2]) if vector else (1, kind)
    return count * lanes * (2 if scalar == "f16" else 4)


def _find_metadata(data: bytes) -> dict[str, Any] | None:
    """The JSON object that `_metadata` returns, found by its first keys."""
    at = data.find(b'{"model_type"')
    if at < 0:
        return None
    text = data[at : at + (8 << 20)].decode("utf-8", "replace")
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    return value


def describe(library: Library) -> str:
    """A table for people."""
    # Libraries of others need not say all of this.
    kind, scheme, context, chunk = (
        library.metadata.get(key, "?")
        for key in ("model_type", "quantization", "context_window_size", "prefill_chunk_size")
    )
    lines = [
        f"{kind} {scheme}, context {context}, chunk {chunk}, "
        f"{len(library.metadata['params'])} parameters, {library.size} bytes",
        "",
        f"{'kernel':44} threads buffers workgroup-bytes source-bytes",
    ]
    lines += [
        f"{k.name:44} {k.threads:7} {k.storage_buffers:7} {k.workgroup_bytes:15} {k.source_bytes:12}"
        for k in library.kernels
    ]
    lines += ["", f"{len(library.kernels)} kernels"]
    lines += [f"beyond what web-llm asks of a device: {problem}" for problem in library.problems]
    return "\n".join(lines)
