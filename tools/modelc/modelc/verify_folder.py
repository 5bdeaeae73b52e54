"""Whether a model folder fits its library, and every file is the one that the manifest names."""

from pathlib import Path

from .hyperparameters import check_hyperparameters
from .inspect_library import read_library
from .manifest import FILE_NAME, check_manifest, library_of_manifest
from .problem import Problem
from .read_json import path_inside, read_json, whole_number
from .tensor_cache import check_cache


def verify_folder(folder: Path, library: Path | None) -> list[str]:
    """What was checked, in sentences; a Problem where something does not fit."""
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder.")
    said = []
    if (folder / FILE_NAME).exists():
        said.append(f"{check_manifest(folder)} files have the hashes of {FILE_NAME}.")
    chat = read_json(folder / "mlc-chat-config.json")
    vocabulary, chunk, context = (
        whole_number(chat, key, "mlc-chat-config.json")
        for key in ("vocab_size", "prefill_chunk_size", "context_window_size")
    )
    named = chat.get("tokenizer_files", [])
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise Problem(f"mlc-chat-config.json: tokenizer_files must be a list of names, not {named!r}.")
    missing = [name for name in named if not path_inside(folder, name, "mlc-chat-config.json").exists()]
    if missing:
        raise Problem(f"{folder} lacks {', '.join(missing)}, which mlc-chat-config.json names.")
    arrays = check_cache(folder)
    said.append(f"{len(arrays)} arrays of weights lie inside their shards, which have their hashes.")
    library = library or library_of_manifest(folder) or _only_library(folder)
    found = read_library(library)
    if found.problems:
        raise Problem(f"{library}: beyond what web-llm asks of a device: {'; '.join(found.problems)}.")
    said.append(f"{len(found.kernels)} kernels keep to the limits that web-llm asks of a device.")
    for wanted in found.metadata["params"]:
        array = arrays.get(wanted["name"])
        shape = [vocabulary if n == "vocab_size" else n for n in wanted["shape"]]
        if array is None:
            raise Problem(f"The library needs {wanted['name']}, which the weights lack.")
        if array.shape != shape or array.dtype != wanted["dtype"]:
            raise Problem(
                f"{wanted['name']} is {array.dtype} {array.shape}, but the library needs {wanted['dtype']} {shape}."
            )
    said.append(f"All {len(found.metadata['params'])} parameters of the library are there, with its shapes.")
    check_hyperparameters(chat, found.metadata)
    if chunk != found.metadata.get("prefill_chunk_size"):
        raise Problem("mlc-chat-config.json and the library differ in prefill_chunk_size.")
    longest = found.metadata.get("context_window_size", context)
    if context > longest:
        raise Problem(
            f"mlc-chat-config.json says a context of {context} tokens, but the library was made for {longest}."
        )
    return said


def _only_library(folder: Path) -> Path:
    match sorted(folder.glob("*.wasm")):
        case [library]:
            return library
        case []:
            raise Problem(f"There is no library (.wasm) in {folder}; name one with --library.")
        case several:
            names = ", ".join(path.name for path in several)
            raise Problem(f"There are several libraries in {folder} ({names}); name one with --library.")
