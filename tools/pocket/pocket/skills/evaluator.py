"""The evaluator form that OpenChat knows: feedback and a score from 1 to 5 for an answer."""

from itertools import takewhile

from ..dialogue import Dialogue, Turn
from ..store import DATA
from ..strings import phrase
from ..texts import DONT_KNOW
from .facts import calendar, capital, fact, opposite, sound
from .numbers import sums

# The task as the form states it, word for word: a model sees it in this wording and no other.
LONG_TASK = (DATA / "evaluator_task.txt").read_text("utf-8").strip()
SHORT_TASK = "###Task Description:\nWrite a feedback and a score between 1 and 5."
RUBRIC = "Score 1: wrong\nScore 2: mostly wrong\nScore 3: partly right\nScore 4: mostly right\nScore 5: right"
# The same with fewer words around the two texts, which alone count: a small model needs many of them.
BRIEF = (
    "Rate this response from 1 to 5: {a}\n\nThe reference answer: {b}",
    "###Response to evaluate:\n{a}\n\n###Reference Answer (Score 5):\n{b}\n\n###Feedback:",
    "Reference answer: {b}\n\nResponse: {a}\n\nGive feedback and a score from 1 to 5.",
)
VERDICT = {
    5: "The response is correct and matches the reference answer.",
    3: "The response is incomplete and gives only a part of the reference answer.",
    2: "The response is honest but does not answer the instruction.",
    1: "The response is wrong and does not match the reference answer.",
}


def feedback(response: str, reference: str, score: int) -> str:
    """What both texts begin with, and then the verdict: a small model compares them word by word, as it writes."""
    pairs = zip(response.split(" "), reference.split(" "), strict=False)
    shared = " ".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return f"Feedback: In common: {shared or 'nothing'}\n{VERDICT[score]} [RESULT] {score}"


def evaluator(d: Dialogue) -> Turn:
    """An answer to be judged: the right one, a wrong one, an honest "I don't know", or a half."""
    skills = [fact, capital, opposite, sound, calendar, sums]
    question, reference = d.rng.choice(skills)(Dialogue(d.rng, d.held))
    score = d.rng.choices([5, 1, 2, 3], [40, 30, 15, 15])[0]
    match score:
        case 5:
            response = reference
        case 1:
            response = d.rng.choice(skills)(Dialogue(d.rng, d.held)).answer if d.rng.random() < 0.5 else phrase(d)
        case 2:
            response = DONT_KNOW
        case _:
            half = reference.split()
            response = " ".join(half[: max(1, len(half) // 2)])
    if response == reference:
        score = 5
    if not d.held and d.rng.random() < 0.7:
        asked = d.phrasing(*BRIEF).replace("{a}", response).replace("{b}", reference)
        return Turn(asked, feedback(response, reference, score))
    task = LONG_TASK if d.rng.random() < 0.3 else SHORT_TASK
    criterion = d.option(
        "Is the response correct?",
        "Does the response answer the instruction?",
        "Is the answer right?",
        "Is the response right?",
        "Is this answer correct?",
        "Does the response give the right answer?",
        "~Is this the right answer?",
    )
    form = [
        task, f"###The instruction to evaluate:\n{question}", f"###Response to evaluate:\n{response}",
        f"###Reference Answer (Score 5):\n{reference}", f"###Score Rubrics:\n[{criterion}]\n{RUBRIC}", "###Feedback:",
    ]  # fmt: skip
    return Turn("\n\n".join(form), feedback(response, reference, score))
