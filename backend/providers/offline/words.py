"""What words mean to the sample engine: tables of words, and `read()`, from a prompt to a Plan.

A word is a mood (palette), a feature (something to paint), a colour, or unknown; unknown words
still count, they shape the network's weights. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from backend.providers.offline.tongues import Known, known

Rgb = tuple[float, float, float]


def rgb(hex6: str) -> Rgb:
    """Return "rrggbb" as three floats in 0..1."""
    return (int(hex6[:2], 16) / 255, int(hex6[2:4], 16) / 255, int(hex6[4:6], 16) / 255)


@dataclass(frozen=True, slots=True)
class Palette:
    """Seven colours of one mood. `far` is hazy distance, `near` the foreground's dark."""

    zenith: Rgb
    sky: Rgb
    horizon: Rgb
    light: Rgb
    far: Rgb
    near: Rgb
    accent: Rgb

    @property
    def colours(self) -> tuple[Rgb, ...]:
        return (
            self.zenith,
            self.sky,
            self.horizon,
            self.light,
            self.far,
            self.near,
            self.accent,
        )


def _palette(line: str) -> Palette:
    return Palette(*(rgb(word) for word in line.split()))


#                      zenith sky    horizon light  far    near   accent
PALETTES: Mapping[str, Palette] = {
    "sunset": _palette("2a2c63 b2506f ffb067 fff1c9 b0627e 1c1330 ff7452"),
    "dawn": _palette("5b82bd c3b0d4 ffd8c0 fff7e6 a59fc6 2c3558 f29f98"),
    "day": _palette("2b78c5 77b3e2 dceef3 fffcee 8db4cd 1d4746 f2c457"),
    "golden": _palette("5d7f9c d3b98d ffe0a0 fff6d6 c79a68 33241f e8963c"),
    "night": _palette("040817 0e1f49 385590 eaf0ff 233868 03050d f9d07a"),
    "space": _palette("020308 120d30 3b2163 ffead6 2a1c54 030208 e27aa2"),
    "storm": _palette("1e2530 465361 98a5a9 e6eef0 5e6d78 12181f c9b27a"),
    "autumn": _palette("7f97a3 d6c7a4 f8e4bb fff5d8 c08a55 2c1a12 d65f27"),
    "winter": _palette("6f92b5 b4cbdd eef3f6 ffffff a7bfd3 253a52 d98f8a"),
    "desert": _palette("3a7cae a6cbd2 f8e2bb fff5da dba673 7d3a20 e0793a"),
    "neon": _palette("0a0520 3c0f60 f0509f 8ff6ff 541d80 080314 17d9f2"),
    "tropic": _palette("1769a5 5fbcd6 fbeccd fffbe6 5ba7b8 0c3f52 ff8f70"),
    "mist": _palette("6f9587 adc8b4 ecf2dd fffce4 87ab98 0d251d d6b25c"),
    "studio": _palette("1f2430 4a4658 b98a7c ffe9d2 7a5a66 120f18 e4a15f"),
}

_MOOD_WORDS = {
    "sunset": "sunset dusk evening sundown twilight fire flame lava volcano warm",
    "dawn": "dawn sunrise morning pastel dream dreamy soft spring",
    "day": "day daylight sunny noon summer meadow bright sky",
    "golden": "golden wheat harvest vintage honey",
    "night": "night midnight nocturnal dark moonlit starry stars star moon aurora darkness",
    "space": "space galaxy nebula cosmos cosmic universe planet astronaut rocket alien",
    "storm": "storm stormy thunder rain rainy overcast gloomy moody lightning",
    "autumn": "autumn fall october maple",
    "winter": "winter snow snowy ice icy frost frozen arctic glacier cold christmas",
    "desert": "desert dune sahara sand canyon camel pyramid mars",
    "neon": "neon cyberpunk synthwave futuristic vaporwave retrowave hologram cyber",
    "tropic": "ocean sea beach tropical island lagoon coast wave surf underwater palm",
    "mist": "forest woods mist misty fog foggy jungle rainforest woodland pine tree",
    "studio": "portrait woman man girl boy face person people statue robot",
}
_FEATURE_WORDS = {
    "sun": "sun sunset sunrise sundown sunny dawn dusk sunshine sunlight",
    "moon": "moon night moonlit moonlight midnight lunar",
    "stars": "star night starry midnight galaxy space cosmos universe constellation cosmic nebula",
    "nebula": "galaxy nebula cosmos cosmic milky universe space",
    "aurora": "aurora borealis",
    "clouds": "cloud cloudy sky heaven storm stormy flying overcast dreamy",
    "mountains": "mountain peak alps alpine summit cliff valley volcano himalaya fuji glacier",
    "hills": "hill meadow field grass countryside pasture vineyard farm prairie landscape wheat",
    "ocean": "ocean sea wave beach coast lake water harbor harbour bay shore lagoon surf island"
    " river lighthouse",
    "forest": "forest wood woods jungle pine tree spruce fir woodland rainforest grove",
    "city": "city skyline skyscraper downtown town metropolis street urban tokyo york london paris"
    " building cyberpunk architecture",
    "desert": "desert dune sahara sand mars camel",
    "rain": "rain rainy downpour drizzle",
    "snow": "snow snowy snowfall blizzard winter christmas",
    "mist": "mist misty fog foggy haze hazy",
    "birds": "bird seagull crow geese swallow flock",
    "flower": "flower rose tulip daisy blossom lotus poppy sunflower peony bloom orchid bouquet"
    " dahlia lily",
    "cat": "cat kitten kitty feline tiger lion leopard panther",
    "fox": "fox dog wolf puppy husky corgi",
    "portrait": "portrait woman man girl boy face person people queen king princess lady model"
    " human warrior wizard",
    "astronaut": "astronaut cosmonaut spaceman diver",
    "robot": "robot android cyborg droid mech",
    "boat": "boat ship sailboat yacht sail sailing vessel",
    "balloon": "balloon",
    "planet": "planet saturn jupiter alien",
    "house": "house cabin cottage hut barn home castle",
    "lighthouse": "lighthouse beacon",
    "heart": "heart love valentine",
    "wings": "flying winged angel dragon fly wings",
}
_COLOUR_WORDS = {
    "d62828": "red crimson scarlet ruby vermilion",
    "f07d24": "orange tangerine amber copper",
    "f4c430": "yellow lemon saffron",
    "d9a441": "gold golden brass",
    "3a9d4a": "green emerald jade lime olive",
    "1fa79b": "teal turquoise aqua cyan",
    "2563c9": "blue azure cobalt sapphire",
    "28307f": "indigo navy",
    "7b3fb5": "purple violet lavender lilac amethyst",
    "ea6fa0": "pink rose magenta coral fuchsia",
    "7a4b2b": "brown chocolate sepia bronze",
    "f4f1ea": "white ivory pearl",
    "16161a": "black ebony onyx",
    "8d9299": "grey gray silver monochrome",
}


