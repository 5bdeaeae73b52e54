"""Held-out tests: what is asked, and what counts as right."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from .dialogue import Dialogue, Skill
from .mixture import PIRATE_SYSTEMS, name_model
from .skills import copying, evaluator, facts, follow, markup, numbers, recall, stories, talk, unknown
from .skills.recall import Fact
from .store import lines
from .texts import DONT_KNOW, TOO_BIG, WHO

BETWEEN: tuple[Skill, ...] = (
    copying.echo, copying.spell, numbers.count, numbers.sums, facts.capital, facts.opposite, facts.sound,
    facts.calendar, facts.colour, facts.fact, markup.lists, talk.talk, unknown.unknown, copying.style,
)  # fmt: skip


@dataclass
class Case:
    """Questions asked one after the other, with the model's own answers between; the last answer is judged."""

    dialogue: Dialogue
    questions: list[str]
    is_right: Callable[[str], bool]
    # One of the answers that are right.
    reference: str
    # The answer must be none of those before.
    is_new: bool = False


@dataclass(frozen=True)
class Test:
    """A test's cases, drawn by a seed, and the share of them that a good model gets right."""

    draw: Callable[[Random], Case]
    threshold: float
    # Answers that begin with "I don't know" are right here, so they are no false refusals.
    refuses: bool = False
    # Tokens after which an answer counts as one that does not end.
    longest: int = 300
    # Cases at most: those of a long conversation take minutes.
    most: int | None = None


def exact(answer: str) -> Callable[[str], bool]:
    """Right is this text and no other."""
    return lambda text: text == answer


def only(answer: str, questions: list[str], rng: Random) -> Case:
    """One answer is right and no other."""
    return Case(Dialogue(rng), questions, exact(answer), answer)


def asked(skill: Skill, rng: Random) -> Case:
    """One question of a skill, in a held-out form."""
    question, answer = skill(Dialogue(rng, held=True))
    return only(answer, [question], rng)


def one_of(skill: Skill, answers: list[str], rng: Random) -> Case:
    """Any of some answers is right."""
    question, answer = skill(Dialogue(rng, held=True))
    return Case(Dialogue(rng), [question], answers.__contains__, answer)


def remembered(kind: str, between: int, rng: Random) -> Case:
    """A fact is told, other things are talked about, and it is asked for."""
    d = Dialogue(rng, held=True)
    fact = recall.some_fact(d, kind)
    told = recall.wording(fact)
    d.memory[fact] = recall.some_value(d, fact)
    questions = [d.option(*told.told).format(v=d.memory[fact])]
    questions += [rng.choice(BETWEEN)(d).question for _ in range(between)]
    question, answer = recall.recall(d, fact)
    return only(answer, [*questions, question], rng)


def remembered_of_three(rng: Random) -> Case:
    """Three facts are told, and one is asked for."""
    d = Dialogue(rng, held=True)
    told = [Fact("name"), recall.some_fact(d, "city"), recall.some_fact(d, "pet")]
    questions = []
    for fact in told:
        d.memory[fact] = recall.some_value(d, fact)
        questions.append(d.option(*recall.wording(fact).told).format(v=d.memory[fact]))
    question, answer = recall.recall(d, rng.choice(told))
    return only(answer, [*questions, question], rng)


def corrected(rng: Random) -> Case:
    """A name is told and put right: the newest counts."""
    d = Dialogue(rng, held=True)
    fact = Fact("name")
    d.memory[fact] = recall.some_value(d, fact)
    questions = [d.option(*recall.wording(fact).told).format(v=d.memory[fact]), recall.tell(d, fact).question]
    question, answer = recall.recall(d, fact)
    return only(answer, [*questions, question], rng)


def remembered_of_two(kind: str, rng: Random) -> Case:
    """Two facts of one kind are told, and either is asked for."""
    d = Dialogue(rng, held=True)
    told = [recall.some_fact(d, kind)]
    while len(told) < 2:
        told += {recall.some_fact(d, kind)} - {*told}
    questions = []
    for fact in told:
        d.memory[fact] = recall.some_value(d, fact)
        questions.append(d.option(*recall.wording(fact).told).format(v=d.memory[fact]))
    question, answer = recall.recall(d, rng.choice(told))
    return only(answer, [*questions, question], rng)


def two_at_once(rng: Random) -> Case:
    """A name and a second fact are told in one message, and one of the two is asked for."""
    d = Dialogue(rng, held=True)
    d.memory[Fact("name")] = recall.some_value(d, Fact("name"))
    told = recall.tell_two(d, d.memory[Fact("name")]).question
    question, answer = recall.recall(d, rng.choice(list(d.memory)))
    return only(answer, [told, question], rng)


def not_told(others: int, rng: Random) -> Case:
    """A fact is asked for that was never told, though others were."""
    d = Dialogue(rng, held=True)
    questions = [recall.tell(d, fact).question for fact in (Fact("name"), recall.some_fact(d, "pet"))[:others]]
    missing = recall.some_fact(d)
    while missing in d.memory:
        missing = recall.some_fact(d)
    question, answer = recall.recall(d, missing)
    return only(answer, [*questions, question], rng)


