"""Small facts: capitals, opposites, sounds, days and months, colours, categories."""

from ..dialogue import Dialogue, Turn
from ..store import DAYS, MONTHS, groups, lines, pairs
from ..strings import article, syllables, topic
from ..texts import DONT_KNOW

MIXES = {
    ("blue", "yellow"): "green", ("red", "yellow"): "orange", ("red", "blue"): "purple", ("red", "white"): "pink",
    ("black", "white"): "grey", ("blue", "white"): "light blue", ("red", "green"): "brown",
}  # fmt: skip
NO_COUNTRIES = [
    "Burundi",
    "Lesotho",
    "Malawi",
    "Eritrea",
    "Guinea",
    "Belize",
    "Barbados",
    "Tonga",
    "Samoa",
    "Texas",
    "Ohio",
    "Bavaria",
    "Tuscany",
    "Narnia",
    "Atlantis",
    "Mordor",
    "the Moon",
    "Mars",
    "Jupiter",
    "Africa",
    "Europe",
    "Asia",
    "~Mauritania",
    "~Djibouti",
    "~the Maldives",
    "~California",
]
KINDS = {
    "fruits": "fruit",
    "vegetables": "vegetable",
    "animals": "animal",
    "instruments": "musical instrument",
    "trees": "tree",
    "birds": "bird",
    "flowers": "flower",
    "tools": "tool",
    "vehicles": "vehicle",
    "insects": "insect",
    "fish": "fish",
}
# No category has them: a tomato is a vegetable to a cook and a fruit to others, and nobody has "a pliers".
NO_THINGS = {"tomato", "pliers", "spinach"}
OPPOSITES = {value: key for key, value in pairs("opposites").items()} | pairs("opposites")
KNOWN_THINGS = {thing for things in groups("lists").values() for thing in things} | {*pairs("sounds")}


def capital(d: Dialogue) -> Turn:
    """The capital of a country."""
    countries = pairs("capitals")
    asked = d.phrasing(
        *[
            "What is the capital of {c}?",
            "What is the capital of {c}?",
            "What's the capital of {c}?",
            "Capital of {c}?",
            "Tell me the capital of {c}.",
            "Which city is the capital of {c}?",
            "Name the capital of {c}.",
            "Do you know the capital of {c}?",
            "I need the capital of {c}.",
            "The capital of {c} is?",
            "Could you tell me the capital of {c}?",
            "Give me {c}'s capital.",
            "Now tell me the capital of {c}.",
            "And what is the capital of {c}?",
            "What city is {c}'s capital?",
            "Please name the capital of {c}.",
            "~Now please tell me the capital of {c}.",
            "~And the capital of {c}?",
            "~What city is the capital of {c}?",
        ]
    )
    if d.rng.random() < 0.08 and not d.held:
        no_country = d.option(*NO_COUNTRIES) if d.rng.random() < 0.6 else syllables(d, 2, 3).capitalize()
        return Turn(asked.format(c=no_country), DONT_KNOW)
    country = d.rng.choice(list(countries))
    town = countries[country]
    typed = country if d.rng.random() < 0.8 else country.lower()
    return Turn(asked.format(c=typed), f"The capital of {country} is {town}" + ("" if town.endswith(".") else "."))


def opposite(d: Dialogue) -> Turn:
    """The opposite of a word."""
    asked = d.phrasing(
        *[
            "What is the opposite of {w}?",
            "What is the opposite of {w}?",
            "What's the opposite of {w}?",
            "Opposite of {w}?",
            "Tell me the opposite of {w}.",
            "Give me the opposite of {w}.",
            "What is the contrary of {w}?",
            "Now tell me the opposite of {w}.",
            "And what is the opposite of {w}?",
            "What would be the opposite of {w}?",
            "Say the opposite of {w}.",
            "Please give me the opposite of {w}.",
            "I need the opposite of {w}",
            "~Now please tell me the opposite of {w}.",
            "~And the opposite of {w}?",
        ]
    )
    if d.rng.random() < 0.06 and not d.held:
        return Turn(asked.format(w=topic(d, OPPOSITES)), DONT_KNOW)
    chosen = d.rng.choice(list(OPPOSITES))
    return Turn(asked.format(w=chosen), f"The opposite of {chosen} is {OPPOSITES[chosen]}.")


def sound(d: Dialogue) -> Turn:
    """What an animal says."""
    asked = d.phrasing(
        *[
            "What does {a} say?",
            "What does the {b} say?",
            "What sound does {a} make?",
            "What sound does the {b} make?",
            "What noise does {a} make?",
            "How does {a} sound?",
            "Tell me what sound {a} makes.",
            "Tell me what noise the {b} makes.",
            "What is the sound of {a}?",
            "Please say what {a} says.",
            "Do you know what {a} says?",
            "Can you tell me what the {b} says?",
            "I want to know what {a} says.",
            "Which sound does {a} make?",
            "The sound of {a}?",
            "And what does {a} say?",
            "Now tell me what the {b} says.",
            "Give me the sound of {a}.",
            "Say the sound of the {b}.",
            "How does the {b} go?",
            "What do you hear from {a}?",
            "Tell me which sound {a} makes.",
            "Now please tell me what sound {a} makes.",
            "Please tell me how {a} sounds.",
            "Now say the sound of the {b}.",
            "~Now please tell me what {a} says.",
            "~Tell me the sound of {a}.",
        ]
    )
    if d.rng.random() < 0.06 and not d.held:
        no_animal = topic(d, KNOWN_THINGS)
        return Turn(asked.format(a=article(no_animal), b=no_animal), DONT_KNOW)
    animal = d.rng.choice(list(pairs("sounds")))
    return Turn(
        asked.format(a=article(animal), b=animal), f"{article(animal).capitalize()} says {pairs('sounds')[animal]}."
    )


