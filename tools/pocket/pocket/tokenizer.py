"""The tokenizer: byte-level BPE, every digit a token of its own, learned from the corpus."""

import json
from pathlib import Path
from random import Random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from .config import Config
from .dialogue import BOS, END, Dialogue, render, text_of
from .mixture import conversation
from .strings import ALL_WORDS

CONVERSATIONS = 8000
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ 'GPT4 Correct ' + message['role'].title() + ': '"
    " + message['content'] + '<|end_of_turn|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'GPT4 Correct Assistant:' }}{% endif %}"
)


def learn(seed: int, conversations: int = CONVERSATIONS) -> Tokenizer:
    """A tokenizer for the corpus. It may know how held-out words are written, not what follows them."""
    rng = Random(seed)
    tokenizer = Tokenizer(models.BPE())
    # Digits are split off only while merges are learned: without digit merges the plain byte-level splitter
    # gives the same tokens, and the file needs nothing else.
    split = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(split)
    # An answer starts with a space, which decoding takes away.
    tokenizer.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Strip(" ", 1, 0)])
    texts = [text_of(render(conversation(rng))).replace(END, "\n").removeprefix(BOS) for _ in range(conversations)]
    trainer = trainers.BpeTrainer(
        vocab_size=Config().vocab_size,
        special_tokens=[BOS, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*texts, " ".join(ALL_WORDS)], trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Writes `tokenizer.json` and `tokenizer_config.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": Config().max_position_embeddings,
        "bos_token": BOS,
        "eos_token": END,
        "pad_token": END,
        "add_bos_token": False,
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1), "utf-8")


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a folder."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def encode(tokenizer: Tokenizer, dialogue: Dialogue) -> tuple[list[int], list[bool]]:
    """Token ids of a conversation, and which of them are learned.

    Part by part gives the same ids as in one piece: a part starts at a word's border.
    """
    ids: list[int] = []
    learned: list[bool] = []
    for text, is_learned in render(dialogue):
        encoded = tokenizer.encode(text).ids
        ids += encoded
        learned += [is_learned] * len(encoded)
    return ids, learned
