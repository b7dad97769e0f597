"""One paid call, and how it ends."""

from __future__ import annotations

from pathlib import Path

from backend.providers import PROVIDERS
from backend.types import GenerationRequest, RawImage
from backend.wire.client import Api
from tests.http import faults as f

KEY = "ak_not_a_real_key_0123456789"
PROVIDER = PROVIDERS["sentry_block"]
CALL = PROVIDER.build(GenerationRequest("black-forest-labs/FLUX.1-schnell", "a flying cat", seed=7))


def api(server: f.FaultServer, **changes: object) -> Api:
    options = {"deadline_s": 20.0, "connect_timeout_s": 10.0, **changes}
    return Api(server.base_url, KEY, **options)  # type: ignore[arg-type]


async def outcome(api: Api, spool: Path) -> RawImage:
    """Do what the studio does with one call: send, then explain or parse."""
    answer = await api.send(CALL, spool)
    await answer.synced
    if not answer.ok:
        raise PROVIDER.explain(answer.status, answer.headers, answer.body)
    return PROVIDER.parse(answer.body)


def left_over(spool: Path) -> list[str]:
    return sorted(path.name for path in spool.parent.iterdir())


JPEG, WEBP, PNG = f.picture("JPEG"), f.picture("WEBP"), f.png()
