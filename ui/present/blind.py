"""Blind tests as JSON: the next pair while votes are open, afterwards what they show. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backend.experiments.blind import OfSetting, Shown, Standing
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Cells
from backend.experiments.votes import VOTES_MIN, Between, Outcome, Strength
from backend.said import Said, msg, msg_n
from ui.language.chosen import tell
from ui.present.experiments import experiment_json
from ui.present.words import number

Json = dict[str, Any]

HIDDEN = "hidden"
"""The version of an experiment whose cells are not told: what is asked for since is all of it."""


def hidden_json(one: Experiment, found: Cells) -> Json:
    """Return an experiment without its cells: they tell which setting made which image."""
    return experiment_json(one, replace(found, made=(), version=HIDDEN, whole=True))


def standing_json(found: Standing) -> Json:
    """Return how a voting stands."""
    return {
        "open": not found.ended,
        "pairs": found.pairs,
        "voted": found.voted,
        "waiting": found.waiting,
        "lost": found.lost,
        "to_show": [_shown(pair) for pair in found.to_show],
        "newest": found.newest,
        "result": _result(found.outcome, found.settings) if found.outcome else None,
    }


def _shown(pair: Shown) -> Json:
    return {
        "number": pair.number,
        "prompt": pair.prompt,
        "left": pair.left,
        "right": pair.right,
    }


def _result(found: Outcome, settings: Sequence[OfSetting]) -> Json:
    labels = [tell(one.label) for one in settings]
    return {
        "votes": found.votes,
        "says": [tell(text) for text in _says(found, labels)],
        "settings": [
            {
                "label": label,
                **_part(strength),
                "seconds": one.seconds,
                "price_usd": number(one.price_usd),
            }
            for label, one, strength in zip(labels, settings, found.strengths, strict=True)
        ],
        "between": [_between(one, labels) for one in found.between],
        "bad": found.bad,
        "left": {"won": found.left, "of": found.sided, "doubtful": found.biased},
    }


def blind_says(found: Standing) -> list[Said]:
    """Return the result in sentences, nothing while votes are open."""
    if found.outcome is None:
        return []
    labels = [tell(one.label) for one in found.settings]
    votes = msg_n("1 vote.", "{n} votes.", found.outcome.votes)
    return [*_says(found.outcome, labels), votes]


def _part(strength: Strength | None) -> Json:
    if strength is None:
        return {"share": None, "interval": None}
    return {"share": strength.share, "interval": list(strength.interval)}


def _between(one: Between, labels: Sequence[str]) -> Json:
    return {
        "settings": [one.one, one.other],
        "votes": one.votes,
        "won": list(one.won),
        "equal": one.equal,
        "bad": one.bad,
        "rate": one.rate,
        "chance": one.chance,
        "interval": list(one.interval),
        "shows": one.shows,
        "says": tell(_compared(one, labels)),
    }


def _says(found: Outcome, labels: Sequence[str]) -> list[Said]:
    """Return the result in sentences: what was shown, or that nothing was; then any doubt."""
    if not found.votes:
        return [msg("Nobody voted.")]
    says = [_compared(one, labels) for one in found.between if one.shows]
    if not says:
        says = [msg("No difference was shown.")]
        most = max(one.votes for one in found.between)
        if most < VOTES_MIN:
            says.append(
                msg_n(
                    "1 vote on the same two settings proves nothing: it takes at least {least}.",
                    "{n} votes on the same two settings prove nothing: it takes at least {least}.",
                    most,
                    least=VOTES_MIN,
                )
            )
    if found.biased:
        says.append(
            msg(
                "The left side won {won} of {of}: that is far from half, so this test is doubtful.",
                won=found.left,
                of=found.sided,
            )
        )
    return says


def _compared(one: Between, labels: Sequence[str]) -> Said:
    first, second = labels[one.one], labels[one.other]
    if not one.shows:
        return msg("No difference was shown between {one} and {other}.", one=first, other=second)
    better, worse = (first, second) if one.chance > 0.5 else (second, first)
    return msg("{better} was preferred to {worse}.", better=better, worse=worse)
