"""Amounts, durations, sizes and what is left of the limits, in words for people. Pure.

Whoever shows them tells them in the visitor's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from backend.generation.budget import Usage
from backend.generation.jobs import Balances
from backend.said import Said, decimals_of, dollars, joined, listed, msg, msg_n
from backend.said import number as written
from backend.settings.change import Pasted
from backend.text import shortened
from backend.types import OFFLINE, Limits, ModelSpec
from ui.present.facts import SOURCES


def mode_text(provider: str, api_url: str | None) -> str:
    """Return the header's line that says where the images come from."""
    if provider == OFFLINE:
        return SOURCES[OFFLINE]
    return urlsplit(api_url or "").hostname or provider


def price_text(estimate: Decimal | None, count: int) -> Said:
    """Return the price of what an offer makes."""
    if estimate is None:
        return msg("Cost: no price listed.")
    if not estimate:
        return msg("Cost: free.")
    amount = dollars(estimate)
    if count <= 1:
        return msg("Cost: about {amount}.", amount=amount)
    return msg_n(
        "Cost: about {amount} for 1 image.",
        "Cost: about {amount} for {n} images.",
        count,
        amount=amount,
    )


def deal_text(estimate: Decimal | None, count: int, stored: int) -> tuple[Said, str]:
    """Return what Generate says: what it makes, and what that costs.

    `estimate` is the listed price of those that are not `stored`, None where none is listed.
    """
    makes = msg_n("Generate 1 image", "Generate {n} images", count)
    if stored >= count:
        return makes, msg("free, already made")
    cost = msg("no price listed") if estimate is None else price(estimate)
    if not stored:
        return makes, cost
    return makes, msg(
        "{cost}, {stored} of {count} are stored", cost=cost, stored=stored, count=count
    )


def choices_text(count: int, total: int) -> Said:
    """Return how many prompts a template makes, `total`, and which of them a click makes."""
    if total <= count:
        return msg_n("1 prompt.", "{n} prompts, each is made.", total)
    return msg_n(
        "1 of {total} prompts is made, chosen at random.",
        "{n} of {total} prompts are made, chosen at random.",
        count,
        total=total,
    )


def stopped_text(sent: int, unsent: int, stopped: int = 0) -> Said:
    """Return what pressing Stop did, from the runs that were `sent` and those that were not.

    `stopped` were sent as well, of what an earlier press has stopped.
    """
    if sent and unsent:
        kept = msg_n(
            "1 image was already sent and will still arrive and be stored",
            "{n} images were already sent and will still arrive and be stored",
            sent,
        )
        ended = msg_n("1 was not sent", "{n} were not sent", unsent)
        return msg("{kept}; {ended}.", kept=kept, ended=ended)
    if sent:
        return msg_n(
            "1 image was already sent and will still arrive and be stored."
            " Nothing else was waiting.",
            "{n} images were already sent and will still arrive and be stored."
            " Nothing else was waiting.",
            sent,
        )
    if unsent:
        return msg_n(
            "1 image was not sent. Nothing was charged for it.",
            "{n} images were not sent. Nothing was charged for them.",
            unsent,
        )
    if stopped:
        return msg_n("1 is still on its way.", "{n} are still on their way.", stopped)
    return msg("Nothing is running.")


def price(amount: Decimal | None) -> str:
    """Return what an image cost, for its details."""
    if amount is None:
        return msg("none listed")
    return dollars(amount) if amount else msg("free")


def account_text(balance: Decimal | None, usage: Usage, limits: Limits) -> Said:
    """Return what is left of the account and of the day's limits, and below it what is used.

    Two lines; one where nothing is known of what is left.
    """
    left: list[str] = []
    used: list[str] = [_requests(usage.requests_today)]
    if limits.requests_per_day is not None:
        left.append(_requests(max(0, limits.requests_per_day - usage.requests_today)))
    if limits.dollars_per_day is not None:
        left.append(dollars(max(Decimal(0), limits.dollars_per_day - usage.dollars_today)))
        used.append(msg("about {amount}", amount=dollars(usage.dollars_today)))
    known = joined(
        msg("Left today: {what}", what=listed(left)) if left else "",
        "" if balance is None else msg("Balance {amount}", amount=dollars(round(balance, 2))),
        by=" · ",
    )
    return joined(known, msg("Used today: {what}", what=listed(used)), by="\n")


def balance_text(found: Balances) -> Said:
    """Return what a doubtful send did to the balance, as far as that is known."""
    least = max(3, *(decimals_of(amount.normalize()) for amount in (found.before, found.after)))
    before, now = (dollars(amount, min(5, least)) for amount in (found.before, found.after))
    if not found.alone:
        return msg(
            "Balance before {before}, now {now}; other images were sent in between.",
            before=before,
            now=now,
        )
    if found.after < found.before:
        return msg("Balance before {before}, now {now}: it was charged.", before=before, now=now)
    if found.after == found.before:
        return msg(
            "Balance before {before}, now {now}: not charged so far.", before=before, now=now
        )
    return msg("Balance before {before}, now {now}.", before=before, now=now)


