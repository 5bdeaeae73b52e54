from pathlib import Path
from random import Random

import pytest
import torch

from pocket import tokenizer as tokenizers
from pocket.batches import batches
from pocket.chat import Chat
from pocket.checkpoint import load_network, read_state
from pocket.config import END_ID, Config
from pocket.dialogue import Dialogue, render, text_of
from pocket.evaluate import Score, Writing, read, save, table
from pocket.mixture import conversation
from pocket.network import Network
from pocket.quantise import dequantise, quantise
from pocket.released import read_weights
from pocket.train import Plan, Run, train

RELEASED = Path(__file__).parents[3] / "public/models/pocket/resolve/2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("pocket")
    tokenizers.save(tokenizers.learn(seed=1, conversations=400), path)
    return path


@pytest.fixture(scope="module")
def tokenizer(folder):
    return tokenizers.load(folder)


def test_the_tokenizer_keeps_every_text_and_splits_digits(tokenizer):
    assert tokenizer.encode("<|bos|>").ids == [0]
    assert tokenizer.encode("<|end_of_turn|>").ids == [END_ID]
    assert len(tokenizer.encode("12345").ids) == 5
    rng = Random(4)
    for _ in range(50):
        d = conversation(rng)
        ids, learned = tokenizers.encode(tokenizer, d)
        assert len(ids) == len(learned)
        assert tokenizer.encode(text_of(render(d))).ids == ids
        assert tokenizer.decode(ids, skip_special_tokens=False) == text_of(render(d))


def test_batches_are_padded_and_learn_answers(tokenizer):
    ids, learned = next(batches(tokenizer, Random(1), 2048, 600, lambda: 0.0))
    assert ids.shape == learned.shape
    assert ids.numel() <= 2048
    assert 0 < learned.sum() < learned.numel()


def test_four_bits_lose_nothing_when_done_again():
    weight = torch.randn(8, 64)
    once = dequantise(*quantise(weight))
    assert torch.allclose(dequantise(*quantise(once)), once, atol=1e-6)
    assert (once - weight).abs().max() < weight.abs().max() / 7


def test_many_answers_at_once_are_those_of_one_at_a_time(tokenizer):
    torch.manual_seed(3)
    network = Network(Config(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=90)).eval()
    for weight in network.parameters():
        weight.data *= 3
    chat = Chat(network, tokenizer)
    asked = [(Dialogue(Random(0)), question) for question in ("Hi", "What is the capital of France?", "Spell fox")]
    together = chat.replies(asked)
    # Of the same length: alone, each may use more of the context.
    for reply, (dialogue, question) in zip(together, asked, strict=True):
        assert chat.reply(dialogue, question).text.startswith(reply.text)


def test_the_last_layer_alone_leaves_positions_out(tokenizer):
    torch.manual_seed(4)
    network = Network(Config(vocab_size=tokenizer.get_vocab_size()))
    ids, learned = next(batches(tokenizer, Random(1), 512, 600, lambda: 0.0))
    every, _ = network.hidden(ids)
    kept, _ = network.hidden(ids, kept=learned)
    assert torch.allclose(every[learned], kept, atol=1e-5)


def test_a_run_starts_from_weights_as_they_were_released(tmp_path):
    tokenizers.save(tokenizers.load(RELEASED), tmp_path)
    run = Run(0, Plan(tmp_path, tokens=1, processes=1, start_from=RELEASED))
    loaded = tokenizers.load(RELEASED)
    answer = Chat(run.network.eval(), loaded).reply(Dialogue(Random(0)), "What is the capital of France?")
    assert answer == ("The capital of France is Paris.", True)
    # The same weights once more as training writes them.
    run.network.four_bits = True
    run.save()
    for name, weight in read_weights(tmp_path).items():
        assert torch.allclose(weight, read_weights(RELEASED)[name], atol=1e-6)


def test_a_run_learns_and_goes_on_where_it_ended(folder):
    train(Plan(folder, tokens=6_000, processes=1, batch=1024, four_bits_from=0.5))
    first = read_state(folder / "state.pt")
    train(Plan(folder, tokens=9_000, processes=1, batch=1024, four_bits_from=0.5))
    second = read_state(folder / "state.pt")
    assert 0 < first["step"] < second["step"]
    assert first["seen"] < second["seen"]
    assert not torch.equal(first["model"]["model.norm.weight"], second["model"]["model.norm.weight"])


def test_the_saved_model_is_on_its_grid(folder, tokenizer):
    train(Plan(folder, tokens=9_500, processes=1, batch=1024))
    vocabulary = tokenizer.get_vocab_size()
    packed = load_network(folder, vocabulary, four_bits=True)
    full = load_network(folder, vocabulary, four_bits=False).snap()
    for ours, theirs in zip(packed.parameters(), full.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_results_are_kept_and_misses_marked(tmp_path):
    result = ({"capitals": Score(99, 100), "lists": Score(50, 100)}, Writing(answers=200, ended=200, known=200))
    save(tmp_path / "result.json", *result)
    assert read(tmp_path / "result.json") == result
    text = table({"4 bits": result})
    assert "| capitals | 98% | 99.0% |" in text
    assert "| lists | 97% | *50.0%* |" in text
