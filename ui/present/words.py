"""Amounts, durations, sizes and what is left of the limits, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from backend.generation.budget import Usage
from backend.generation.jobs import Balances
from backend.said import dollars
from backend.settings.change import Pasted
from backend.text import shortened
from backend.types import OFFLINE, Limits, ModelSpec
from ui.present.facts import SOURCES

_UNITS = ((1024**2, "MB"), (1024, "kB"))


def mode_text(provider: str, api_url: str | None) -> str:
    """Return the header's line that says where the images come from."""
    if provider == OFFLINE:
        return SOURCES[OFFLINE]
    return urlsplit(api_url or "").hostname or provider


def price_text(estimate: Decimal | None, count: int) -> str:
    """Return the price of what an offer makes, as a sentence's beginning."""
    if estimate is None:
        return "Cost: no price listed"
    if not estimate:
        return "Cost: free"
    return f"Cost: about {dollars(estimate)}" + (f" for {count} images" if count > 1 else "")


def deal_text(estimate: Decimal | None, count: int, stored: int) -> tuple[str, str]:
    """Return what Generate says: what it makes, and what that costs.

    `estimate` is the listed price of those that are not `stored`, None where none is listed.
    """
    makes = "Generate 1 image" if count == 1 else f"Generate {count} images"
    if stored >= count:
        return makes, "free, already made"
    cost = "no price listed" if estimate is None else dollars(estimate) if estimate else "free"
    return makes, f"{cost}, {stored} of {count} are stored" if stored else cost


def stopped_text(sent: int, unsent: int, stopped: int = 0) -> str:
    """Return what pressing Stop did, from the runs that were `sent` and those that were not.

    `stopped` were sent as well, of what an earlier press has stopped.
    """
    if not sent and not unsent:
        if stopped:
            return f"{stopped} {'is' if stopped == 1 else 'are'} still on {_its(stopped)} way."
        return "Nothing is running."
    kept = f"{_images(sent)} already sent and will still arrive and be stored" if sent else ""
    ended = f"{_images(unsent) if not sent else _was(unsent)} not sent" if unsent else ""
    if kept and ended:
        return f"{kept}; {ended}."
    if kept:
        return f"{kept}. Nothing else was waiting."
    return f"{ended}. Nothing was charged for {'it' if unsent == 1 else 'them'}."


def price(amount: Decimal | None) -> str:
    """Return what an image cost, for its details."""
    if amount is None:
        return "none listed"
    return dollars(amount) if amount else "free"


def account_text(balance: Decimal | None, usage: Usage, limits: Limits) -> str:
    """Return what is left of the account and of the day's limits, and below it what is used.

    Two lines; one where nothing is known of what is left.
    """
    left: list[str] = []
    used = f"Used today: {_requests(usage.requests_today)}"
    if limits.requests_per_day is not None:
        left.append(_requests(max(0, limits.requests_per_day - usage.requests_today)))
    if limits.dollars_per_day is not None:
        left.append(dollars(max(Decimal(0), limits.dollars_per_day - usage.dollars_today)))
        used += f", about {dollars(usage.dollars_today)}"
    told = [f"Left today: {', '.join(left)}"] if left else []
    told += [] if balance is None else [f"Balance ${balance:,.2f}"]
    return "\n".join([". ".join(told), used] if told else [used])


def balance_text(found: Balances) -> str:
    """Return what a doubtful send did to the balance, as far as that is known."""
    before, now = _alike(found.before, found.after)
    told = f"Balance before ${before}, now ${now}"
    if not found.alone:
        return f"{told}; other images were sent in between."
    if found.after < found.before:
        return f"{told}: it was charged."
    return f"{told}: not charged so far." if found.after == found.before else f"{told}."


def _alike(*amounts: Decimal) -> list[str]:
    """Return amounts with as many decimals as the longest of them has, from three to five."""
    longest = max(-int(amount.normalize().as_tuple().exponent) for amount in amounts)
    return [f"{amount:,.{max(3, min(5, longest))}f}" for amount in amounts]