def usage_text(usage: Usage, limits: Limits) -> Said:
    """Return what is used and left of the limits, in one line."""
    count = usage.requests_today
    told = msg_n("1 request today", "{n} requests today", count)
    if limits.requests_per_day is not None:
        told = msg_n(
            "1 request today, {left} left",
            "{n} requests today, {left} left",
            count,
            left=max(0, limits.requests_per_day - count),
        )
    if limits.dollars_per_day is None:
        return told
    return msg(
        "{requests}; about {spent} spent, {left} left",
        requests=told,
        spent=dollars(usage.dollars_today),
        left=dollars(max(Decimal(0), limits.dollars_per_day - usage.dollars_today)),
    )


def seconds(value: float) -> Said:
    """Return a duration for people, as words.js has it: 0.84 s, 3.5 s, 13.4 s, 2 min 5 s."""
    if value < 60:
        return msg("{seconds} s", seconds=written(value, 2 if value < 1 else 1))
    return msg(
        "{minutes} min {seconds} s", minutes=str(int(value // 60)), seconds=str(int(value % 60))
    )


def file_size(size_bytes: int) -> Said:
    """Return a file size for people: 812 bytes, 64 kB, 1.8 MB."""
    if size_bytes >= 1024**2:
        return msg("{size} MB", size=_short(size_bytes / 1024**2))
    if size_bytes >= 1024:
        return msg("{size} kB", size=_short(size_bytes / 1024))
    return msg_n("1 byte", "{n} bytes", size_bytes, n=str(size_bytes))


def _short(amount: float) -> str:
    return written(amount, 1) if amount < 10 else f"{amount:.0f}"


def number(amount: Decimal | None) -> float | None:
    """Return an amount as JSON holds it."""
    return None if amount is None else float(amount)


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601 with its zone, always UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _requests(count: int) -> Said:
    return msg_n("1 request", "{n} requests", count)


def tested_text(
    offered: Sequence[str], balance: Decimal | None, known: Mapping[str, ModelSpec]
) -> Said:
    """Return what a test found: models and balance, and what the form has none of, or in vain.

    `balance` is None where there is none to ask for.
    """
    if balance is None:
        works = msg_n("It works: 1 image model.", "It works: {n} image models.", len(offered))
    else:
        works = msg_n(
            "It works: 1 image model, and a balance of {balance}.",
            "It works: {n} image models, and a balance of {balance}.",
            len(offered),
            balance=dollars(balance),
        )
    told = [works]
    if strange := [name for name in offered if name not in known]:
        told.append(
            msg(
                "The form does not know {models}; models.toml can name more models.",
                models=_named(strange),
            )
        )
    if missing := [model.label for model_id, model in known.items() if model_id not in offered]:
        told.append(msg("Not in your account: {models}.", models=_named(missing)))
    return joined(*told)


def in_force_text(api_url: str | None, limits: Limits) -> Said:
    """Return where images come from now, and how many may be asked for."""
    if api_url is None:
        return msg("In force: the sample engine, which needs no key.")
    bounds: list[str] = []
    if (count := limits.requests_per_minute) is not None:
        bounds.append(msg_n("1 request a minute", "{n} requests a minute", count))
    if (count := limits.requests_per_day) is not None:
        bounds.append(msg_n("1 request a day", "{n} requests a day", count))
    if limits.dollars_per_day is not None:
        bounds.append(msg("{amount} a day", amount=dollars(limits.dollars_per_day)))
    host = urlsplit(api_url).hostname or api_url
    if not bounds:
        return msg("In force: {host} with the saved key, no limits.", host=host)
    return msg(
        "In force: {host} with the saved key, at most {bounds}.", host=host, bounds=listed(bounds)
    )


def masked(key: str) -> str:
    """Return a key's beginning and end, where it is so long that these give nothing away."""
    head = key.partition("_")[0] + "_" if "_" in key[:4] else ""
    return f"{head}…{key[-3:]}" if len(key) >= 16 else f"{head}…"


def _named(names: Sequence[str]) -> str:
    """Return up to three names, short, and how many more there are."""
    shown = listed(shortened(name, 60) for name in names[:3])
    more = len(names) - 3
    if more <= 0:
        return shown
    return msg_n("{names} and 1 more", "{names} and {n} more", more, names=shown)


def pasted_text(found: Pasted) -> Said:
    """Say what was found in a pasted text: the address, and how the key begins and ends."""
    if found.several:
        return msg("This names several addresses: enter the API's below.")
    url = found.api_url or ""
    if found.stand_in:
        return joined(
            msg("Found the address {url}.", url=url) if url else msg("No address was found."),
            msg("Where the key belongs, an example's words stand: paste your key below."),
        )
    if not found.api_key:
        if url:
            return msg("Found the address {url}, but no key: paste it below.", url=url)
        return msg("Neither an address nor a key was found in this.")
    key = masked(found.api_key)
    if not url:
        return msg("Key found: {key}, but no address: enter it below.", key=key)
    return msg("Key found: {key}, for the address {url}. Press Test, then Save.", key=key, url=url)
