"""What made a library or a model folder, and the hash of every file: LIBRARY.json and modelc.json."""

import hashlib
import json
from pathlib import Path
from typing import Any

from .problem import Problem
from .read_json import path_inside, read_json

FILE_NAME = "modelc.json"


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_folder_manifest(
    folder: Path, made_by: dict[str, Any], sources: list[Path], files: list[Path], library: Path
) -> None:
    """modelc.json, about the files of a package, all of which lie in the folder."""
    _write(folder / FILE_NAME, {**made_by, "library": library.name}, sources, [*files, library])


def library_of_manifest(folder: Path) -> Path | None:
    """The library that an earlier `package` made in the folder: no other file there is ours."""
    if not (folder / FILE_NAME).exists():
        return None
    made_by = read_json(folder / FILE_NAME).get("made_by")
    name = made_by.get("library") if isinstance(made_by, dict) else None
    return path_inside(folder, name, FILE_NAME) if isinstance(name, str) and name.endswith(".wasm") else None


def write_library_manifest(library: Path, made_by: dict[str, Any], sources: list[Path]) -> None:
    """NAME.json beside NAME.wasm."""
    _write(library.with_suffix(".json"), made_by, sources, [library])


def _write(manifest: Path, made_by: dict[str, Any], sources: list[Path], files: list[Path]) -> None:
    """Files in a fixed order, so that equal folders are equal."""
    body = {
        "made_by": made_by,
        "sources": {path.name: sha256(path) for path in sources},
        "files": {path.relative_to(manifest.parent).as_posix(): sha256(path) for path in sorted(files)},
    }
    manifest.write_text(json.dumps(body, indent=1) + "\n")


def check_manifest(folder: Path) -> int:
    """The number of files; a Problem names the first that is missing or different."""
    files = read_json(folder / FILE_NAME).get("files")
    if not isinstance(files, dict):
        raise Problem(f"{folder / FILE_NAME} names no files.")
    for name, expected in files.items():
        path = path_inside(folder, name, FILE_NAME)
        if not path.is_file():
            raise Problem(f"{path} is named in {FILE_NAME} but does not exist.")
        if sha256(path) != expected:
            raise Problem(f"{path} has another hash than {FILE_NAME} says.")
    return len(files)
