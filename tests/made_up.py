"""A made-up language that shows what is not translated, and what does not bear another language.

Every template of the code is in it: its letters have accents, its vowels stand twice, so that it is
some 40 % longer, and it stands between marks, which are missing where it is cut. Lines run from
right to left. It takes the place of Arabic, which has six plurals and is known to browsers and to
Babel: what they say of numbers, days and months is in Arabic letters.

`python tests/made_up.py …` starts the program with it; nobody else can choose it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog  # noqa: E402
from babel.messages.pofile import write_po  # noqa: E402

from ui.language import files  # noqa: E402
from ui.language.languages import LANGUAGES, Language  # noqa: E402

TAG = "ar"
MARKS = ("⟦\u200f", "\u200f⟧")
"""With marks of direction: where a text's own letters decide, it runs from right to left, too."""

_ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀćđéƒǵĥíĵķĺḿńóṕɋŕśţúṽŵẋýžÁƁĆĐÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŢÚṼŴẊÝŽ",
)


def accented(template: str) -> str:
    """Return a template in the made-up language; {places} stay as they are."""
    if template == "{t0} {t1}":  # both are marked themselves
        return template
    parts = re.split(r"(\{\w+\})", template)
    told = "".join(part if n % 2 else _longer(part) for n, part in enumerate(parts))
    return f"{MARKS[0]}{told}{MARKS[1]}"


def _longer(text: str) -> str:
    return re.sub(r"[aeiouAEIOU]", lambda vowel: vowel[0] + vowel[0].lower(), text).translate(
        _ACCENTS
    )


def table() -> Catalog:
    """Return the made-up language's table: all that the code says."""
    from ui.language.tables import in_code

    made = Catalog(locale=TAG, charset="utf-8")
    made.update(in_code(), no_fuzzy_matching=True)
    for message in made:
        if not message.id:
            continue
        if isinstance(message.id, str):
            message.string = accented(message.id)
        else:
            one, other = map(accented, message.id)
            forms = (one if form == 1 else other for form in range(made.num_plurals))
            message.string = tuple(forms)
    return made


def install(folder: Path) -> None:
    """Let this process know the made-up language beside the others; their tables go to `folder`."""
    for own in files.TEXTS.iterdir():
        (folder / own.name).write_bytes(own.read_bytes())
    files.TEXTS = folder
    with files.path_of(TAG).open("wb") as file:
        write_po(file, table())
    LANGUAGES[TAG] = Language(TAG, accented("Made up"), "rtl")


if __name__ == "__main__":
    from app import main

    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        sys.exit(main())
