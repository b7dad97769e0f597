"""Templates on an axis: all that they can become, or some of it at random without repetition. Pure.

"All" ignores weights; what is drawn goes by them: `{0::a|b}` lists a, and never draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from backend.errors import InvalidInput
from backend.experiments.axis_types import Known, Setting
from backend.experiments.choices import Choice, taken
from backend.experiments.items import Item
from backend.experiments.numbers import VALUES_MAX
from backend.experiments.spec import Given
from backend.experiments.templates import template
from backend.said import Said, msg
from backend.types import SEED_MAX, Template


def of_templates(
    given: Given, found: Sequence[Item], known: Known, read: Callable[[Item], Setting]
) -> tuple[list[Setting], list[Said]]:
    """Return what the items become, each checked by `read`, and what has to be said of it.

    Raises: InvalidInput.
    """
    whole = Choice(tuple(template(item.text, known.wildcards) for item in found))
    seed, notes = None, []
    if given.take is None:
        if whole.count > VALUES_MAX:
            raise InvalidInput(
                msg("These templates make {count} prompts.", count=whole.count),
                msg("Take some of them at random, at most {most}.", most=VALUES_MAX),
            )
        numbers = list(range(whole.count))
    else:
        seed = given.take_seed
        if seed is None:
            seed = known.rng.randint(0, SEED_MAX)
        numbers = taken(whole, given.take, seed)
        if not numbers:
            raise InvalidInput(
                msg("All that these templates make has the weight 0."),
                msg("Give one of the options another weight, or take all."),
            )
        if len(numbers) < whole.count:
            notes.append(
                msg(
                    "{taken} of {count} were taken at random, by the seed {seed}.",
                    taken=len(numbers),
                    count=whole.count,
                    seed=str(seed),
                )
            )
        else:
            seed = None
    settings = []
    for number in numbers:
        at, own = whole.which(number)
        item, text = found[at], whole.options[at].number(own).strip()
        setting = read(Item(item.number, text, quoted=True))
        settings.append(replace(setting, template=Template(item.text, own, seed)))
    return settings, notes
