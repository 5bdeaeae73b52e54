from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from pocket import tokenizer as tokenizers
from pocket.average import write_average
from pocket.batches import STEP, batches
from pocket.browser import job_of
from pocket.cases import Case
from pocket.chat import Chat, Reply
from pocket.checkpoint import load_network, read_state, write_state
from pocket.config import END_ID, Config
from pocket.dialogue import END, Dialogue, Turn, render, text_of
from pocket.evaluate import Score, Writing, draw, evaluate, read, save, table, talks_with
from pocket.mixture import conversation
from pocket.network import Network, short_attention
from pocket.quantise import dequantise, quantise
from pocket.released import read_weights
from pocket.train import HEAD_STEP, IGNORED, Plan, Run, head, train

RELEASED = Path(__file__).parents[3] / "public/models/pocket/resolve/9"


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
    # Few widths: the last position is only learned.
    assert ids.shape[1] % STEP == 1
    assert ids.numel() <= 2048
    assert 0 < learned.sum() < learned.numel()


def test_four_bits_lose_nothing_when_done_again():
    weight = torch.randn(8, 64)
    once = dequantise(*quantise(weight))
    assert torch.allclose(dequantise(*quantise(once)), once, atol=1e-6)
    assert (once - weight).abs().max() < weight.abs().max() / 7


def test_an_average_is_between_its_runs(folder, tmp_path):
    size = tokenizers.load(folder).get_vocab_size()
    networks = []
    for name in ("a", "b"):
        tokenizers.save(tokenizers.load(folder), tmp_path / name)
        networks.append(Network(Config(vocab_size=size)))
        write_state(tmp_path / name, {"model": networks[-1].state_dict()})
    write_average([tmp_path / "a", tmp_path / "b"], tmp_path / "mean")
    mean = Network(Config(vocab_size=size))
    pairs = zip(*(each.state_dict().items() for each in networks), strict=True)
    mean.load_state_dict({key: (one + other) / 2 for (key, one), (_, other) in pairs})
    written = load_network(tmp_path / "mean", size, four_bits=True).state_dict()
    for key, value in mean.snap().state_dict().items():
        assert torch.allclose(written[key], value, atol=1e-6)
    assert tokenizers.load(tmp_path / "mean").get_vocab_size() == size


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
    every = network.hidden(ids)
    kept = network.hidden(ids, kept=learned.flatten().nonzero().flatten())
    assert torch.allclose(every[learned], kept, atol=1e-5)


def test_the_head_learns_the_tokens_that_follow_and_no_filling():
    ids = torch.tensor([[5, 6, 7, 8], [9, 10, 11, 12]])
    learned = torch.tensor([[False, False, True, True], [False, True, False, False]])
    kept, targets = head(ids, learned)
    assert len(kept) == HEAD_STEP
    assert kept[:3].tolist() == [1, 2, 3]
    assert targets[:3].tolist() == [7, 8, 10]
    assert set(targets[3:].tolist()) == {IGNORED}


def test_attention_in_steps_is_that_of_pytorch():
    torch.manual_seed(5)
    q, k, v = torch.randn(3, 4, 20, 64), torch.randn(3, 2, 20, 64), torch.randn(3, 2, 20, 64)
    expected = scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    assert torch.allclose(short_attention(q, k, v), expected, atol=1e-5)


def test_a_copy_of_half_precision_has_about_the_loss_of_its_weights(tokenizer):
    torch.manual_seed(6)
    config = Config(vocab_size=tokenizer.get_vocab_size())
    network, copy = Network(config), Network(config, torch.bfloat16)
    ids, learned = next(batches(tokenizer, Random(1), 512, 600, lambda: 0.0))
    batch = (ids[:, :-1], *head(ids, learned))
    assert torch.allclose(copy.take(network, four_bits=False).loss(*batch), network.loss(*batch), rtol=1e-2)
    assert torch.allclose(copy.take(network, four_bits=True).loss(*batch), network.snap().loss(*batch), rtol=1e-2)


def test_a_run_starts_from_weights_as_they_were_released(tmp_path):
    tokenizers.save(tokenizers.load(RELEASED), tmp_path)
    run = Run(0, Plan(tmp_path, tokens=1, processes=1, start_from=RELEASED))
    loaded = tokenizers.load(RELEASED)
    answer = Chat(run.network.eval(), loaded).reply(Dialogue(Random(0)), "What is the capital of France?")
    assert answer == ("The capital of France is Paris.", True)
    # The same weights once more as training writes them.
    run.four_bits = True
    run.save()
    for name, weight in read_weights(tmp_path).items():
        assert torch.allclose(weight, read_weights(RELEASED)[name], atol=1e-6)


