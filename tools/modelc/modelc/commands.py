"""The command line."""

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from numpy.typing import NDArray

from .chat_config import chat_config, write_chat_config
from .inspect_library import describe, read_library
from .limits import DEFAULT_CHUNK, DEFAULT_CONTEXT, Windows, choose_windows
from .manifest import FILE_NAME, library_of_manifest, write_folder_manifest, write_library_manifest
from .model_config import ModelConfig
from .parameters import parameter_list
from .problem import Problem
from .progress import bar, say
from .quantization import SCHEMES, Quantization
from .source_model import Source, open_config, open_source
from .templates import TEMPLATES
from .tensor_cache import cache_files, write_cache
from .verify_folder import verify_folder
from .weights import convert


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Problem(f"{message[:1].upper()}{message[1:]}. Try {self.prog} --help.")


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 2 with one sentence on standard error."""
    try:
        args = _parser().parse_args(arguments)
        args.run(args)
    except Problem as problem:
        say(f"modelc: {problem}")
        return 2
    except OSError as error:
        say(f"modelc: {error.filename or 'A file'} could not be used: {error.strerror}.")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="modelc", description="Compiles language models for @mlc-ai/web-llm.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    compile_ = commands.add_parser("compile", help="config.json -> library (.wasm)")
    _add_model(compile_, "a config.json, the folder that holds one, or a .gguf file")
    _add_compile(compile_)
    compile_.set_defaults(run=_compile)

    convert_ = commands.add_parser("convert", help="safetensors or GGUF -> shards, tensor-cache.json, chat config")
    _add_model(convert_, "a folder with config.json, weights and tokenizer; or a .gguf file")
    _add_convert(convert_)
    convert_.set_defaults(run=_convert)

    package = commands.add_parser("package", help="compile and convert into one folder, with hashes")
    _add_model(package, "a folder with config.json, weights and tokenizer; or a .gguf file")
    _add_compile(package)
    _add_convert(package)
    package.set_defaults(run=_package)

    verify = commands.add_parser("verify", help="check that a model folder is whole and fits its library")
    verify.add_argument("folder", type=Path)
    verify.add_argument("--library", type=Path, help=f"default: the one that {FILE_NAME} names, or the only one there")
    verify.set_defaults(run=lambda args: print("\n".join(verify_folder(args.folder, args.library))))

    inspect = commands.add_parser("inspect", help="kernels, buffers and sizes of a library")
    inspect.add_argument("library", type=Path)
    inspect.set_defaults(run=lambda args: print(describe(read_library(args.library))))

    bench = commands.add_parser("bench", help="speed of libraries, one after the other in a browser")
    bench.set_defaults(run=_bench)
    return parser


def _bench(_args: argparse.Namespace) -> None:
    """run.mjs never lets it come here."""
    raise Problem("A browser is measured by Node, not by Python: npm run modelc -- bench.")


def _add_model(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("model", type=Path, help=what)
    parser.add_argument("--quantization", default="q4f32_1", choices=SCHEMES)
    parser.add_argument("--context", type=int, help=f"tokens; default: the model's, at most {DEFAULT_CONTEXT}")
    parser.add_argument("--chunk", type=int, help=f"tokens per prefill call; default {DEFAULT_CHUNK}")
    parser.add_argument("--output", required=True, type=Path)


def _add_compile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kernels",
        default="tiled",
        choices=("tiled", "simple"),
        help="simple: without barriers, for tiny models on a GPU that is really a CPU",
    )
    parser.add_argument("--fast", action="store_true", help="link in 1 s instead of 20, 1 MB more")
    parser.add_argument(
        "--in-steps",
        action="store_true",
        help="for a token, norm, product, SwiGLU and sum as kernels of their own, and of the tiled ones rotation and"
        " append too: slower, to measure what joining them gains",
    )


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--template", default="plain", choices=TEMPLATES)
    parser.add_argument("--temperature", type=float, help="default: generation_config.json's, or 0.7")


def _plan(args: argparse.Namespace, config: ModelConfig) -> tuple[Quantization, Windows]:
    """What was asked for; refused before anything is written."""
    windows = choose_windows(config, args.context, args.chunk)
    if windows.sliding and vars(args).get("kernels") == "simple":
        raise Problem("The simple kernels have no sliding window; compile with --kernels tiled.")
    scheme = SCHEMES[args.quantization]
    if config.head_dim % 8 and scheme.dtype == "float32":  # TVM finds no tile for them
        raise Problem(f"Heads of {config.head_dim} numbers, no multiple of 8, need --quantization q4f16_1 or q0f16.")
    return scheme, windows


def _compile(args: argparse.Namespace) -> None:
    source = args.model / "config.json" if args.model.is_dir() else args.model
    config = open_config(source)
    scheme, windows = _plan(args, config)
    if args.output.suffix != ".wasm" or args.output.with_suffix(".json").resolve() == source.resolve():
        raise Problem("--output must end in .wasm, and its manifest (.json beside it) must not take the model's place.")
    compile_library(config, scheme, windows, args.output, args.kernels, args.fast, not args.in_steps)
    write_library_manifest(args.output, _made_by(args, scheme, windows), [source])


def _made_by(args: argparse.Namespace, scheme: Quantization, windows: Windows) -> dict[str, Any]:
    """What decides a library's bytes, but for the model."""
    from .runtime import build_info

    chosen = {"quantization": scheme.name, "context": windows.context, "chunk": windows.chunk}
    steps = {"in steps": True} if args.in_steps else {}
    return {**build_info(), **chosen, "kernels": args.kernels, "fast": args.fast, **steps}


