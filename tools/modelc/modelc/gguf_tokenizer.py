"""The tokenizer inside a GGUF file, as tokenizer.json."""

from collections.abc import Mapping
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from .problem import Problem
from .tokenizer_file import TokenizerFile

CONTROL, USER_DEFINED = 3, 4  # values of tokenizer.ggml.token_type

# How text is cut before merging, by llama.cpp's name for it. Patterns are those of the models' own tokenizer.json.
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _after(*first: pre_tokenizers.PreTokenizer, use_regex: bool) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [*first, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)]  # type: ignore[list-item]
    )


def _cut(kind: str) -> pre_tokenizers.PreTokenizer | None:
    if kind in ("gpt-2", "gpt2"):
        return _after(use_regex=True)
    if kind == "smollm":
        return _after(pre_tokenizers.Digits(individual_digits=True), use_regex=True)
    if kind == "qwen2":
        return _after(pre_tokenizers.Split(Regex(QWEN2), "isolated"), use_regex=False)
    return None


def _pair(merge: str, vocab: Mapping[str, int], where: str) -> tuple[str, str]:
    first, _, second = merge.partition(" ")
    if not {first, second, first + second} <= vocab.keys():
        raise Problem(f"{where}: its tokenizer merges {merge!r}, but not all of that are tokens.")
    return first, second


def tokenizer_json(values: Mapping[str, Any], where: str) -> str:
    """values: the file's metadata. Byte-level BPE only: of others a tokenizer.json must lie beside the file."""
    model, kind = values.get("tokenizer.ggml.model"), values.get("tokenizer.ggml.pre", "gpt-2")
    cut = _cut(str(kind)) if model == "gpt2" else None
    tokens, merges = values.get("tokenizer.ggml.tokens"), values.get("tokenizer.ggml.merges")
    if cut is None or not tokens or merges is None:
        raise Problem(
            f"{where}: its tokenizer ({model}, {kind}) is not supported; "
            "put the model's own tokenizer.json into the same folder."
        )
    vocab = {token: index for index, token in enumerate(tokens)}
    pairs = [_pair(merge, vocab, where) for merge in merges]
    tokenizer = Tokenizer(models.BPE(vocab, pairs))
    tokenizer.pre_tokenizer = cut
    tokenizer.decoder = decoders.ByteLevel()
    types = values.get("tokenizer.ggml.token_type") or []
    for token, token_type in zip(tokens, types, strict=False):
        if token_type in (CONTROL, USER_DEFINED):
            tokenizer.add_tokens([AddedToken(token, special=token_type == CONTROL, normalized=False)])
    return tokenizer.to_str()


def check_tokens(tokenizer: TokenizerFile, values: Mapping[str, Any], beside: str, where: str) -> None:
    """Whether a tokenizer.json beside the file is that of its model."""
    tokens = values.get("tokenizer.ggml.tokens") or []
    for token, index in tokenizer.ids.items() if tokens else []:
        found = tokens[index] if index < len(tokens) else None
        if found != token and not (token in tokenizer.added and found is not None and _bare(found) == _bare(token)):
            raise Problem(
                f"{beside} is another model's: its token {index} is {token!r}, but that of {where} is {found!r}; "
                "put the right one there, or none."
            )


def _bare(token: str) -> str:
    """Converters rewrite the spaces of added tokens."""
    return token.replace("\u2581", " ").strip()