def test_a_run_learns_and_goes_on_where_it_ended(folder):
    train(Plan(folder, tokens=6_000, processes=1, batch=1024, four_bits_from=0.5, compiled=False))
    first = read_state(folder / "state.pt")
    train(Plan(folder, tokens=9_000, processes=1, batch=1024, four_bits_from=0.5, compiled=False))
    second = read_state(folder / "state.pt")
    assert 0 < first["step"] < second["step"]
    assert first["seen"] < second["seen"]
    assert not torch.equal(first["model"]["model.norm.weight"], second["model"]["model.norm.weight"])


def test_a_run_that_goes_on_keeps_its_clock_and_one_from_another_begins_anew(folder, tmp_path):
    state = read_state(folder / "state.pt")
    assert state["minutes"] > 0
    write_state(folder, state | {"minutes": 30.0})
    plan = Plan(folder, tokens=1, minutes=40, processes=1, compiled=False)
    own = Run(0, plan)
    assert own.seen == state["seen"]
    assert 0.75 <= own.measure_progress() < 0.8
    tokenizers.save(tokenizers.load(folder), tmp_path)
    other = Run(0, replace(plan, folder=tmp_path, start_from=folder / "state.pt"))
    assert (other.seen, other.step) == (0, state["step"])
    assert other.measure_progress() < 0.05
    assert torch.equal(other.network.model.norm.weight, own.network.model.norm.weight)


def test_the_saved_model_is_on_its_grid(folder, tokenizer):
    train(Plan(folder, tokens=9_500, processes=1, batch=1024, compiled=False))
    vocabulary = tokenizer.get_vocab_size()
    packed = load_network(folder, vocabulary, four_bits=True)
    full = load_network(folder, vocabulary, four_bits=False).snap()
    for ours, theirs in zip(packed.parameters(), full.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_test_scores_the_last_answers_and_counts_all():
    drawn = draw(2, seed=0, only="corrected")

    def talks(asked):
        for name, cases in asked.items():
            # The second conversation outgrew its context.
            yield name, [[Reply("Noted.", True)] * len(cases[0].questions), [Reply("I", False)]]

    scores, writing = evaluate(talks, drawn)
    assert list(scores) == ["recall a corrected name"]
    assert (scores["recall a corrected name"].right, scores["recall a corrected name"].cases) == (0, 2)
    assert (writing.answers, writing.ended, writing.known) == (4, 3, 2)


def test_processes_answer_as_one_does():
    chat = Chat(load_network(RELEASED, tokenizers.load(RELEASED).get_vocab_size(), True), tokenizers.load(RELEASED))
    scores = [evaluate(talks_with(chat, processes), draw(3, seed=0, only="capital")) for processes in (1, 2)]
    assert scores[0] == scores[1]
    assert scores[0][0]["capitals"].right > 1


def test_the_browser_is_asked_what_the_network_is(tokenizer):
    dialogue = Dialogue(Random(0), math=True, system="Be brief.")
    job = job_of(Case(dialogue, ["1 + 1=", "2 + 2="], str, "2 + 2 = 4"), longest=5)
    dialogue.turns.append(Turn("1 + 1=", "2"))
    asked = Dialogue(Random(0), math=True, system="Be brief.", turns=[*dialogue.turns, Turn("2 + 2=", "")])
    assert f"{job['start']}{job['questions'][0]} 2{END}{job['questions'][1]}" == text_of(render(asked)[:-1])


def test_results_are_kept_and_misses_marked(tmp_path):
    result = ({"capitals": Score(99, 100), "lists": Score(50, 100)}, Writing(answers=200, ended=200, known=200))
    save(tmp_path / "result.json", "4 bits", *result)
    assert read(tmp_path / "result.json") == ("4 bits", result)
    text = table({"4 bits": result, "f32": ({"lists": Score(98, 100)}, Writing(answers=1))})
    assert "| capitals | 98% | 99.0% |  |" in text
    assert "| lists | 97% | *50.0%* | 98.0% |" in text
