"""Checks that training never asks what the tests ask."""

from random import Random

from .cases import TESTS
from .mixture import conversation
from .store import words


def leaks(conversations: int, cases: int, seed: int) -> list[str]:
    """What is in a sample of the training corpus although it is held out; empty when all is well."""
    rng = Random(seed)
    drawn = [conversation(rng) for _ in range(conversations)]
    trained = {turn.question for d in drawn for turn in d.turns}
    known = {word.strip(".,!?:;\"'*`") for d in drawn for turn in d.turns for word in turn.question.split()}
    found = [f"held-out name: {name}" for name in words("names_held") if name in known]
    return found + asked_in_both(trained, cases, seed)


def asked_in_both(trained: set[str], cases: int, seed: int) -> list[str]:
    """Questions of the tests, with what was said before them, that training asks word for word."""
    found = []
    for name, test in TESTS.items():
        rng = Random(f"{seed} {name}")
        for _ in range(cases):
            questions = test.draw(rng).questions
            if all(question in trained for question in questions):
                found.append(f"{name}: {questions}")
    return found