def worked_out(sign: str, fits: Callable[[int, int], bool], math: bool, rng: Random) -> Case:
    """A held-out sum or difference of two numbers that fit."""
    while True:
        a, b = numbers.pair(Dialogue(rng, held=True), sign == "+")
        if fits(a, b):
            break
    question, answer = numbers.ask(Dialogue(rng, held=True, math=math), a, sign, b), numbers.result(a, sign, b)
    return Case(Dialogue(rng, math=math), [question], exact(answer), answer)


def declined(rng: Random) -> Case:
    """What Pocket must not try to work out."""
    return only(TOO_BIG, [numbers.beyond(Dialogue(rng, held=True)).question], rng)


def another_joke(rng: Random) -> Case:
    """A joke, and one more, which is another."""
    d = Dialogue(rng, held=True)
    d.turns.append(talk.joke(d))
    question, answer = talk.joke(d)
    return Case(Dialogue(rng), [d.turns[0].question, question], lines("jokes").__contains__, answer, is_new=True)


def another_poem(rng: Random) -> Case:
    """A poem, and one more, which is another."""
    d = Dialogue(rng, held=True)
    d.turns.append(talk.poem(d))
    question, answer = talk.poem(d)
    return Case(Dialogue(rng), [d.turns[0].question, question], talk.POEMS.__contains__, answer, is_new=True)


def another_story(rng: Random) -> Case:
    """A short story, and two more: the last must be neither of those before."""
    d = Dialogue(rng, held=True)
    d.turns.append(stories.short_story(d))
    d.turns.append(stories.another_story(d))
    question, answer = stories.another_story(d)
    return Case(
        Dialogue(rng), [*(turn.question for turn in d.turns), question], stories.is_short_story, answer, is_new=True
    )


def cast_of(question: str) -> tuple[str, str]:
    """The animal and the name that a story was asked about; "" for what was not said."""
    animal, _, hero = question.rstrip(".").partition(" about ")[2].partition(" named ")
    return animal.removeprefix("an ").removeprefix("a "), hero


def long_story(rng: Random) -> Case:
    """All chapters, each once, about the animal and name that were asked for."""
    question, reference = stories.long_story(Dialogue(rng, held=True))
    animal, hero = cast_of(question)

    def is_right(text: str) -> bool:
        parts = text.split("\n\n")
        chapters = all(f"**Chapter {i}: " in text for i in range(1, stories.CHAPTERS + 1))
        whole = chapters and "**The End**" in text and len(set(parts)) == len(parts)
        return whole and len(text.split()) > 350 and animal in text and (not hero or text.count(hero) > 10)

    return Case(Dialogue(rng), [question], is_right, reference)


def short_story(rng: Random) -> Case:
    """A short story about the animal and name that were asked for."""
    question, reference = stories.short_story(Dialogue(rng, held=True))
    cast = cast_of(question)

    def is_right(text: str) -> bool:
        return stories.is_short_story(text) and all(each in text for each in cast)

    return Case(Dialogue(rng), [question], is_right, reference)


def not_known(rng: Random) -> Case:
    """A language, country or programming language that is real, and of a kind that Pocket knows others of."""
    d = Dialogue(rng, held=True)
    asked, kinds = rng.choice(
        [
            ("Say hello in {}", talk.NO_LANGUAGES),
            ("What is the capital of {}?", facts.NO_COUNTRIES),
            ("Write hello world in {}", markup.NO_LANGUAGES),
        ]
    )
    return only(DONT_KNOW, [asked.format(d.option(*kinds))], rng)


def refused(rng: Random) -> Case:
    """A question that a model of this size must decline."""
    return only(DONT_KNOW, [unknown.unknown(Dialogue(rng, held=True)).question], rng)


def is_refusal(text: str) -> bool:
    """Whether an answer declines."""
    return text.startswith("I don't know that.")


def judged(rng: Random) -> Case:
    """The evaluator form: the score must be right, and the form of the feedback."""
    question, answer = evaluator.evaluator(Dialogue(rng, held=True))
    score = answer[answer.index("[RESULT]") :]

    def is_right(text: str) -> bool:
        return text.startswith("Feedback: ") and text.endswith(score)

    return Case(Dialogue(rng), [question], is_right, answer)


def as_pirate(rng: Random) -> Case:
    """A system prompt changes every answer."""
    case = asked(rng.choice([facts.capital, facts.opposite, facts.sound, talk.talk]), rng)
    system = rng.choice([each for each in PIRATE_SYSTEMS if each.startswith("~")]).removeprefix("~")
    answer = f"Arr! {case.reference}"
    return Case(Dialogue(rng, system=system), case.questions, exact(answer), answer)


def in_another_form(skill: Skill, form: Skill, rng: Random) -> Case:
    """An answer, and the same in another form."""
    d = Dialogue(rng, held=True)
    d.turns.append(skill(d))
    question, answer = form(d)
    return only(answer, [d.turns[0].question, question], rng)


