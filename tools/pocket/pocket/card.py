"""The model card: what the model can do, how it was measured, and twenty conversations that nobody chose."""

from random import Random

from .chat import Chat
from .dialogue import Dialogue, Turn
from .evaluate import Result, Score, table
from .mixture import conversation

TRANSCRIPTS = 20


def transcript(chat: Chat, seed: int) -> str:
    """The questions of the corpus' conversation number `seed`, with the model's own answers."""
    asked = conversation(Random(seed))
    d = Dialogue(asked.rng, math=asked.math, system=asked.system)
    lines = [f"### Seed {seed}", ""]
    if d.system:
        lines += [f"System: {d.system}", ""]
    for question, _ in asked.turns:
        answer, ended = chat.reply(d, question)
        d.turns.append(Turn(question, answer))
        lines += [
            "**Person**",
            "",
            fenced(question),
            "",
            "**Pocket**",
            "",
            fenced(answer + ("" if ended else " […]")),
            "",
        ]
    return "\n".join(lines)


def fenced(text: str) -> str:
    """A text as it is, whatever Markdown is in it."""
    return f"~~~~~\n{text}\n~~~~~"


def card(chat: Chat, results: dict[str, Result]) -> str:
    """The whole card in Markdown."""
    parts = [
        "# Pocket: model card",
        "Trained on conversations that `tools/pocket` wrote; its README says on how many.",
        "## How often it is right",
        "Held-out names, words, numbers and phrasings. The whole answer is compared, but of an evaluator's the score,"
        " and of stories whether they are whole and about what was asked; any joke or poem will do. In longer"
        " conversations the model's own answers stand between. Greedy, as it ships: its default temperature is 0."
        " Figures in italics miss their threshold. Words and names are drawn anew for each case; of what has few forms"
        " (jokes, poems, code, formulas, greetings, months) cases repeat.",
        table({f"{name}, {cases_of(scores)} cases": (scores, writing) for name, (scores, writing) in results.items()}),
        "## Twenty conversations",
        f"The questions are those that `show` prints with the seeds 0 to {TRANSCRIPTS - 1}, none left out;"
        " the answers are the model's, greedy, at 4 bits.",
        *(transcript(chat, seed) for seed in range(TRANSCRIPTS)),
    ]
    return "\n\n".join(parts)


def cases_of(scores: dict[str, Score]) -> int:
    """How many cases each test had."""
    return next(iter(scores.values())).cases
