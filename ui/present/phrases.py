"""Which words mattered, as JSON: the prompt in its phrases, what each did, and its images. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backend.experiments.experiment import Experiment
from backend.experiments.found import Made
from backend.experiments.phrases import between
from backend.experiments.question import Question, kept
from backend.experiments.strength import Strength, Strengths, strengths
from backend.experiments.words import KIND, axes_of
from backend.said import Said, msg
from ui.language.chosen import tell

Json = dict[str, Any]


def question_of(one: Experiment) -> Question | None:
    """Return what an experiment asks of the words of its prompt, None for other kinds."""
    return kept(one.spec.get("own")) if one.kind == KIND else None


def axes_json(question: Question) -> Json:
    """Return the axes in the visitor's language: they are stored in English."""
    return {name: axis.plain(tell) for name, axis in zip("xy", axes_of(question), strict=True)}


def words_json(question: Question, cells: Iterable[Made]) -> Json:
    """Return the answer as far as it is known; `cells` are all of the experiment's."""
    at = _by_place(cells)
    found = _strengths(question, at)
    images = {place: _image(cell) for place, cell in at.items()}
    strength_of = {strength.phrase: strength for strength in found.phrases}
    *gaps, after = between(question.prompt, (phrase.span for phrase in question.phrases))
    return {
        "floor": found.floor,
        "scale": found.scale,
        "of_seeds": found.of_seeds,
        "least": found.least,
        "phrases": [
            {
                "before": gap,
                "text": question.text(phrase),
                "instead": phrase.instead,
                "share": strength.share if (strength := strength_of.get(phrase)) else None,
                "verdict": strength.verdict if strength else "kept",
                "tried": _tried(strength, question, images) if strength else [],
            }
            for gap, phrase in zip(gaps, question.phrases, strict=True)
        ],
        "after": after,
    }


def words_says(question: Question, cells: Iterable[Made]) -> list[Said]:
    """Return the answer in sentences: of each phrase that was changed, then what that is worth."""
    found = _strengths(question, _by_place(cells))
    says = [_said(question.text(one.phrase), one) for one in found.phrases]
    if found.scale is not None:
        says.append(
            msg(
                "Another seed changes the image by {scale}; 2.3 is just visible.",
                scale=round(found.scale, 1),
            )
        )
    return [*says, msg("It sees pixels, not meaning.")]


def _by_place(cells: Iterable[Made]) -> dict[tuple[int, int], Made]:
    return {place[:2]: cell for cell in cells for place in cell.places}


def _strengths(question: Question, at: dict[tuple[int, int], Made]) -> Strengths:
    return strengths(question, {place: cell.difference for place, cell in at.items()})


def _said(phrase: str, strength: Strength) -> Said:
    if strength.verdict == "unclear":
        return msg("\u201c{phrase}\u201d: unclear, the seeds disagree.", phrase=phrase)
    if strength.verdict == "nothing":
        return msg("\u201c{phrase}\u201d changed nothing that can be seen.", phrase=phrase)
    if strength.verdict == "open" or strength.share is None:
        return msg("\u201c{phrase}\u201d is not measured yet.", phrase=phrase)
    return msg(
        "\u201c{phrase}\u201d: {percent} % of what another seed changes.",
        phrase=phrase,
        percent=round(strength.share * 100),
    )


def _tried(
    strength: Strength, question: Question, images: dict[tuple[int, int], str | None]
) -> list[Json]:
    return [
        {
            "seed": question.seeds[tried.x],
            "difference": tried.difference,
            "share": tried.share,
            "written": images.get((tried.x, 0)),
            "changed": images.get((tried.x, strength.row)),
        }
        for tried in strength.tried
    ]


def _image(cell: Made) -> str | None:
    record = cell.run.record if cell.run else None
    return record.id if record and record.deleted is None else None
