"""How fast and how far an experiment goes this time; the rest is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from backend.errors import InvalidInput
from backend.said import Said, dollars, joined, msg, msg_n

AT_ONCE_MAX = 64
IMAGES_MAX = 1_000_000
USD_MAX = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Bounds:
    """So many sends at once (None: as at its start), so many images and US dollars in all.

    Answers from disk count for nothing. A price that nobody knows is beyond any amount.
    """

    at_once: int | None = None
    images: int | None = None
    usd: Decimal | None = None

    def hold(self, price_usd: Decimal | None) -> bool:
        """Whether one more image at this listed price is within them."""
        if self.images is not None and self.images < 1:
            return False
        return self.usd is None or (price_usd is not None and price_usd <= self.usd)

    def less(self, price_usd: Decimal) -> Bounds:
        """Return what is left of them after one more image."""
        return replace(
            self,
            images=None if self.images is None else self.images - 1,
            usd=None if self.usd is None else self.usd - price_usd,
        )

    @property
    def words(self) -> Said | str:
        """Why it will rest; empty where it goes as far as there is."""
        told = []
        if self.images is not None:
            told.append(
                msg_n(
                    "At most 1 image is sent this time; the rest is kept.",
                    "At most {n} images are sent this time; the rest is kept.",
                    self.images,
                )
            )
        if self.usd is not None:
            told.append(
                msg(
                    "At most {amount} is spent this time; the rest is kept.",
                    amount=dollars(self.usd),
                )
            )
        return joined(*told) if told else ""


UNBOUND = Bounds()


class Held(Exception):
    """The bounds hold nothing more; `why` is what else there is to say."""

    def __init__(self, price_usd: Decimal | None = Decimal(0)) -> None:
        self.why: Said | str = ""
        if price_usd is None:
            self.why = msg("The next image has no listed price, so no amount can hold it.")
        super().__init__(self.why)


def read_bounds(at_once: object, images: object, usd: object) -> Bounds:
    """Return the bounds that a program gave; None is none. Raises: InvalidInput."""
    return Bounds(
        _whole(at_once, "at_once", 1, AT_ONCE_MAX),
        _whole(images, "max_images", 0, IMAGES_MAX),
        _amount(usd, "max_usd"),
    )


def _whole(value: object, field: str, least: int, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            msg("{name} is no whole number in its range.", name=field),
            msg("Give one from {least} to {most}.", least=least, most=most),
            field=field,
        )
    return value


def _amount(value: object, field: str) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= USD_MAX:
        raise InvalidInput(
            msg("{name} is no amount of US dollars.", name=field),
            msg("Give one such as 2.50."),
            field=field,
        )
    return amount
