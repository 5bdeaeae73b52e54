"""modelc.json: what made a model folder, and the hash of every file in it."""

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


def write_manifest(folder: Path, made_by: dict[str, Any], sources: dict[str, str]) -> None:
    """sources: {name: sha256 or a sentence} of what went in. Files in a fixed order, so equal folders are equal."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != FILE_NAME)
    body = {
        "made_by": made_by,
        "sources": sources,
        "files": {p.relative_to(folder).as_posix(): sha256(p) for p in files},
    }
    (folder / FILE_NAME).write_text(json.dumps(body, indent=1) + "\n")


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
