"""The shards of a model and tensor-cache.json, as web-llm reads them."""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Problem
from .read_json import path_inside, read_json, whole_number

SHARD_BYTES = 32 << 20
# The second name was used until web-llm 0.2.79, with the same contents.
FILE_NAMES = ("tensor-cache.json", "ndarray-cache.json")


class ShardWriter:
    """Fills params_shard_<i>.bin one after the other; an array larger than a shard gets one of its own."""

    def __init__(self, folder: Path, shard_bytes: int = SHARD_BYTES) -> None:
        self.folder, self.shard_bytes = folder, shard_bytes
        self._shards: list[dict[str, Any]] = []
        self._chunks: list[bytes] = []
        self._records: list[dict[str, Any]] = []

    def add(self, name: str, array: NDArray) -> None:
        data = np.ascontiguousarray(array).tobytes()
        used = sum(map(len, self._chunks))
        if used and used + len(data) > self.shard_bytes:
            self._flush()
            used = 0
        self._records.append(
            {
                "name": name,
                "shape": list(array.shape),
                "dtype": str(array.dtype),
                "format": "raw",
                "nbytes": len(data),
                "byteOffset": used,
            }
        )
        self._chunks.append(data)

    def _flush(self) -> None:
        if not self._chunks:
            return
        data = b"".join(self._chunks)
        path = f"params_shard_{len(self._shards)}.bin"
        (self.folder / path).write_bytes(data)
        self._shards.append(
            {
                "dataPath": path,
                "format": "raw-shard",
                "nbytes": len(data),
                # web-llm's own field; hashes that protect are in the manifest.
                "md5sum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                "records": self._records,
            }
        )
        self._chunks, self._records = [], []

    def finish(self) -> int:
        """Write the last shard and tensor-cache.json. Returns the number of bytes of weights."""
        self._flush()
        total = sum(shard["nbytes"] for shard in self._shards)
        count = sum(len(shard["records"]) for shard in self._shards)
        body = {"metadata": {"ParamSize": count, "ParamBytes": total}, "records": self._shards}
        (self.folder / FILE_NAMES[0]).write_text(json.dumps(body, indent=1))
        return total


def write_cache(arrays: Iterable[tuple[str, NDArray]], folder: Path, shard_bytes: int = SHARD_BYTES) -> int:
    """Write (name, array) pairs in place of what an earlier conversion left. Returns the number of bytes of weights."""
    # The lists first: without one, a folder whose conversion was cut off is not taken for a model.
    for path in [*(folder / name for name in FILE_NAMES), *folder.glob("params_shard_*.bin")]:
        path.unlink(missing_ok=True)
    writer = ShardWriter(folder, shard_bytes)
    for name, array in arrays:
        writer.add(name, array)
    return writer.finish()


def cache_files(folder: Path) -> list[Path]:
    """What `write_cache` wrote there."""
    return [folder / FILE_NAMES[0], *sorted(folder.glob("params_shard_*.bin"))]


@dataclass(frozen=True)
class Stored:
    """What the list says of an array."""

    dtype: str
    shape: list[int]


def check_cache(folder: Path) -> dict[str, Stored]:
    """{name: array} of all shards; every record must lie inside its shard, every shard match its md5, if it has one.
    Shards are hashed as they are read, so that large ones need no memory."""
    file = next((folder / name for name in FILE_NAMES if (folder / name).exists()), folder / FILE_NAMES[0])
    found: dict[str, Stored] = {}
    try:
        for shard in read_json(file)["records"]:
            size = _check_shard(path_inside(folder, shard["dataPath"], file.name), shard, file.name)
            for record in shard["records"]:
                stored = Stored(record["dtype"], record["shape"])
                begin, length = (whole_number(record, key, file.name, 0) for key in ("byteOffset", "nbytes"))
                if length != _bytes_of(stored, record.get("format", "raw")):
                    raise Problem(f"{file}: {record['name']} has another number of bytes than its shape needs.")
                if begin + length > size:
                    raise Problem(f"{file}: {record['name']} ends outside its shard.")
                found[record["name"]] = stored
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(f"{file} is not understood: {type(error).__name__} {error}.") from error
    return found


def _bytes_of(stored: Stored, form: str) -> int:
    """web-llm also takes f32 as the upper halves of its words, `f32-to-bf16`."""
    is_half = form == "f32-to-bf16" and stored.dtype == "float32"
    if min(stored.shape, default=1) < 0:
        raise ValueError(f"a shape of {stored.shape}")
    return math.prod(stored.shape) * (2 if is_half else np.dtype(stored.dtype).itemsize)


def _check_shard(path: Path, shard: dict[str, Any], named_in: str) -> int:
    """Its number of bytes."""
    if not path.exists():
        raise Problem(f"{path} is named in {named_in} but does not exist.")
    size = path.stat().st_size
    if size != shard["nbytes"]:
        raise Problem(f"{path} has {size} bytes, but {named_in} says {shard['nbytes']}.")
    expected = shard.get("md5sum")
    if expected:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != expected:
            raise Problem(f"{path} has other contents than {named_in} says.")
    return size
