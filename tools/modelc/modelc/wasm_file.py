"""What is read from, and cut out of, a WebAssembly file. Format: WebAssembly Core Specification 2.0, section 5.5."""

from collections.abc import Iterator
from pathlib import Path

from .problem import Problem

CUSTOM_SECTION, IMPORT_SECTION = 0, 2
FUNCTION, TABLE, MEMORY, GLOBAL = range(4)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self) -> int:
        """LEB128, unsigned."""
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def name(self) -> str:
        size = self.number()
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def skip_limits(self) -> None:
        has_maximum = self.number() & 1
        self.number()
        if has_maximum:
            self.number()

    def skip_import(self) -> None:
        kind = self.number()
        if kind == FUNCTION:
            self.number()
        elif kind == TABLE:
            self.number()
            self.skip_limits()
        elif kind == MEMORY:
            self.skip_limits()
        elif kind == GLOBAL:
            self.number()
            self.number()


def read_wasm(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} could not be read: {error.strerror}.") from error
    if data[:8] != b"\0asm\1\0\0\0":
        raise Problem(f"{path} is not a WebAssembly file.")
    return data


def _sections(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(kind, begin, begin of the contents, end) of each."""
    reader = _Reader(data)
    reader.at = 8
    while reader.at < len(data):
        begin = reader.at
        kind = reader.number()
        size = reader.number()
        yield kind, begin, reader.at, reader.at + size
        reader.at += size


def wasm_imports(data: bytes) -> list[tuple[str, str]]:
    """(module, name) of each."""
    found = []
    for kind, _, contents, end in _sections(data):
        if kind != IMPORT_SECTION:
            continue
        reader = _Reader(data[contents:end])
        for _ in range(reader.number()):
            found.append((reader.name(), reader.name()))
            reader.skip_import()
    return found


def without_names(data: bytes) -> bytes:
    """Without the function names for debuggers."""
    kept = [
        data[begin:end]
        for kind, begin, contents, end in _sections(data)
        if not (kind == CUSTOM_SECTION and _Reader(data[contents:end]).name() == "name")
    ]
    return data[:8] + b"".join(kept)
