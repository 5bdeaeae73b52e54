"""Facts that the person tells about themselves, asked for later."""

import tomllib
from typing import NamedTuple

from ..dialogue import HELD, Dialogue, Turn
from ..store import DATA, groups, words
from ..strings import name, number, place, with_articles, word

PETS = [
    "dog",
    "cat",
    "rabbit",
    "hamster",
    "parrot",
    "horse",
    "goldfish",
    "turtle",
    "snake",
    "mouse",
    "pony",
    "lizard",
    "ferret",
    "bird",
]
RELATIVES = [
    "sister",
    "brother",
    "mother",
    "father",
    "friend",
    "cousin",
    "uncle",
    "aunt",
    "teacher",
    "neighbour",
    "boss",
    "wife",
    "husband",
    "son",
    "daughter",
    "doctor",
]
KINDS = ("name", "city", "age", "job", "word", "favourite", "pet", "relative")
WORDINGS = tomllib.loads((DATA / "wordings.toml").read_text("utf-8"))
CORRECTIONS = (
    "Actually, ",
    "No, ",
    "No, wait, ",
    "I was wrong, ",
    "Correction: ",
    "Sorry, ",
    "I made a mistake: ",
    "Oh, I meant: ",
    "Wait, ",
    "That was wrong: ",
    "Not quite: ",
    "No, that is wrong: ",
    "Pardon, ",
    "I take that back: ",
    "Let me correct that: ",
    "~Sorry, I meant: ",
    "~No, no: ",
    "~I said it wrong: ",
)
# Tellings that begin so cannot follow "No, ".
GREETED = ("Hi", "Hello", "Hey", "Please", "Remember", "Good", "{v}", "By")


class Fact(NamedTuple):
    """What is told: a kind and, for favourites, pets and relatives, of what."""

    kind: str
    of: str = ""


class Wording(NamedTuple):
    """How a fact is told, asked for, acknowledged and answered; `{v}` stands for its value."""

    told: list[str]
    asked: list[str]
    noted: str
    answer: str
    unknown: str


def wording(fact: Fact, american: bool = False) -> Wording:
    """All texts about a fact, in British spelling or in American."""
    texts = WORDINGS["pet" if fact.kind == "relative" else fact.kind]
    like, of = ("favorite", fact.of.replace("colour", "color")) if american else ("favourite", fact.of)

    def filled(text: str) -> str:
        return text.replace("{of}", of).replace("{like}", like)

    return Wording(
        [filled(text) for text in texts["told"]],
        [filled(text) for text in texts["asked"]],
        *(filled(texts[part]) for part in ("noted", "answer", "unknown")),
    )


def spelled(d: Dialogue, fact: Fact) -> Wording:
    """Its texts as this message spells them: who told it in one spelling may ask in the other."""
    return wording(fact, american=d.rng.random() < 0.35)


def some_value(d: Dialogue, fact: Fact) -> str:
    """A value for a fact."""
    match fact.kind:
        case "city":
            return place(d)
        case "age":
            return str(d.rng.randint(5, 99))
        case "job":
            return d.rng.choice(words("jobs"))
        case "word":
            return d.rng.choice([word(d), word(d), word(d).capitalize(), number(d, 3, 5)])
        case "favourite":
            return d.rng.choice(groups("favourites")[fact.of]) if d.rng.random() < 0.75 else word(d)
        case "name" if not d.held and d.rng.random() < 0.15:
            # As people type: in small letters, or with the surname.
            first = d.rng.choice(words("names"))
            return first.lower() if d.rng.random() < 0.7 else f"{first} {name(d)}"
    return name(d)


def some_fact(d: Dialogue, kind: str = "") -> Fact:
    """A fact of a kind, or of any."""
    kind = kind or d.rng.choices(KINDS, [42, 12, 4, 3, 7, 18, 10, 4])[0]
    of = {"favourite": list(groups("favourites")), "pet": PETS, "relative": RELATIVES}.get(kind)
    if kind == "favourite" and d.rng.random() < 0.35:
        of = ["colour"]
    return Fact(kind, d.rng.choice(of) if of else "")


def new_fact(d: Dialogue) -> Fact:
    """Mostly one that was not told yet, so that in a long conversation what was said long ago is asked for too."""
    fact = alike(d) if d.rng.random() < 0.4 else some_fact(d)
    for _ in range(3):
        if fact in d.memory:
            fact = some_fact(d)
    return fact


