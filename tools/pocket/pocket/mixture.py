"""Whole conversations: which skills, in what share, under which system prompt."""

from random import Random

from .dialogue import Dialogue, Skill, Turn
from .skills import copying, evaluator, facts, follow, markup, numbers, recall, stories, talk, unknown
from .strings import name

# Share of each skill's turns. What is hard for so small a model comes more often: spelling, sums, copying.
SHARES: dict[Skill, float] = {
    recall.tell: 18, recall.recall: 24, recall.correct: 9, recall.said: 1,
    copying.echo: 16, copying.spell: 14, copying.style: 20, copying.reverse: 11, copying.sort: 16,
    follow.upper: 20, follow.as_list: 5,
    numbers.sums: 34, numbers.count: 7, numbers.compare: 6,
    facts.capital: 5, facts.opposite: 3, facts.sound: 3, facts.calendar: 3, facts.colour: 2, facts.fact: 4,
    facts.category: 2,
    markup.lists: 17, markup.table: 2, markup.code: 1.5, markup.formula: 2.5,
    talk.talk: 8, talk.foreign_greeting: 1.5, talk.joke: 2, talk.poem: 1,
    stories.short_story: 1, stories.long_story: 0.8, unknown.unknown: 9, evaluator.evaluator: 8,
}  # fmt: skip
# How often the next question is about the answer before, where it can be.
FOLLOWED = 0.15
# After what is only sometimes told (a joke, a poem, a story) another one is.
ANOTHER = 0.5
# What takes a small model longest to find comes first when it starts from nothing.
FIRST: dict[Skill, float] = {
    recall.tell: 26, recall.recall: 26, copying.echo: 30, copying.style: 5, copying.spell: 6,
    talk.talk: 2, unknown.unknown: 2, facts.capital: 2,
}  # fmt: skip
AGAIN: tuple[Skill, ...] = (talk.joke, talk.poem, stories.another_story)
SUMS: dict[Skill, float] = {numbers.sums: 10, numbers.compare: 1, numbers.count: 1}
LONG = (stories.long_story, evaluator.evaluator)
PLAIN_SYSTEMS = [
    "You are a helpful assistant.",
    "You are Pocket, a tiny model.",
    "Be brief and polite.",
    "You are a friendly chatbot. Answer the user.",
    "Answer honestly.",
    "You are a helpful, honest assistant that runs in the browser.",
    "Be helpful.",
    "You are a polite assistant.",
    "You are a small and kind model.",
    "You help the user.",
    "~You are a kind assistant.",
]
PIRATE_SYSTEMS = [
    "You are a pirate.",
    "Talk like a pirate.",
    "You are a pirate. Answer like a pirate.",
    "Answer like a pirate.",
    "You speak like a pirate.",
    "Be a pirate.",
    "Always talk like a pirate.",
    "Please answer like a pirate.",
    "Speak as a pirate would.",
    "You are a friendly pirate. Speak like one.",
    "Write like a pirate.",
    "~Speak like a pirate.",
]
NAMED_SYSTEMS = [
    "You are called {n}.",
    "Your name is {n}.",
    "You are {n}, a helpful assistant.",
    "Your name is {n}. Be friendly.",
    "You are an assistant named {n}.",
    "You are {n}.",
    "You are a small assistant named {n}.",
    "You are an assistant called {n}.",
    "You are a tiny model called {n}.",
    "People call you {n}.",
    "You're {n}, a small assistant.",
    "You are a helpful model called {n}. Be brief.",
    "You go by {n}.",
    "~You are a small assistant called {n}.",
]
PIRATE_SKILLS = (
    numbers.sums,
    facts.capital,
    facts.opposite,
    facts.sound,
    facts.calendar,
    facts.fact,
    talk.talk,
    unknown.unknown,
    recall.tell,
    recall.recall,
    copying.echo,
)


def start(rng: Random, first: bool) -> tuple[Dialogue, dict[Skill, float]]:
    """An empty conversation with its system prompt, and the skills that fit it."""
    d = Dialogue(rng)
    chance = rng.random()
    if first:
        return d, FIRST
    if chance < 0.06:
        d.math = True
        return d, SUMS
    if chance < 0.11:
        d.system = d.option(*PLAIN_SYSTEMS)
    elif chance < 0.16:
        d.system = d.option(*PIRATE_SYSTEMS)
        return d, {skill: SHARES[skill] for skill in PIRATE_SKILLS}
    elif chance < 0.21:
        name_model(d)
        return d, SHARES | {talk.talk: 40}
    return d, SHARES


def name_model(d: Dialogue) -> None:
    """The system prompt gives the model another name."""
    d.called = name(d)
    d.system = d.option(*NAMED_SYSTEMS).format(n=d.called)


def is_pirate(d: Dialogue) -> bool:
    """Whether answers begin with `Arr!`."""
    return d.system is not None and "pirate" in d.system


def conversation(rng: Random, first: bool = False) -> Dialogue:
    """A conversation of 1 to 40 turns: most of the context. `first` gives short ones about copying and recall."""
    d, shares = start(rng, first)
    length = rng.choices([1, 2, 3, 4, 6, 9, 14, 24, 32, 40], [10, 13, 17, 19, 24, 13, 4, 2, 1, 2])[0]
    if first:
        length = min(length, 6)
    # People introduce themselves, with one fact or several.
    introduced = min(rng.choices(range(5), [56, 20, 10, 8, 6])[0], length - 1) if recall.tell in shares else 0
    for i in range(length):
        skill = rng.choices(list(shares), list(shares.values()))[0]
        forms = follow.forms(d) if follow.upper in shares else []
        if forms and rng.random() < (ANOTHER if len(forms) == 1 and forms[0] in AGAIN else FOLLOWED):
            skill = rng.choice(forms)
        if i < introduced:
            skill = recall.tell
        # What was told is asked for in the end; several times after a long while, as that is rare.
        ends = i >= length - 1 - length // 8
        if (ends and d.memory and rng.random() < 0.5) or (skill in LONG and length > 6):
            skill = recall.recall if recall.recall in shares else skill
        question, answer = skill(d)
        answer = answer.replace("Pocket", d.called)
        d.turns.append(Turn(question, f"Arr! {answer}" if is_pirate(d) else answer))
    return d
