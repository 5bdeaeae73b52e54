"""Greetings, thanks, who Pocket is; jokes and poems."""

import tomllib
from collections.abc import Sequence

from .. import texts
from ..dialogue import Dialogue, Turn
from ..store import DATA, lines, pairs

TALK = tomllib.loads((DATA / "talk.toml").read_text("utf-8"))["talk"]
POEMS = (DATA / "poems.txt").read_text("utf-8").strip().split("\n\n")
NAMED = {"{GREETING}": texts.GREETING, "{WHO}": texts.WHO, "{ABILITIES}": texts.ABILITIES}
NO_LANGUAGES = (
    "Korean", "Russian", "Arabic", "Hindi", "Danish", "Norwegian", "Czech", "Hungarian", "Thai", "Latin", "Welsh",
    "Irish", "Ukrainian", "Romanian", "Vietnamese", "Swahili", "Persian", "Bengali",
    "~Finnish", "~Hebrew", "~Icelandic", "~Croatian",
)  # fmt: skip


def talk(d: Dialogue) -> Turn:
    """Small talk; the first three, greeting, who and what, come most."""
    pool = [each for each in TALK if any(text.startswith("~") for text in each["asked"])] if d.held else TALK
    chance = d.rng.random()
    chosen = (
        pool[0] if chance < 0.15 else pool[1] if chance < 0.27 else pool[2] if chance < 0.38 else d.rng.choice(pool)
    )
    return Turn(d.phrasing(*chosen["asked"]), NAMED.get(chosen["answer"], chosen["answer"]))


def foreign_greeting(d: Dialogue) -> Turn:
    """Hello in another language."""
    greetings = pairs("greetings")
    is_unknown = d.rng.random() < 0.08 and not d.held
    language = d.option(*NO_LANGUAGES) if is_unknown else d.rng.choice(list(greetings))
    asked = d.phrasing(
        "How do you say hello in {l}?",
        "Hello in {l}",
        "Translate hello to {l}",
        "What is hello in {l}?",
        "Say hello in {l}",
        "Please say hello in {l}",
        "Greet me in {l}",
        "How do I greet someone in {l}?",
        "Give me hello in {l}.",
        "Can you say hello in {l}?",
        "What is the {l} word for hello?",
        "Write hello in {l}",
        "And hello in {l}?",
        "Now say hello in {l}",
        "How does one say hello in {l}?",
        "Tell me how to say hello in {l}.",
        "Now greet me in {l}.",
        "Now tell me the {l} word for hello",
        "~Now please say hello in {l}.",
        "~Tell me hello in {l}.",
    )
    answer = texts.DONT_KNOW if is_unknown else f"Hello in {language} is {greetings[language]}."
    return Turn(asked.format(l=language), answer)


ANOTHER = (
    "Tell me another {k}.",
    "Another {k}",
    "One more {k} please",
    "Another one",
    "One more",
    "And one more",
    "Another",
    "Next one",
    "One more {k}",
    "More {k}s",
    "Another one, please",
    "Tell me one more",
    "And now another {k}",
    "Do you have another one?",
    "Again",
    "And another, please",
    "I want another {k}",
    "I want another one",
    "I'd like one more {k}",
    "Do you have another {k}?",
    "Do you know one more?",
    "Do you know one more {k}?",
    "Give me one more",
    "Can you tell me one more {k}?",
    "I want to hear one more",
    "Now one more {k}, please",
    "~I want one more",
    "~Do you have one more {k}?",
)


def again(d: Dialogue, kind: str) -> str:
    """A question for another one of what was just told."""
    return d.phrasing(*(text.replace("{k}", kind) for text in ANOTHER))


def following(d: Dialogue, told: list[str], texts: Sequence[str]) -> str:
    """Any at first, and then the next, as they are in a book: so what comes is sure, and new until all were told."""
    return texts[(texts.index(told[-1]) + 1) % len(texts)] if told else d.rng.choice(texts)


def joke(d: Dialogue) -> Turn:
    """A joke that was not told yet."""
    told = [turn.answer for turn in d.turns if turn.answer in lines("jokes")]
    if told and d.turns[-1].answer == told[-1]:
        asked = again(d, "joke")
    elif told:
        asked = d.phrasing(
            "Tell me another joke.",
            "Another joke",
            "Tell me a different joke",
            "Do you know another joke?",
            "A new joke, please",
            "Now another joke",
        )
    else:
        asked = d.phrasing(
            "Tell me a joke.",
            "Tell me a joke",
            "Do you know a joke?",
            "Make me laugh.",
            "A joke, please.",
            "Say something funny",
            "Joke",
            "I want to hear a joke.",
            "Now tell me a joke.",
            "Please tell me a joke",
            "Give me a joke",
            "I'd like a joke",
            "Can you tell me a joke?",
            "And a joke?",
            "Now a joke",
            "~I want a joke.",
            "~Now please tell me a joke.",
        )
    return Turn(asked, following(d, told, lines("jokes")))


def poem(d: Dialogue) -> Turn:
    """A poem that was not told yet."""
    told = [turn.answer for turn in d.turns if turn.answer in POEMS]
    if told and d.turns[-1].answer == told[-1]:
        return Turn(again(d, "poem"), following(d, told, POEMS))
    asked = d.phrasing(
        "Write a poem.",
        "Tell me a poem",
        "Write me a poem.",
        "A poem, please.",
        "Do you know a poem?",
        "Write a short poem",
        "Recite a poem",
        "I want to read a poem.",
        "Now write a poem.",
        "Please write a poem",
        "Give me a poem",
        "I'd like a poem",
        "Can you write a poem?",
        "And a poem?",
        "Now a poem",
        "~I want a poem.",
        "~Now please write a poem.",
    )
    return Turn(asked, following(d, told, POEMS))