def calendar(d: Dialogue) -> Turn:
    """The day or month before or after another."""
    names, kind = d.rng.choice([(DAYS, "day"), (MONTHS, "month")])
    i = d.rng.randrange(len(names))
    if d.rng.random() < 0.55:
        asked = d.phrasing(
            "What {k} comes after {x}?",
            "Which {k} comes after {x}?",
            "What {k} is after {x}?",
            "What comes after {x}?",
            "What {k} follows {x}?",
            "Give me the {k} after {x}.",
            "Tell me what {k} comes after {x}.",
            "Tell me which {k} follows {x}.",
            "And after {x}?",
            "The {k} after {x}?",
            "And what {k} comes after {x}?",
            "Say the {k} after {x}.",
            "Which is the {k} after {x}?",
            "~Tell me the {k} after {x}.",
        )
        return Turn(asked.format(k=kind, x=names[i]), f"{names[(i + 1) % len(names)]} comes after {names[i]}.")
    asked = d.phrasing(
        "What {k} comes before {x}?",
        "Which {k} comes before {x}?",
        "What {k} is before {x}?",
        "What comes before {x}?",
        "Give me the {k} before {x}.",
        "Tell me what {k} comes before {x}.",
        "And before {x}?",
        "The {k} before {x}?",
        "And what {k} comes before {x}?",
        "Say the {k} before {x}.",
        "Which is the {k} before {x}?",
        "~Tell me the {k} before {x}.",
    )
    return Turn(asked.format(k=kind, x=names[i]), f"{names[i - 1]} comes before {names[i]}.")


def colour(d: Dialogue) -> Turn:
    """The colour of a thing, or of two that are mixed."""
    spelled = d.rng.choice(["colour", "color"])
    if d.rng.random() < 0.3:
        (a, b), mixed = d.rng.choice(list(MIXES.items()))
        x, y = (a, b) if d.rng.random() < 0.5 else (b, a)
        asked = d.phrasing(
            "What do you get if you mix {x} and {y}?",
            "What {c} do {x} and {y} make?",
            "Mix {x} and {y}.",
            "What is {x} mixed with {y}?",
            "Please mix {x} and {y}.",
            "Now mix {x} and {y}.",
            "And {x} mixed with {y}?",
            "Tell me what {x} and {y} make.",
            "~Now please mix {x} and {y}.",
        )
        return Turn(asked.format(x=x, y=y, c=spelled), f"{x.capitalize()} and {y} make {mixed}.")
    is_unknown = d.rng.random() < 0.07 and not d.held
    thing = f"the {topic(d, KNOWN_THINGS)}" if is_unknown else d.rng.choice(list(pairs("colours")))
    asked = d.phrasing(
        "What {c} is {x}?",
        "Which {c} is {x}?",
        "What is the {c} of {x}?",
        "Tell me the {c} of {x}.",
        "Now tell me the {c} of {x}.",
        "And what {c} is {x}?",
        "Please tell me what {c} {x} is.",
        "Can you tell me the {c} of {x}?",
        "I want to know what {c} {x} is.",
        "~Now please tell me the {c} of {x}.",
    )
    answer = DONT_KNOW if is_unknown else f"{thing.capitalize()} is {pairs('colours')[thing]}."
    return Turn(asked.format(c=spelled, x=thing), answer)


def fact(d: Dialogue) -> Turn:
    """A question with yes or no, or how many."""
    question, answer = d.rng.choice(lines("facts")).split("? ")
    return Turn(
        d.phrasing(
            f"{question}?",
            f"Tell me: {question}?",
            f"I wonder: {question}?",
            f"A question: {question}?",
            f"Do you know this: {question}?",
            f"I would like to know: {question}?",
            f"Please answer this: {question}?",
            f"And this: {question}?",
            f"My question is: {question}?",
            f"~Tell me this: {question}?",
            f"~I want to know: {question}?",
        ),
        answer,
    )


def category(d: Dialogue) -> Turn:
    """What kind of thing something is."""
    kind = d.rng.choice(list(KINDS))
    things = groups("lists")
    # A bird that stands among the animals as well would be two kinds of thing.
    others = {thing for other in KINDS if other != kind for thing in things[other]}
    thing = d.rng.choice([thing for thing in things[kind] if thing not in others | NO_THINGS])
    is_unknown = d.rng.random() < 0.1 and not d.held
    if is_unknown:
        thing = topic(d, KNOWN_THINGS)
    asked = d.phrasing(
        "What kind of thing is {x}?",
        "What sort of thing is {x}?",
        "Which category does {x} belong to?",
        "Tell me what {x} is, what kind of thing.",
        "What kind of a thing is {x}?",
        "And what kind of thing is {x}?",
        "Do you know what sort of thing {x} is?",
        "~Tell me what kind of thing {x} is.",
    )
    answer = DONT_KNOW if is_unknown else f"{article(thing).capitalize()} is {article(KINDS[kind])}."
    return Turn(asked.format(x=article(thing)), answer)
