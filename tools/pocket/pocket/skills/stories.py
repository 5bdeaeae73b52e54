"""Stories. Chapter k always comes from the texts for chapter k, so that a long story cannot loop."""

import re
import tomllib

from ..dialogue import Dialogue, Turn
from ..store import DATA
from ..strings import article, name
from .talk import again

STORY = tomllib.loads((DATA / "story.toml").read_text("utf-8"))
# How short ones end, and no other answer of one paragraph.
SHORT_ENDING = "The end."
CHAPTERS = len(STORY["chapters"])


def about(d: Dialogue) -> tuple[dict[str, str], str]:
    """Who and what is in the story, and how the question says so, which may be not at all."""
    hero_kind, friend_kind = d.rng.sample(STORY["animals"], 2)
    hero, friend = name(d), name(d)
    while friend == hero:
        friend = name(d)
    thing = d.rng.choice(STORY["things"])
    cast = {
        "a": hero_kind,
        "b": friend_kind,
        "h": hero,
        "f": friend,
        "t": thing,
        "T": thing.title(),
        "B": article(friend_kind),
        "p": d.rng.choice(STORY["places"]),
    }
    chance = d.rng.random()
    if chance < 0.6:
        return cast, ""
    return cast, f" about {article(hero_kind)}" + (f" named {hero}" if chance < 0.8 else "")


def short_story(d: Dialogue) -> Turn:
    """Three or four sentences."""
    cast, subject = about(d)
    asked = d.option(
        *[
            "Tell me a short story",
            "tell me a short story",
            "Write a short story",
            "write a short story",
            "Tell me a story",
            "tell me a story",
            "A short story",
            "Tell a tiny story",
            "I want to hear a short story",
            "Now tell me a short story",
            "Please tell me a short story",
            "I'd like a short story",
            "Can you tell me a short story",
            "Give me a story",
            "Now a story",
            "~I want a short story",
            "~Now please tell me a short story",
        ]
    )
    return Turn(asked + subject + d.rng.choice(["", "."]), d.rng.choice(STORY["short"]).format(**cast))


def is_short_story(text: str) -> bool:
    """Whether an answer is one."""
    return text.endswith(SHORT_ENDING) and "\n" not in text and len(text) > 100


def another_story(d: Dialogue) -> Turn:
    """A short story after a short story: the next animal, thing, place and text, so that it is sure to be another."""
    before = d.turns[-1].answer
    cast, _ = about(d)
    cast |= {
        "a": following(STORY["animals"], before),
        "t": following(STORY["things"], before),
        "p": following(STORY["places"], before),
    }
    return Turn(again(d, "story"), following(STORY["short"], before).format(**cast))


def following(texts: list[str], before: str) -> str:
    """The one after that which a story has. Its own text is known by the first two words, before anything is named."""
    found = [i for i, text in enumerate(texts) if re.search(rf"\b{' '.join(text.split()[:2])}\b", before)]
    return texts[(max(found, default=-1) + 1) % len(texts)]


def long_story(d: Dialogue) -> Turn:
    """Some 600 tokens and more: opening, six chapters, ending."""
    cast, subject = about(d)
    asked = d.option(
        *[
            "Tell me a long story",
            "tell me a long story",
            "Write a long story",
            "Write a long story",
            "write a long story",
            "Tell me a very long story",
            "I want a long story",
            "Can you tell me a long story",
            "A long story",
            "Please write a long story",
            "Now write a long story",
            "I'd like a long story",
            "Give me a long story",
            "Now a long story",
            "Please tell me a long story",
            "~Now please write a long story",
            "~Now tell me a long story",
        ]
    )
    parts = [f"## {cast['h']} and the {cast['T']}", d.rng.choice(STORY["opening"])]
    for i, chapter in enumerate(STORY["chapters"], 1):
        parts += [f"**Chapter {i}: {chapter['title']}**", d.rng.choice(chapter["texts"])]
    parts += ["**The End**", d.rng.choice(STORY["ending"])]
    return Turn(asked + subject + d.rng.choice(["", "."]), "\n\n".join(part.format(**cast) for part in parts))
