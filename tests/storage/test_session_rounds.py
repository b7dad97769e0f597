"""Variants of a wish, the votes on them, and what goes on from the winner."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.errors import InvalidInput
from backend.sessions.lineage import newest_way, way_of
from backend.sessions.rounds import Rounds, made_variants
from backend.sessions.sessions import Live
from backend.sessions.state import Round, Wish, WishState
from backend.studio import Studio
from tests.http.faults import FaultServer, good, held, status
from tests.storage.clock import until
from tests.storage.conftest import FLUX, SDXL, OpenStudio
from tests.storage.sessions import settled, started, wish


async def made(live: Live, text: str = "a red fox") -> str:
    """Return a wish whose picture is there."""
    one = await wish(live, "a" * 32, text)
    await live.desk.approve(one)
    await settled(live)
    return one


def rounds(live: Live) -> Rounds:
    assert live.rounds is not None
    return live.rounds


def variants(live: Live) -> list[Wish]:
    assert live.session.variants is not None
    return [live.session.wishes[one] for one in live.session.variants.wishes]


async def voted(live: Live, option: int, by: str = "b" * 32) -> Round:
    """Return the round of now, closed with one vote for this option."""
    await until(lambda: live.session.round is not None and live.session.round.open)
    assert live.session.round is not None
    await live.room.join(by)
    await live.room.vote(by, live.session.round.id, option)
    await live.desk.close_round()
    assert live.session.round is not None
    return live.session.round


async def test_seeds_of_a_wish_are_made_and_voted_on_and_the_winners_neighbours_go_on(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        await rounds(live).vary(first, "seeds", values=[10, 20, 30], vote=True)
        now = await voted(live, 1)
        assert now.totals == [0, 1, 0]
        winner = live.session.wishes[now.winner or ""]
        assert winner.picture and winner.picture.seed == 20 and winner.parent == first
        await rounds(live).onward(vote=True)
        await rounds(live).onward(vote=True)
        await until(lambda: live.session.round is not None and live.session.round.open)
        assert [w.picture and w.picture.seed for w in variants(live)] == [18, 19, 21, 22]
        assert server.posts == 1 + 3 + 4
        last = await voted(live, 3)
        way = way_of(live.session, last.winner or "")
        assert [step.picture.seed for step in way][1:] == [20, 22]
        assert [(step.won, step.votes) for step in way[1:]] == [(True, 1), (True, 1)]
        assert way[0].wish.text == "a red fox" and way[0].round is None
        assert newest_way(live.session) == last.winner


async def test_models_and_settings_differ_in_nothing_else(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        seed = live.session.wishes[first].picture.seed  # type: ignore[union-attr]
        await rounds(live).vary(first, "settings", name="num_steps", values=["2", 3])
        await settled(live)
        assert [one.over for one in variants(live)] == [
            {"seed": seed, "num_steps": 2},
            {"seed": seed, "num_steps": 3},
        ]
        await rounds(live).vary(first, "models", values=[FLUX, SDXL])
        await settled(live)
        assert [one.picture and one.picture.model for one in variants(live)] == [FLUX, SDXL]
        await live.desk.start_round(made_variants(live.session))
        assert live.session.round and live.session.round.open
        assert live.session.round.options == tuple(one.id for one in variants(live))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "seeds", "count": 5}, "count"),
        ({"kind": "seeds", "values": [1]}, "values"),
        ({"kind": "seeds", "values": [1, 1]}, "values"),
        ({"kind": "seeds", "values": [1, -2]}, "seed"),
        ({"kind": "models", "values": [FLUX, "no/such"]}, "model"),
        ({"kind": "settings", "name": "prompt", "values": ["a", "b"]}, "field"),
        ({"kind": "settings", "name": "num_steps", "values": [2, 9_999_999]}, "num_steps"),
        ({"kind": "settings", "name": "num_steps", "values": [2, "2"]}, "values"),
        ({"kind": "colours"}, "kind"),
        ({"kind": ["seeds"]}, "kind"),
    ],
)
async def test_what_makes_no_variants_is_refused_and_nothing_is_made(
    open_studio: OpenStudio, server: FaultServer, asked: dict[str, Any], field: str
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        version = live.session.version
        with pytest.raises(InvalidInput) as refused:
            await rounds(live).vary(first, **asked)
        assert refused.value.field == field
        assert live.session.version == version and server.posts == 1


async def test_a_model_without_seed_has_none_to_vary_and_goes_on_with_new_draws(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        name = seedless(studio)
        live = await started(studio, model=name)
        first = await made(live)
        with pytest.raises(InvalidInput, match="takes no seed"):
            await rounds(live).vary(first, "seeds")
        second = await made_by_hand(live, "a blue fox")
        await live.desk.start_round([first, second])
        await voted(live, 0)
        await rounds(live).onward(count=2)
        await settled(live)
        assert live.session.variants and live.session.variants.kind == "draws"
        assert [one.parent for one in variants(live)] == [first, first]
        assert server.posts == 4


def seedless(studio: Studio) -> str:
    """Return a model of the catalogue that takes no seed."""
    return next(m.id for m in studio.account.models.values() if not m.takes_seed)


async def made_by_hand(live: Live, text: str) -> str:
    one = await live.desk.add(text)
    await settled(live)
    return one.id


async def test_variants_that_the_session_does_not_hold_are_not_begun(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio, images=4)
        first = await made(live)
        with pytest.raises(InvalidInput, match="needs 4 images, and the session holds 3 more"):
            await rounds(live).vary(first, "seeds")
        assert len(live.session.wishes) == 1
        await rounds(live).vary(first, "seeds", count=3)
        await settled(live)
        assert server.posts == 4 and not live.session.left


async def test_a_variant_that_fails_leaves_the_vote_to_the_others_and_one_alone_has_none(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        server.script(status(400), good(), good())
        await rounds(live).vary(first, "seeds", count=3, vote=True)
        await until(lambda: live.session.round is not None)
        assert live.session.round and len(live.session.round.options) == 2
        await live.desk.close_round()
        server.script(status(400), good())
        await rounds(live).vary(first, "seeds", count=2, vote=True)
        await settled(live)
        assert len(live.session.rounds) == 1
        (failed,) = [one for one in variants(live) if one.state is WishState.FAILED]
        await live.desk.again(failed.id)
        await until(lambda: len(live.session.rounds) == 2)


async def test_a_second_press_while_variants_are_made_makes_no_more(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        server.script(held(good()))
        presses = (rounds(live).vary(first, "seeds", count=2) for _ in range(2))
        said = await asyncio.gather(*presses, return_exceptions=True)
        assert [str(type(one).__name__) for one in said] == ["NoneType", "InvalidInput"]
        server.release()
        await settled(live)
        assert len(live.session.wishes) == 3


async def test_a_vote_that_was_asked_for_begins_after_a_restart(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        await live.desk.pause()
        await rounds(live).vary(first, "seeds", count=2, vote=True)
    async with open_studio() as studio:
        again = studio.sessions.live
        assert again is not None and again.session.round is None
        await again.desk.pause(paused=False)
        await until(lambda: again.session.round is not None)
        assert server.posts == 3


async def test_what_is_hidden_during_a_vote_ends_it_and_is_told_to_nobody(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    from tests.phones import phone_json
    from ui.present.sessions import stage_json

    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live)
        await rounds(live).vary(first, "seeds", count=3, vote=True)
        await until(lambda: live.session.round is not None)
        bad = variants(live)[1]
        with pytest.raises(InvalidInput, match="voted on"):
            await live.room.take_back("a" * 32, first)
        await live.desk.hide(bad.id)
        assert live.session.round and not live.session.round.open
        stage = stage_json(live.session, code="", addresses=(), here=0)
        phone = phone_json(live.session, "b" * 32)
        for told in (stage, phone):
            assert bad.id not in str(told)
            assert [one["letter"] for one in told["round"]["options"]] == ["A", "C"]
        assert len(phone["round"]["options"]) == len(stage["round"]["totals"]) == 2


async def test_words_that_are_taken_back_leave_nothing_that_was_made_of_them(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio)
        first = await made(live, "a secret garden")
        await rounds(live).vary(first, "seeds", count=2, vote=True)
        now = await voted(live, 0)
        await live.room.take_back("a" * 32, first)
        assert {one.state for one in live.session.wishes.values()} == {WishState.GONE}
        assert "secret" not in repr(live.session)
        pictures = [one.picture for one in live.session.wishes.values() if one.picture]
        records = await studio.gallery.records([one.image for one in pictures])
        assert len(records) == 3 and all(one.deleted for one in records)
        assert way_of(live.session, now.winner or "") == []
        with pytest.raises(InvalidInput, match="not there any more"):
            await rounds(live).onward()