def compile_library(
    config: ModelConfig,
    scheme: Quantization,
    windows: Windows,
    output: Path,
    kernels: Any,
    fast: bool,
    fused: bool = True,
) -> None:
    # TVM takes seconds to import, and only compiling needs it.
    try:
        from .library import build_module, compile_webgpu, export
        from .runtime import find_emcc
        from .target import webgpu_target
    except ImportError as error:
        raise Problem(f"Compiling needs TVM ({error}); use `npm run modelc`, which installs it.") from error
    begun = time.monotonic()
    parameter_list(config, scheme)  # shapes that do not divide are found here, with a sentence
    find_emcc()  # without it, all the compiling would be for nothing
    say(f"Compiling {config.num_hidden_layers} layers ...")
    target = webgpu_target(kernels, fused)
    executable = compile_webgpu(build_module(config, scheme, target, windows), target)
    say("Linking ...")
    # Beside its place, until it is known to be good: an earlier library is worth more than a broken one.
    part = output.with_name(f"{output.stem}.part.wasm")
    try:
        export(executable, part, fast, kernels)
        library = read_library(part)
        if library.problems:
            raise Problem(f"The library would be beyond what web-llm asks of a device: {'; '.join(library.problems)}.")
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)
    say(f"{output}: {library.size} bytes, {len(library.kernels)} kernels, {time.monotonic() - begun:.0f} s")


def _convert(args: argparse.Namespace) -> None:
    source = open_source(args.model)
    _write_model(args, _ready_to_convert(args, source), source)


@dataclass(frozen=True)
class _Ready:
    """What is left to write, once nothing of it can be refused any more."""

    scheme: Quantization
    windows: Windows
    chat: dict[str, Any]
    arrays: Iterator[tuple[str, NDArray]]
    count: int


def _ready_to_convert(args: argparse.Namespace, source: Source) -> _Ready:
    scheme, windows = _plan(args, source.config)
    parameters = parameter_list(source.config, scheme)
    chat = chat_config(source, scheme, windows, args.template, args.temperature)
    return _Ready(scheme, windows, chat, convert(source.weights, source.config, scheme), len(parameters))


def _write_model(args: argparse.Namespace, ready: _Ready, source: Source) -> list[Path]:
    """The files that were written."""
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / FILE_NAME).unlink(missing_ok=True)  # it was about other weights
    total = write_cache(bar(ready.arrays, ready.count, "Converting"), args.output)
    written = write_chat_config(args.output, source, ready.chat)
    say(f"{args.output}: {total} bytes of weights")
    return [*written, *cache_files(args.output)]


def _package(args: argparse.Namespace) -> None:
    source = open_source(args.model)
    ready = _ready_to_convert(args, source)
    earlier = library_of_manifest(args.output)
    library = args.output / f"{args.output.resolve().name}-{ready.scheme.name}-webgpu.wasm"
    # The library first: it may fail, and what an earlier `package` made is whole until then.
    compile_library(source.config, ready.scheme, ready.windows, library, args.kernels, args.fast, not args.in_steps)
    files = _write_model(args, ready, source)
    if earlier is not None and earlier != library:
        earlier.unlink(missing_ok=True)
    made_by = _made_by(args, ready.scheme, ready.windows)
    made_by |= {"template": args.template, "temperature": args.temperature}
    write_folder_manifest(args.output, made_by, source.files, files, library)
    for sentence in verify_folder(args.output, library):
        say(sentence)
