"""What can be wrong with an object store, in words for people. Never its own: they hold links."""

from __future__ import annotations

import errno
import re
from enum import StrEnum

from backend.said import Said, msg


class Kind(StrEnum):
    """Why a store did not do what it was asked to."""

    AWAY = "away"
    SLOW = "slow"
    REFUSED = "refused"
    NO_KEY = "no key"
    NO_BUCKET = "no bucket"
    REGION = "another region"
    FULL = "full"
    FAILED = "failed"


class StoreTrouble(OSError):
    """The image store cannot give or take a file now. Nothing is known of the file itself.

    `strerror` is the reason within a sentence, `sentence` one of its own, `hint` what to do.
    """

    def __init__(self, kind: Kind, status: int | None = None) -> None:
        super().__init__(errno.EIO, _REASON[kind])
        self.kind, self.status = kind, status

    @property
    def sentence(self) -> Said:
        if self.kind is Kind.FAILED:
            return msg("The image store answers with an error ({status}).", status=str(self.status))
        return _SENTENCE[self.kind]

    @property
    def hint(self) -> Said:
        return _HINT[self.kind]

    def __reduce__(self) -> tuple[object, ...]:
        return StoreTrouble, (self.kind, self.status)


_REASON = {
    Kind.AWAY: msg("the image store cannot be reached"),
    Kind.SLOW: msg("the image store does not answer in time"),
    Kind.REFUSED: msg("the image store does not accept the key"),
    Kind.NO_KEY: msg("there is no key for the image store"),
    Kind.NO_BUCKET: msg("the image store has no such bucket"),
    Kind.REGION: msg("the image store is in another region"),
    Kind.FULL: msg("the image store is full"),
    Kind.FAILED: msg("the image store failed"),
}
_SENTENCE = {
    Kind.AWAY: msg("The image store cannot be reached."),
    Kind.SLOW: msg("The image store does not answer in time."),
    Kind.REFUSED: msg("The image store does not accept the key, or the key may not do this."),
    Kind.NO_KEY: msg("There is no key for the image store."),
    Kind.NO_BUCKET: msg("The image store has no such bucket."),
    Kind.REGION: msg("The image store is in another region."),
    Kind.FULL: msg("The image store is full."),
}
_RUNNING = msg("Check that it is running, and the address in {name}.", name="PLAYGROUND_STORE_URL")
_HINT = {
    Kind.AWAY: _RUNNING,
    Kind.SLOW: _RUNNING,
    Kind.REFUSED: msg("Check the store's key and secret in the environment."),
    Kind.NO_KEY: msg("Set it in the environment, as the store's own programs have it."),
    Kind.NO_BUCKET: msg(
        "Make the bucket, or correct its name in {name}.", name="PLAYGROUND_STORE_URL"
    ),
    Kind.REGION: msg("Name it in {name}, with ?region= at its end.", name="PLAYGROUND_STORE_URL"),
    Kind.FULL: msg("Make room in it."),
    Kind.FAILED: msg("Look into its log."),
}

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>|\"code\":\s*\"([A-Za-z]{1,60})\"")
_ASKS_THE_CLOUD = re.compile(r"http://(169\.254\.|metadata\.google\.internal)")
_FULL_CODES = {"InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"}
_NO_BUCKET_CODES = {"NoSuchBucket", "ContainerNotFound"}


def trouble_in(words: str) -> StoreTrouble:
    """Return what went wrong by the client's own words, of which nothing is kept.

    obstore has no classes for most of it, and a field for none.
    """
    if _ASKS_THE_CLOUD.search(words):  # as a last resort, for a key
        return StoreTrouble(Kind.NO_KEY)
    if "configured region" in words:  # its own guess at a redirect that leads nowhere
        return StoreTrouble(Kind.REGION)
    status = int(found[1]) if (found := _STATUS.search(words)) else None
    codes = {one or other for one, other in _CODE.findall(words)}
    if codes & _NO_BUCKET_CODES:
        return StoreTrouble(Kind.NO_BUCKET, status)
    if codes & _FULL_CODES or status == 507:
        return StoreTrouble(Kind.FULL, status)
    if status in (301, 307, 400, 401, 403):
        return StoreTrouble(Kind.REFUSED, status)
    if status is not None:
        return StoreTrouble(Kind.FAILED, status)
    if "TimedOut" in words or "kind: Timeout" in words:
        return StoreTrouble(Kind.SLOW)
    return StoreTrouble(Kind.AWAY)
