"""What a tokenizer.json says: its tokens, and what it puts before a text."""

import json
from dataclasses import dataclass
from typing import Any

from .problem import Problem


@dataclass(frozen=True)
class TokenizerFile:
    ids: dict[str, int]  # of every token
    added: dict[str, int]  # of those that are never cut into others, control tokens among them
    first: list[int]  # what is put before a text
    byte_level: bool


def parse_tokenizer(text: bytes) -> TokenizerFile:
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise Problem(f"tokenizer.json is not valid JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise Problem(f"tokenizer.json holds {type(raw).__name__} where a JSON object should be.")
    try:
        added = {str(token["content"]): int(token["id"]) for token in raw.get("added_tokens") or []}
    except (KeyError, TypeError, ValueError):
        raise Problem("tokenizer.json: its added_tokens are not understood.") from None
    try:
        vocab = raw["model"]["vocab"]
        # Unigram's is a list of pieces with scores.
        pieces = {piece[0]: i for i, piece in enumerate(vocab)} if isinstance(vocab, list) else dict(vocab)
        ids = {str(token): int(i) for token, i in pieces.items()}
    except (KeyError, TypeError, ValueError, IndexError):
        raise Problem("tokenizer.json: model.vocab is no table of tokens.") from None
    try:
        first = _first_ids(raw.get("post_processor"))
    except (KeyError, TypeError):
        raise Problem("tokenizer.json: its post_processor is not understood.") from None
    return TokenizerFile(ids | added, added, first, "ByteLevel" in json.dumps(raw.get("decoder")))


def _first_ids(processor: Any) -> list[int]:
    match processor:
        case {"type": "Sequence", "processors": [*parts]}:
            return [i for part in parts for i in _first_ids(part)]
        case {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": name}}, *_]}:
            return list(processor["special_tokens"][name]["ids"])
        case {"type": "BertProcessing" | "RobertaProcessing", "cls": [_, int(i)]}:
            return [i]
    return []
