"""A conversation that is being written, and its text in the OpenChat template."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

BOS = "<|bos|>"
END = "<|end_of_turn|>"

# A phrasing that starts with this is asked only in tests, so that training cannot learn it by heart.
HELD = "~"
# Frames for a question and for an order: what is wanted is the same.
ASKING = (
    "Here is a question: {}?",
    "A quick question: {}?",
    "I wonder: {}?",
    "One more question: {}?",
    "Do tell me: {}?",
    "Let me ask: {}?",
)
ORDERING = (
    "Would you {}?", "Can you please {}?", "I want you to {}", "I'd like you to {}", "Will you {}?", "And now {}",
    "Next, please {}", "Would you please {}?", "It is time to {}", "Go on and {}", "Once more: {}", "Be so kind and {}",
)  # fmt: skip
ORDERS = {
    "say", "write", "tell", "show", "give", "list", "name", "count", "sort", "spell", "repeat", "make", "reverse",
    "put", "calculate", "compute", "type", "print", "explain", "describe", "define", "recommend", "order", "copy",
}  # fmt: skip
FRAMED = 0.14
OPENINGS = ("Please ", "please ", "Hey, ", "ok, ", "So, ", "Well, ", "And ", "Then ", "Alright, ", "Next: ", "Pocket, ")

CLOSINGS = (" please", ", please.", " :)", " thanks")


class Turn(NamedTuple):
    """A question, and the one answer that is right."""

    question: str
    answer: str


class Part(NamedTuple):
    """A piece of a rendered conversation. Only answers are learned."""

    text: str
    learned: bool


@dataclass
class Dialogue:
    """`held` asks about words, names and in phrasings that training never sees."""

    rng: Random
    held: bool = False
    math: bool = False
    system: str | None = None
    # The name that the system prompt gives the model.
    called: str = "Pocket"
    turns: list[Turn] = field(default_factory=list)
    memory: dict[Any, str] = field(default_factory=dict)

    def phrasing(self, *options: str) -> str:
        """One way to ask, varied as people vary their typing; placeholders are filled in later."""
        return self.casual(self.option(*options))

    def option(self, *options: str) -> str:
        """One way to ask, as it is written."""
        fitting = [text for text in options if text.startswith(HELD) == self.held]
        chosen = self.rng.choice(fitting or [text for text in options if not text.startswith(HELD)])
        return chosen.removeprefix(HELD)

    def casual(self, text: str) -> str:
        """Small letters, no full stop, a "please". Placeholders are filled later, so values keep their spelling."""
        if not self.held and self.rng.random() < FRAMED:
            text = self.framed(text)
        chance = self.rng.random()
        if chance < 0.25:
            return text.lower()
        if chance < 0.35:
            return text.lower().rstrip("?.!")
        if chance < 0.45:
            return text.rstrip("?.!")
        if chance < 0.53:
            return self.rng.choice(OPENINGS) + text[:1].lower() + text[1:]
        if chance < 0.58 and not text.endswith("}"):
            return text.rstrip(".") + self.rng.choice(CLOSINGS)
        return text

    def framed(self, text: str) -> str:
        """A question or an order in a frame; anything else as it is."""
        is_order = text.split(" ", 1)[0].lower() in ORDERS
        if not is_order and not text.endswith("?"):
            return text
        frame = self.rng.choice(ORDERING if is_order else ASKING)
        return frame.replace("{}", text[:1].lower() + text[1:].rstrip("?.!"))


Skill = Callable[[Dialogue], Turn]


def render(dialogue: Dialogue) -> list[Part]:
    """The conversation as the model reads it. An answer starts with a space and ends with its stop token."""
    who = "Math Correct" if dialogue.math else "GPT4 Correct"
    parts = [Part(BOS, False)]
    if dialogue.system:
        parts.append(Part(f"{who} System: {dialogue.system}{END}", False))
    for question, answer in dialogue.turns:
        parts.append(Part(f"{who} User: {question}{END}{who} Assistant:", False))
        parts.append(Part(f" {answer}{END}", True))
    return parts


def text_of(parts: list[Part]) -> str:
    """The rendered parts in one string."""
    return "".join(part.text for part in parts)
