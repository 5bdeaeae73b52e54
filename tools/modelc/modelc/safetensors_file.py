"""Weights from safetensors files, read when asked for.

Read here and not with the `safetensors` package because that has no bf16 for NumPy, and because a truncated file
must be told apart from a wrong one in a sentence.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Problem
from .read_json import path_inside, read_json

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
INDEX, ADAPTER = "model.safetensors.index.json", "adapter_model.safetensors"


class SafeTensors(Mapping[str, NDArray]):
    """name -> array (bf16 as f32), of all files in a folder, or of those that its index names."""

    def __init__(self, folder: Path) -> None:
        self.files = _files(folder)
        self._entries: dict[str, tuple[Path, int, dict[str, Any]]] = {}
        for file in self.files:
            for name, entry in _read_header(file).items():
                if name in self._entries:
                    other = self._entries[name][0]
                    raise Problem(f"{name} is in {other} and in {file}: take away the one that is not this model's.")
                self._entries[name] = entry

    def __getitem__(self, name: str) -> NDArray:
        file, offset, entry = self._entries[name]
        shape = tuple(entry["shape"])
        raw = np.memmap(file, mode="r", offset=offset, dtype=DTYPES[entry["dtype"]], shape=shape or (1,))
        if entry["dtype"] == "BF16":
            return (raw.astype(np.uint32) << 16).view(np.float32)
        return np.array(raw)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _files(folder: Path) -> list[Path]:
    if (folder / ADAPTER).exists():
        raise Problem(f"{folder / ADAPTER} changes the weights beside it: merge it into them, or take it away.")
    files = sorted(folder.glob("*.safetensors"))
    if (folder / INDEX).exists():
        named = read_json(folder / INDEX).get("weight_map")
        if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
            raise Problem(f"{folder / INDEX} names no files.")
        files = sorted({path_inside(folder, name, INDEX) for name in named.values()})
    if not files:
        raise Problem(f"There is no .safetensors file in {folder}.")
    return files


def _read_header(file: Path) -> dict[str, tuple[Path, int, dict[str, Any]]]:
    """{name: (file, offset in bytes, entry)}; every array must lie inside the file."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            text = stream.read(length) if length < 1 << 27 else b""
            total = stream.seek(0, 2)
    except OSError as error:
        raise Problem(f"{file} could not be read: {error.strerror}.") from error
    if len(text) < length or total < 8:
        raise Problem(f"{file} is cut off or no safetensors file: its header is incomplete.")
    try:
        header = json.loads(text)
        return {
            name: (file, _checked_offset(file, name, entry, 8 + length, total), entry)
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Problem(f"{file} is no safetensors file: its header is not understood.") from None


def _checked_offset(file: Path, name: str, entry: dict[str, Any], base: int, total: int) -> int:
    begin, end = entry["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in (begin, end, *entry["shape"])):
        raise ValueError
    if base + end > total:
        raise Problem(f"{file} is cut off: {name} ends at byte {base + end}, the file at {total}.")
    if entry["dtype"] not in DTYPES:
        raise Problem(f"{file}: {name} is of type {entry['dtype']}, only {', '.join(DTYPES)} are supported.")
    if np.prod(entry["shape"], dtype=np.int64) * np.dtype(DTYPES[entry["dtype"]]).itemsize != end - begin:
        raise Problem(f"{file}: {name} has another number of bytes than its shape {entry['shape']} needs.")
    return base + begin
