"""How often a model is right on the held-out tests, and how well it writes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import monotonic

import torch

from .cases import TESTS, Case, Test, is_refusal
from .chat import Chat, Reply
from .dialogue import Turn
from .quality import is_whole_markdown, loops

BATCH = 50
WORK: list[Callable[[str], list[list[Reply]]]] = []
# Of all answers: those that end by themselves, do not loop, are whole Markdown, and do not refuse what was to be known.
WRITING_LIMITS = {"ended": 0.995, "loops": 0.002, "broken Markdown": 0.0, "false refusals": 0.02}


@dataclass
class Score:
    """Right answers of a test's cases, and its first wrong ones as question and answer."""

    right: int = 0
    cases: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of its cases, those that are right."""
        return self.right / self.cases


@dataclass
class Writing:
    """Counts over all answers of all tests."""

    answers: int = 0
    ended: int = 0
    loops: int = 0
    broken: int = 0
    known: int = 0
    refused: int = 0

    def shares(self) -> dict[str, float]:
        """The counts as shares, under the names of `WRITING_LIMITS`."""
        count = max(1, self.answers)
        return {
            "ended": self.ended / count,
            "loops": self.loops / count,
            "broken Markdown": self.broken / count,
            "false refusals": self.refused / max(1, self.known),
        }


Drawn = dict[str, list[Case]]
Result = tuple[dict[str, Score], Writing]
# Has the conversations of each test: its name, and for each of its cases the replies to all questions.
Talks = Callable[[Drawn], Iterator[tuple[str, list[list[Reply]]]]]


def talks_with(chat: Chat, processes: int) -> Talks:
    """Conversations with a network in PyTorch, many at once; each process has tests of its own."""

    def talks(drawn: Drawn) -> Iterator[tuple[str, list[list[Reply]]]]:
        # Threads of one process wait for each other: on a busy machine, one alone is several times faster.
        torch.set_num_threads(1)

        def talk(name: str) -> list[list[Reply]]:
            cases = drawn[name]
            batches = [cases[start : start + BATCH] for start in range(0, len(cases), BATCH)]
            return [replies for batch in batches for replies in play(chat, batch, TESTS[name].longest)]

        # Forked, a process has the cases, whose judges are functions and cannot be sent.
        with get_context("fork").Pool(processes, initializer=take, initargs=(talk,)) as pool:
            yield from zip(drawn, pool.imap(talk_about, drawn), strict=True)

    return talks


def take(talk: Callable[[str], list[list[Reply]]]) -> None:
    """Keeps, in a new process, what holds a test's conversations."""
    WORK.append(talk)


def talk_about(name: str) -> list[list[Reply]]:
    """The replies of a test's conversations."""
    return WORK[-1](name)


def play(chat: Chat, cases: list[Case], longest: int) -> list[list[Reply]]:
    """Asks all questions of some cases, which have equally many."""
    found: list[list[Reply]] = [[] for _ in cases]
    for turn in range(len(cases[0].questions)):
        questions = [case.questions[turn] for case in cases]
        asked = [(case.dialogue, question) for case, question in zip(cases, questions, strict=True)]
        replies = chat.replies(asked, longest)
        for case, question, reply, own in zip(cases, questions, replies, found, strict=True):
            case.dialogue.turns.append(Turn(question, reply.text))
            own.append(reply)
    return found


def judge(test: Test, cases: list[Case], talks: list[list[Reply]], writing: Writing) -> Score:
    """Which last answers are right; and counts how all are written."""
    score = Score(cases=len(cases))
    for case, replies in zip(cases, talks, strict=True):
        for reply in replies:
            writing.answers += 1
            writing.ended += reply.ended
            writing.loops += loops(reply.text)
            writing.broken += reply.ended and not is_whole_markdown(reply.text)
        # A conversation that outgrew the context has no last answer.
        answer = replies[-1].text if len(replies) == len(case.questions) else ""
        is_told = case.is_new and answer in [reply.text for reply in replies[:-1]]
        if case.is_right(answer) and not is_told:
            score.right += 1
        elif len(score.wrong) < 5:
            score.wrong.append((case.questions[-1], answer))
        if not test.refuses:
            writing.known += 1
            writing.refused += is_refusal(answer)
    return score


def draw(count: int, seed: int, only: str = "", skip: str | None = None) -> Drawn:
    """Cases of all tests whose name contains `only` and not `skip`: the same for every model."""
    drawn: Drawn = {}
    for name, test in TESTS.items():
        rng = Random(f"{seed} {name}")
        if only in name and (skip is None or skip not in name):
            drawn[name] = [test.draw(rng) for _ in range(min(count, test.most or count))]
    return drawn


def evaluate(talks: Talks, drawn: Drawn) -> Result:
    """The score of each test; prints it when it is done."""
    scores: dict[str, Score] = {}
    writing = Writing()
    started = monotonic()
    for name, replies in talks(drawn):
        scores[name] = score = judge(TESTS[name], drawn[name], replies, writing)
        print(f"{score.share:6.1%}  {name}  (after {monotonic() - started:.0f} s)", flush=True)
    return scores, writing


def save(path: Path, name: str, scores: dict[str, Score], writing: Writing) -> None:
    """Writes a result as JSON, for the model card and for comparing."""
    tests = {name: asdict(score) for name, score in scores.items()}
    path.write_text(
        json.dumps({"name": name, "tests": tests, "writing": asdict(writing)}, indent=1, ensure_ascii=False), "utf-8"
    )


def read(path: Path) -> tuple[str, Result]:
    """A result of `save` and its name."""
    result = json.loads(path.read_text("utf-8"))
    scores = {name: Score(**score) for name, score in result["tests"].items()}
    return result["name"], (scores, Writing(**result["writing"]))


def table(results: dict[str, Result]) -> str:
    """A Markdown table: a column a result. A figure below its threshold is in italics."""
    names = [name for name in TESTS if any(name in scores for scores, _ in results.values())]
    lines = [f"| test | threshold | {' | '.join(results)} |", "| --- | ---: |" + " ---: |" * len(results)]
    most = max((score.cases for scores, _ in results.values() for score in scores.values()), default=0)
    for name in names:
        threshold = TESTS[name].threshold
        found = [scores.get(name) for scores, _ in results.values()]
        cells = ["" if score is None else cell(score, threshold, most) for score in found]
        lines.append(f"| {name} | {threshold:.0%} | {' | '.join(cells)} |")
    for name, limit in WRITING_LIMITS.items():
        shares = [writing.shares()[name] for _, writing in results.values()]
        cells = [percent(share, share >= limit if name == "ended" else share <= limit) for share in shares]
        lines.append(
            f"| of all answers: {name} | {'at least' if name == 'ended' else 'at most'} {limit:.1%}"
            f" | {' | '.join(cells)} |"
        )
    return "\n".join(lines)


def cell(score: Score, threshold: float, most: int) -> str:
    """A share, and of how many cases, if these are fewer than elsewhere."""
    return percent(score.share, score.share >= threshold) + (f" of {score.cases}" if score.cases < most else "")


def percent(share: float, is_good: bool) -> str:
    """A share, in italics when it is not good enough."""
    return f"{share:.1%}" if is_good else f"*{share:.1%}*"