def usage_text(usage: Usage, limits: Limits) -> str:
    """Return what is used and left of the limits, in one line."""
    told = f"{_requests(usage.requests_today)} today"
    if limits.requests_per_day is not None:
        told += f", {max(0, limits.requests_per_day - usage.requests_today):,} left"
    if limits.dollars_per_day is not None:
        left = max(Decimal(0), limits.dollars_per_day - usage.dollars_today)
        told += f"; about {dollars(usage.dollars_today)} spent, {dollars(left)} left"
    return told


def seconds(value: float) -> str:
    """Return a duration for people, as words.js has it: 0.84 s, 3.5 s, 13.4 s, 2 min 5 s."""
    if value < 1:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"


def file_size(size_bytes: int) -> str:
    """Return a file size for people: 812 bytes, 64 kB, 1.8 MB."""
    for unit, name in _UNITS:
        if size_bytes >= unit:
            amount = size_bytes / unit
            return f"{amount:.1f} {name}" if amount < 10 else f"{amount:.0f} {name}"
    return f"{size_bytes} bytes"


def number(amount: Decimal | None) -> float | None:
    """Return an amount as JSON holds it."""
    return None if amount is None else float(amount)


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601 with its zone, always UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _images(count: int) -> str:
    return "1 image was" if count == 1 else f"{count} images were"


def _requests(count: int) -> str:
    return f"{count:,} {'request' if count == 1 else 'requests'}"


def _its(count: int) -> str:
    return "its" if count == 1 else "their"


def _was(count: int) -> str:
    return "1 was" if count == 1 else f"{count} were"


def tested_text(offered: Sequence[str], balance: Decimal, known: Mapping[str, ModelSpec]) -> str:
    """Return what a test found: models and balance, and what the form has none of, or in vain."""
    noun = "image model" if len(offered) == 1 else "image models"
    told = [f"It works: {len(offered)} {noun}, and a balance of {dollars(balance)}."]
    if strange := [name for name in offered if name not in known]:
        told.append(f"The form does not know {_named(strange)}; models.toml can name more models.")
    if missing := [model.label for model_id, model in known.items() if model_id not in offered]:
        told.append(f"Not in your account: {_named(missing)}.")
    return " ".join(told)


def in_force_text(api_url: str | None, limits: Limits) -> str:
    """Return where images come from now, and how many may be asked for."""
    if api_url is None:
        return "In force: the sample engine, which needs no key."
    bounds = [
        f"{count:,} {noun}"
        for count, noun in (
            (limits.requests_per_minute, "requests a minute"),
            (limits.requests_per_day, "requests a day"),
        )
        if count is not None
    ]
    if limits.dollars_per_day is not None:
        bounds.append(f"{dollars(limits.dollars_per_day)} a day")
    host = urlsplit(api_url).hostname or api_url
    most = f"at most {', '.join(bounds)}" if bounds else "no limits"
    return f"In force: {host} with the saved key, {most}."


def masked(key: str) -> str:
    """Return a key's beginning and end, where it is so long that these give nothing away."""
    head = key.partition("_")[0] + "_" if "_" in key[:4] else ""
    return f"{head}…{key[-3:]}" if len(key) >= 16 else f"{head}…"


def _named(names: Sequence[str]) -> str:
    """Return up to three names, short, and how many more there are."""
    shown = [shortened(name, 60) for name in names[:3]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def pasted_text(found: Pasted) -> str:
    """Say what was found in a pasted text: the address, and how the key begins and ends."""
    if found.several:
        return "This names several addresses: enter the API's below."
    if found.stand_in:
        what = f"Found the address {found.api_url}." if found.api_url else "No address was found."
        return f"{what} Where the key belongs, an example's words stand: paste your key below."
    if found.api_url and found.api_key:
        return (
            f"Key found: {masked(found.api_key)}, for the address {found.api_url}."
            " Press Test, then Save."
        )
    if found.api_key:
        return f"Key found: {masked(found.api_key)}, but no address: enter it below."
    if found.api_url:
        return f"Found the address {found.api_url}, but no key: paste it below."
    return "Neither an address nor a key was found in this."
