"""`npm run pocket -- COMMAND`: every stage of making Pocket, or all of them."""

import argparse
from dataclasses import replace
from pathlib import Path
from random import Random

from . import evaluate, tokenizer
from .average import write_average
from .browser import talks_in_browser
from .card import card
from .chat import Chat
from .checkpoint import load_network
from .dialogue import Dialogue, Turn, render, text_of
from .leakage import leaks
from .mixture import conversation
from .timing import estimate
from .train import Plan, train


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="npm run pocket --", description=__doc__)
    parser.add_argument(
        "command", choices=COMMANDS, help=" ".join(f"{name}: {about.__doc__}" for name, about in COMMANDS.items())
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(".cache/pocket"), help="the run's files (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of corpus, network and tests (default: %(default)s)")
    parser.add_argument(
        "--tokens", type=float, default=60, help="length of the training in millions (default: %(default)s)"
    )
    parser.add_argument("--minutes", type=float, default=0, help="length of the training by the clock instead")
    parser.add_argument("--processes", type=int, default=2, help="cores to train and test on (default: %(default)s)")
    parser.add_argument(
        "--start-from", type=Path, help="a folder with a model's weights and tokenizer, or a state.pt of another run"
    )
    parser.add_argument(
        "--peak", type=float, default=1.0, help="factor of the learning rate; less when starting from another run"
    )
    parser.add_argument("--of", type=Path, nargs="+", default=[], help="folders of the runs that `average` takes")
    parser.add_argument("--cases", type=int, default=200, help="cases of each test (default: %(default)s)")
    parser.add_argument("--only", default="", help="tests whose name contains this")
    parser.add_argument("--skip", help="leaves out tests whose name contains this")
    parser.add_argument("--temperature", type=float, default=0.0, help="of the tests (default: %(default)s)")
    parser.add_argument(
        "--model",
        type=Path,
        help="a folder with a packed model, in place of the run's own; with its library for `browser`",
    )
    parser.add_argument(
        "--column", help="the result's name in the card (default: what was tested); with --only, needed to save it"
    )
    parser.add_argument("--full", action="store_true", help="test the f32 weights instead of those at 4 bits")
    options = parser.parse_args()
    if options.cases < 1:
        parser.error("--cases must be 1 or more.")
    if options.full and options.model:
        parser.error("--full is about a run's own weights: leave --model out.")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """The training that the options ask for."""
    plan = Plan(
        options.folder,
        tokens=int(options.tokens * 1e6),
        minutes=options.minutes,
        seed=options.seed,
        processes=options.processes,
        peak=options.peak,
        start_from=options.start_from,
    )
    return replace(plan, first=0.0) if options.start_from else plan


def chat_of(options: argparse.Namespace, full: bool) -> Chat:
    """The model of --model, or the folder's."""
    folder = options.model or options.folder
    loaded = tokenizer.load(folder)
    network = load_network(folder, loaded.get_vocab_size(), four_bits=not full)
    return Chat(network, loaded, options.temperature, options.seed)


def show(options: argparse.Namespace) -> None:
    """prints one conversation of the corpus."""
    print(text_of(render(conversation(Random(options.seed)))))


def make_tokenizer(options: argparse.Namespace) -> None:
    """learns the tokenizer from the corpus, or takes that of the model to start from."""
    start = options.start_from and (options.start_from if options.start_from.is_dir() else options.start_from.parent)
    tokenizer.save(tokenizer.load(start) if start else tokenizer.learn(options.seed), options.folder)


def start_training(options: argparse.Namespace) -> None:
    """trains; goes on where it was killed."""
    if not (options.folder / "tokenizer.json").exists():
        make_tokenizer(options)
    train(plan_of(options))


def average_runs(options: argparse.Namespace) -> None:
    """writes the mean of the runs of --of as the folder's model."""
    if not options.of:
        raise SystemExit("Say with --of which runs' weights to take the mean of.")
    write_average(options.of, options.folder)


def check_leakage(options: argparse.Namespace) -> None:
    """looks for test questions in 20,000 conversations of the corpus."""
    found = leaks(20_000, options.cases, options.seed)
    if found:
        raise SystemExit("\n".join(["Training sees what the tests ask:", *found]))
    print("No test question, held-out name or held-out phrasing is in the corpus.")


def run_tests(options: argparse.Namespace) -> None:
    """runs the held-out tests and saves the result."""
    talks = evaluate.talks_with(chat_of(options, options.full), options.processes)
    keep(options, "f32" if options.full else "4 bits", talks)


def run_tests_in_browser(options: argparse.Namespace) -> None:
    """runs the held-out tests through web-llm, with the packed model of --model, and saves the result."""
    if options.model is None:
        raise SystemExit("Say with --model which folder holds the packed model and its library.")
    keep(options, "in the browser", talks_in_browser(options.model))


def keep(options: argparse.Namespace, name: str, talks: evaluate.Talks) -> None:
    """Runs the tests, saves and prints the result."""
    warm = f", temperature {options.temperature:g}" if options.temperature else ""
    drawn = evaluate.draw(options.cases, options.seed, options.only, options.skip)
    if not drawn:
        raise SystemExit(f"No test has {options.only!r} in its name.")
    result = evaluate.evaluate(talks, drawn)
    # A part of the tests does not take the place of all of them.
    if options.column or not options.only:
        name = options.column or name + warm
        options.folder.mkdir(parents=True, exist_ok=True)
        evaluate.save(options.folder / f"tests-{name.replace(', ', '-').replace(' ', '-')}.json", name, *result)
    print(evaluate.table({name: result}))


def write_card(options: argparse.Namespace) -> None:
    """writes card.md from the saved results."""
    paths = sorted(options.folder.glob("tests-*.json"), key=lambda path: path.stat().st_mtime)
    results = dict(evaluate.read(path) for path in paths)
    if not results:
        raise SystemExit("There are no results to write about yet: run `evaluate` first.")
    (options.folder / "card.md").write_text(card(chat_of(options, False), results), "utf-8")


def chat(options: argparse.Namespace) -> None:
    """talks with the model; an empty line ends."""
    partner, d = chat_of(options, options.full), Dialogue(Random(options.seed))
    while question := input("> "):
        answer = partner.reply(d, question).text
        d.turns.append(Turn(question, answer))
        print(answer)


def do_all(options: argparse.Namespace) -> None:
    """does everything unattended, and says first how long it will take."""
    if not (options.folder / "tokenizer.json").exists():
        make_tokenizer(options)
    print(estimate(plan_of(options), options.cases), flush=True)
    check_leakage(options)
    start_training(options)
    for full in (True, False):
        run_tests(argparse.Namespace(**vars(options) | {"full": full}))
    write_card(options)


COMMANDS = {
    "show": show,
    "leakage": check_leakage,
    "tokenizer": make_tokenizer,
    "train": start_training,
    "average": average_runs,
    "evaluate": run_tests,
    "browser": run_tests_in_browser,
    "card": write_card,
    "chat": chat,
    "all": do_all,
}

if __name__ == "__main__":
    arguments = parse()
    COMMANDS[arguments.command](arguments)
