"""Checks that training never asks what the tests ask."""

import re
from dataclasses import dataclass, field
from random import Random

from .cases import SUMS, TESTS
from .dialogue import ASKING, CLOSINGS, HELD, OPENINGS, ORDERING, Dialogue, Skill, Turn
from .mixture import SHARES, conversation
from .skills import follow, stories
from .skills.unknown import FORMS, HELD_QUESTIONS, QUESTIONS
from .store import words
from .strings import SPLIT_WORDS

# So often each skill is drawn to hear its phrasings.
DRAWS = 3000
# Tests whose answers must be new, too, however one is asked for them.
NEW_ANSWERS = ("lists", "sort numbers", "spell", *SUMS)
FOLLOWING: tuple[Skill, ...] = (follow.again_upper, follow.again_as_list, follow.shorter, stories.another_story)


@dataclass
class Listener(Dialogue):
    """A conversation that keeps the phrasings of its questions, their placeholders still empty."""

    heard: set[str] = field(default_factory=set)

    def option(self, *options: str) -> str:
        """One way to ask; when held out, all that are held out count as heard."""
        chosen = super().option(*options)
        held = [text.removeprefix(HELD) for text in options if text.startswith(HELD)]
        self.heard.update(held if self.held else [chosen])
        return chosen

    def casual(self, text: str) -> str:
        """The way to ask as it is typed."""
        if not self.held:
            self.heard.add(text)
        return super().casual(text)


def phrasings(held: bool, draws: int) -> set[str]:
    """Those of all skills, as they are written in this folder."""
    heard: set[str] = set()
    before = Turn("Reverse: fox, sun", "sun, fox")
    for skill in (*SHARES, *FOLLOWING):
        for seed in range(draws):
            listener = Listener(Random(seed), held=held, math=seed % 9 == 0, turns=[before])
            skill(listener)
            heard |= listener.heard
    return heard


def typed(text: str) -> set[str]:
    """All that an opening, a frame and a closing make of a phrasing."""
    framed = [text, *(frame.replace("{}", text.rstrip("?.!")) for frame in (*ASKING, *ORDERING))]
    opened = [opening + each for opening in ("", *OPENINGS) for each in framed]
    return {plain(each + closing) for each in opened for closing in ("", *CLOSINGS)}


def plain(phrasing: str) -> str:
    """A phrasing without what does not make it another: capitals, signs, and the names of its placeholders."""
    return re.sub(r"[\s.?!,:;'\"]+", " ", re.sub(r"\{\w*\}", "{}", phrasing)).strip().lower()


def leaks(conversations: int, cases: int, seed: int, draws: int = DRAWS) -> list[str]:
    """What is in a sample of the training corpus although it is held out; empty when all is well."""
    rng = Random(seed)
    drawn = [conversation(rng) for _ in range(conversations)]
    trained = {turn.question for d in drawn for turn in d.turns}
    answered = {turn.answer for d in drawn for turn in d.turns}
    known = {word.strip(".,!?:;\"'*`") for d in drawn for turn in d.turns for word in turn.question.split()}
    found = [f"held-out word: {word}" for word in (*words("names_held"), *SPLIT_WORDS[True]) if word in known]
    held = {plain(text): text for text in phrasings(True, draws)}
    asked = {each for text in phrasings(False, draws) for each in typed(text) & held.keys()}
    found += [f"held-out phrasing: {held[each]}" for each in sorted(asked)]
    found += [f"held-out question: {text}" for text in HELD_QUESTIONS if is_of_a_form(text)]
    return found + known_cases(trained, answered, cases, seed)


def is_of_a_form(question: str) -> bool:
    """Whether training asks this, or the same about something else. A form with one word of its own fits too much."""
    asked = [text for text in (*FORMS, *QUESTIONS) if len(re.findall(r"\w+", re.sub(r"\{\w\}", "", text))) > 1]
    return any(re.fullmatch(re.escape(plain(text)).replace(r"\{\}", ".+"), plain(question)) for text in asked)


def known_cases(asked: set[str], answered: set[str], cases: int, seed: int) -> list[str]:
    """Cases of the tests that training has word for word: all of their questions, or an answer that must be new."""
    found = []
    for name, test in TESTS.items():
        rng = Random(f"{seed} {name}")
        for _ in range(cases):
            case = test.draw(rng)
            if all(question in asked for question in case.questions):
                found.append(f"{name}: {case.questions}")
            if name in NEW_ANSWERS and case.reference in answered:
                found.append(f"{name}: {case.reference}")
    return found