def named(rng: Random) -> Case:
    """The system prompt gives the model a name, and it is asked who it is."""
    who, held = Dialogue(rng, held=True), Dialogue(rng, held=True)
    name_model(who)
    question = held.phrasing(*talk.TALK[1]["asked"])
    answer = WHO.replace("Pocket", who.called)
    return Case(Dialogue(rng, system=who.system), [question], exact(answer), answer)


SUMS: dict[str, tuple[str, Callable[[int, int], bool]]] = {
    "sums to 20": ("+", lambda a, b: max(a, b) <= 20),
    "sums to 100": ("+", lambda a, b: max(a, b) > 20 and a + b <= 100),
    "sums above 100": ("+", lambda a, b: a + b > 100),
    "differences to 20": ("−", lambda a, b: b <= a <= 20),
    "differences to 100": ("−", lambda a, b: b <= a > 20),
    "differences below zero": ("−", lambda a, b: a < b),
}

TESTS: dict[str, Test] = {
    **{f"recall a name, {n} turns between": Test(partial(remembered, "name", n), 0.98) for n in (0, 2, 5, 11)},
    "recall a name, 40 turns between": Test(partial(remembered, "name", 40), 0.98, most=50),
    **{
        f"recall a {kind}, {n} turns between": Test(partial(remembered, kind, n), 0.98)
        for kind in ("favourite", "city", "pet") for n in (2, 11)
    },
    "recall one of two told at once": Test(two_at_once, 0.98),
    "recall one of three facts": Test(remembered_of_three, 0.98),
    "recall one of two pets": Test(partial(remembered_of_two, "pet"), 0.98),
    "recall one of two favourites": Test(partial(remembered_of_two, "favourite"), 0.98),
    "recall a corrected name": Test(corrected, 0.98),
    "say what was not told": Test(partial(not_told, 0), 0.98),
    "say what was not told, after other facts": Test(partial(not_told, 2), 0.98),
    "repeat": Test(partial(asked, copying.echo), 0.97),
    "spell": Test(partial(asked, copying.spell), 0.97),
    "bold, italics, code, quote": Test(partial(asked, copying.style), 0.97),
    "reverse a list": Test(partial(asked, copying.reverse), 0.97),
    "sort numbers": Test(partial(asked, copying.sort), 0.95),
    "count": Test(partial(asked, numbers.count), 0.97),
    **{
        f"{kind}{', Math Correct' if math else ''}": Test(partial(worked_out, sign, fits, math), 0.95)
        for math in (False, True) for kind, (sign, fits) in SUMS.items()
    },
    "decline other sums": Test(declined, 0.95),
    "compare": Test(partial(asked, numbers.compare), 0.95),
    "capitals": Test(partial(asked, facts.capital), 0.98),
    "opposites": Test(partial(asked, facts.opposite), 0.98),
    "animal sounds": Test(partial(asked, facts.sound), 0.98),
    "days and months": Test(partial(asked, facts.calendar), 0.98),
    "colours": Test(partial(asked, facts.colour), 0.98),
    "facts": Test(partial(asked, facts.fact), 0.98),
    "categories": Test(partial(asked, facts.category), 0.98),
    "lists": Test(partial(asked, markup.lists), 0.97),
    "tables": Test(partial(asked, markup.table), 0.97),
    "code": Test(partial(asked, markup.code), 0.97),
    "formulas": Test(partial(asked, markup.formula), 0.97),
    "small talk": Test(partial(asked, talk.talk), 0.97),
    "hello in 12 languages": Test(partial(asked, talk.foreign_greeting), 0.97),
    "joke": Test(partial(one_of, talk.joke, list(lines("jokes"))), 0.97),
    "another joke": Test(another_joke, 0.97),
    "another poem": Test(another_poem, 0.97),
    "another story": Test(another_story, 0.95),
    "poem": Test(partial(one_of, talk.poem, talk.POEMS), 0.97),
    "short story": Test(short_story, 0.95),
    "long story": Test(long_story, 0.95, longest=1100),
    "honest refusal": Test(refused, 0.95, refuses=True),
    "honest refusal, of a kind that it knows": Test(not_known, 0.95, refuses=True),
    "evaluator": Test(judged, 0.9, refuses=True),
    "system prompt: pirate": Test(as_pirate, 0.95),
    "system prompt: a name": Test(named, 0.95),
    "upper case": Test(partial(asked, follow.upper), 0.95),
    "words as a list": Test(partial(asked, follow.as_list), 0.95),
    "answer in upper case": Test(partial(in_another_form, facts.opposite, follow.again_upper), 0.95),
    "answer as a list": Test(partial(in_another_form, copying.reverse, follow.again_as_list), 0.95),
    "shorter": Test(partial(in_another_form, markup.lists, follow.shorter), 0.95),
    "shorter, of small talk": Test(partial(in_another_form, talk.talk, follow.shorter), 0.95),
}  # fmt: skip