def alike(d: Dialogue) -> Fact:
    """One of a kind that was told, if there is such: only two pets show that a pet's name depends on the pet."""
    kinds = [fact.kind for fact in d.memory if fact.of]
    if not kinds:
        return some_fact(d)
    kind = d.rng.choice(kinds)
    # They are told and asked for in the same words.
    return some_fact(d, kind if kind == "favourite" else d.rng.choice(["pet", "pet", "relative"]))


def tell(d: Dialogue, fact: Fact | None = None) -> Turn:
    """Something about the person: new, or put right."""
    fact = fact or new_fact(d)
    texts = spelled(d, fact)
    value = some_value(d, fact)
    corrected = fact in d.memory
    d.memory[fact] = value
    # One in three is told again as if it were new.
    if corrected and (d.held or d.rng.random() < 0.67):
        told = d.option(*(text for text in texts.told if not text.removeprefix(HELD).startswith(GREETED)))
        told = d.option(*CORRECTIONS) + (told if told.startswith("I") else told[0].lower() + told[1:])
        return turn(told, texts.noted, value)
    told = d.option(*texts.told)
    if corrected:
        return turn(told, texts.noted, value)
    if d.rng.random() < 0.06:
        return turn(f"{d.casual(told)} {d.phrasing(*texts.asked)}", texts.answer, value)
    if fact.kind == "name" and d.rng.random() < 0.15:
        return tell_two(d, value)
    return turn(d.casual(told), texts.noted, value)


def turn(question: str, answer: str, value: str) -> Turn:
    """A question and its answer about a value."""
    return Turn(*(with_articles(text.format(v=value)) for text in (question, answer)))


def tell_two(d: Dialogue, value: str) -> Turn:
    """A name, and a second fact in the same message."""
    second = some_fact(d, d.rng.choice(["city", "favourite", "age", "pet"]))
    texts = spelled(d, second)
    d.memory[second] = some_value(d, second)
    told = texts.told[0].format(v=d.memory[second])
    joined = d.option(
        "My name is {v} and ",
        "I'm {v} and ",
        "I am {v}, and ",
        "Hi, I'm {v} and ",
        "My name is {v}. ",
        "~Hello, I'm {v} and ",
    )
    if not joined.endswith(". ") and not told.startswith("I"):
        told = told[0].lower() + told[1:]
    noted = texts.noted.format(v=d.memory[second])
    return Turn(joined.format(v=value) + with_articles(told), f"Nice to meet you, {value}! {noted}")


def correct(d: Dialogue) -> Turn:
    """A fact that was told is put right, most of all a name."""
    known = list(d.memory)
    if Fact("name") in known and d.rng.random() < 0.5:
        return tell(d, Fact("name"))
    return tell(d, d.rng.choice(known) if known else None)


def missing(d: Dialogue) -> Fact | None:
    """Mostly something not told of a kind that was: another pet's name is no answer."""
    if d.rng.random() < 0.3:
        return None
    fact = alike(d)
    return None if fact in d.memory else fact


def recall(d: Dialogue, fact: Fact | None = None) -> Turn:
    """A question about something told, or not told yet."""
    known = list(d.memory)
    if fact is None and known and d.rng.random() < 0.06 and len(known) < 4:
        answers = [with_articles(wording(each).answer.format(v=d.memory[each])) for each in known]
        return Turn(
            d.phrasing(
                "What do you know about me?", "What have I told you about me?", "Tell me what you know about me."
            ),
            " ".join(answers),
        )
    if fact is None and known and d.rng.random() < 0.8:
        fact = Fact("name") if Fact("name") in known and d.rng.random() < 0.4 else d.rng.choice(known)
    fact = fact or missing(d) or some_fact(d)
    texts = spelled(d, fact)
    answer = texts.answer.format(v=d.memory[fact]) if fact in d.memory else texts.unknown
    return Turn(d.phrasing(*texts.asked), with_articles(answer))


def said(d: Dialogue) -> Turn:
    """A question about the conversation itself."""
    if not d.turns:
        return Turn(d.phrasing("What was my first message?", "What did I just say?"), "This is your first message.")
    first, last = d.turns[0].question, d.turns[-1].question
    if d.rng.random() < 0.5 and len(first) < 80:
        asked = d.phrasing(
            "What was my first message?",
            "What did I say first?",
            "What was the first thing I said?",
            "What did I ask first?",
            "~How did I begin?",
        )
        return Turn(asked, f'Your first message was: "{first}"')
    if len(last) < 80:
        return Turn(
            d.phrasing("What did I just say?", "What was my last message?", "What did I ask before this?"),
            f'You said: "{last}"',
        )
    return recall(d)
