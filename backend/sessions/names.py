"""The names of people in the room: nobody types one, so nobody can type a bad one."""

from __future__ import annotations

from backend.said import msg

_ANIMALS = (
    msg("Otter"), msg("Heron"), msg("Badger"), msg("Fox"), msg("Hedgehog"), msg("Owl"),
    msg("Seal"), msg("Hare"), msg("Crane"), msg("Lynx"), msg("Raven"), msg("Dolphin"),
    msg("Beaver"), msg("Swan"), msg("Panda"), msg("Falcon"), msg("Squirrel"), msg("Penguin"),
    msg("Tiger"), msg("Robin"), msg("Turtle"), msg("Moose"), msg("Koala"), msg("Pelican"),
    msg("Wolf"), msg("Puffin"), msg("Camel"), msg("Stork"), msg("Zebra"), msg("Kiwi"),
)  # fmt: skip

HOST_NAME = msg("From the stage")


def name_of(number: int) -> str:
    """Return the name of the visitor with this number, from 0: Otter, Heron, ... then Otter 2."""
    time, animal = divmod(number, len(_ANIMALS))
    if not time:
        return _ANIMALS[animal]
    return msg("{animal} {time}", animal=_ANIMALS[animal], time=str(time + 1))
