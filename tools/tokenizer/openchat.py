"""Builds OpenChat-3.5's tokenizer.json from the SentencePiece model of Mistral 7B v0.1, on which OpenChat was trained.

    pip install mistral-common==1.13.1 sentencepiece==0.2.3 protobuf==7.36.2 tokenizers==0.23.3
    python tools/tokenizer/openchat.py public/models/openchat/resolve/2/tokenizer.json

The SentencePiece model is a file of the package `mistral-common` (Apache-2.0). OpenChat added two tokens to it: <|end_of_turn|> (32000)
and <|pad_0|> (32001). The result is written only when it gives the 39 ids that the model card prints for its example.
"""

import importlib.util
import sys
from pathlib import Path

from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

SPACE = "\u2581"
CONTROL_TOKENS = ("<unk>", "<s>", "</s>", "<|end_of_turn|>", "<|pad_0|>")

CARD_TEXT = (
    "GPT4 Correct User: Hello<|end_of_turn|>GPT4 Correct Assistant: Hi<|end_of_turn|>"
    "GPT4 Correct User: How are you today?<|end_of_turn|>GPT4 Correct Assistant:"
)
USER, ASSISTANT, END = [420, 6316, 28781, 3198, 3123, 1247, 28747], [420, 6316, 28781, 3198, 3123, 21631, 28747], [32000]
CARD_IDS = [
    1, *USER, 22557, *END, *ASSISTANT, 15359, *END, *USER, 1602, 460, 368, 3154, 28804, *END, *ASSISTANT,
]  # fmt: skip


def read_pieces():
    """The 32,000 pieces of the SentencePiece model, in the order of their ids."""
    package = importlib.util.find_spec("mistral_common")
    if package is None or package.origin is None:
        sys.exit("The package mistral-common is not installed.")
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((Path(package.origin).parent / "data" / "tokenizer.model.v1").read_bytes())
    return list(model.pieces)


def merges_of(pieces):
    """Every way to join two pieces into a third, the best first.

    SentencePiece keeps no list of merges: it always makes the piece with the best score. Pieces that stand for control tokens or bytes
    are never made of text: otherwise "<s>" in a message would become the token that begins a conversation.
    """
    ids = {piece.piece: index for index, piece in enumerate(pieces)}
    normal = {piece.piece for piece in pieces if piece.type == piece.NORMAL}
    found = []
    for piece in pieces:
        text = piece.piece
        if text not in normal:
            continue
        for cut in range(1, len(text)):
            left, right = text[:cut], text[cut:]
            if left in normal and right in normal:
                found.append((-piece.score, ids[left], ids[right], left, right))
    return [(left, right) for *_, left, right in sorted(found)]


def build_tokenizer():
    pieces = read_pieces()
    vocabulary = {piece.piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges_of(pieces), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in CONTROL_TOKENS])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def main():
    if len(sys.argv) != 2:
        sys.exit("Say where to write it: openchat.py OUT/tokenizer.json")
    tokenizer = build_tokenizer()
    ids = tokenizer.encode(CARD_TEXT).ids
    if ids != CARD_IDS:
        sys.exit(f"The ids differ from those of the model card: {ids}")
    tokenizer.save(sys.argv[1], pretty=False)


if __name__ == "__main__":
    main()