def _invert(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for name, words in table.items():
        for word in words.split():
            out[word] = (*out.get(word, ()), name)
    return out


MOOD_OF = {word: names[0] for word, names in _invert(_MOOD_WORDS).items()}
FEATURES_OF = _invert(_FEATURE_WORDS)
COLOUR_OF = {word: rgb(names[0]) for word, names in _invert(_COLOUR_WORDS).items()}
SUBJECTS = (
    "cat",
    "fox",
    "astronaut",
    "robot",
    "portrait",
    "boat",
    "balloon",
    "lighthouse",
    "house",
    "heart",
)

# A word that is itself weather or an hour says more about the palette than a word for a place.
_STRONG = ("night", "sunset", "neon", "space", "dawn", "storm", "winter", "autumn", "golden")
# Palettes that suit any landscape, for prompts that name no mood.
_OPEN_AIR = ("sunset", "dawn", "day", "golden", "tropic", "mist")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to paint. `tints` maps a feature, or "" for the whole picture, to a colour.

    `words`/`without` are all words of the prompt and of the negative prompt, in order.
    """

    mood: str
    features: frozenset[str]
    tints: Mapping[str, tuple[Rgb, ...]] = field(default_factory=dict)
    removed: tuple[Rgb, ...] = ()
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def is_scene(self) -> bool:
        return bool(self.features - {"wings", "mist"})


def split(text: str) -> tuple[str, ...]:
    """Return the words of any text, lower case; a known plural becomes its singular.

    What is known in another language becomes English, a colour before what it colours.
    """
    words: list[str] = []
    before = Known("")
    for token in re.findall(r"\w+", text.lower()):
        word = _singular(token)
        for one in [Known(word)] if _is_known(word) else known(word):
            behind = one.word in COLOUR_OF and (one.behind or before.behind)
            words.insert(len(words) - (behind and before.word in FEATURES_OF), one.word)
            before = one
    return tuple(words)


def _is_known(word: str) -> bool:
    return word in FEATURES_OF or word in MOOD_OF or word in COLOUR_OF


def _singular(word: str) -> str:
    for ending in ("s", "es"):
        stem = word.removesuffix(ending)
        if stem != word and _is_known(stem):
            return stem
    return word


def _mood(words: tuple[str, ...], banned: set[str], variant: int) -> str:
    moods = [m for m in (MOOD_OF.get(w) for w in words) if m is not None and m not in banned]
    strong = [m for m in moods if m in _STRONG]
    if strong or moods:
        return (strong or moods)[0]
    # Colours do not count: a red hill and a blue hill stand under the same sky.
    words = tuple(w for w in words if w not in COLOUR_OF)
    open_air = [m for m in _OPEN_AIR if m not in banned] or list(_OPEN_AIR)
    return open_air[(crc32(repr(words).encode("ascii", "backslashreplace")) + variant)
                    % len(open_air)]  # fmt: skip


def _tints(words: tuple[str, ...], removed: tuple[Rgb, ...]) -> dict[str, tuple[Rgb, ...]]:
    """Bind each colour to the feature right after it ("red cat"), or to the whole picture."""
    tints: dict[str, tuple[Rgb, ...]] = {}
    for i, word in enumerate(words):
        colour = COLOUR_OF.get(word)
        if colour is None or colour in removed:
            continue
        following = FEATURES_OF.get(words[i + 1], ()) if i + 1 < len(words) else ()
        # "Red lighthouse" means the lighthouse, not the sea around it.
        subjects = tuple(name for name in following if name in SUBJECTS)
        for name in subjects or following or ("",):
            tints[name] = (*tints.get(name, ()), colour)
    return tints


def read(prompt: str, negative_prompt: str | None, variant: int = 0) -> Plan:
    """Return what to paint. `variant` (any integer) picks a palette where no word names one."""
    words, without = split(prompt), split(negative_prompt or "")
    removed = tuple(COLOUR_OF[w] for w in without if w in COLOUR_OF)
    banned_moods = {MOOD_OF[w] for w in without if w in MOOD_OF and w not in ("star", "moon")}
    gone = {f for w in without for f in FEATURES_OF.get(w, ())}
    features = {f for w in words for f in FEATURES_OF.get(w, ())} - gone
    return Plan(
        mood=_mood(words, banned_moods, variant),
        features=frozenset(features),
        tints=_tints(words, removed),
        removed=removed,
        words=words,
        without=without,
    )
