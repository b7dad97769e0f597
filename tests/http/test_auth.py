"""How a call says whose it is, and to whom no key ever goes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from backend.errors import PlaygroundError, SettingsError
from backend.providers.base import Auth
from backend.types import WireCall
from backend.wire.client import Api
from tests.http import faults as f
from tests.http.calls import KEY, PNG, PROVIDER

CALL = WireCall("POST", "/make", {"prompt": "a cat"})
PASSWORD = "user:a-long-password"
LAN = "http://192.168.77.77:7860"


@pytest.mark.parametrize(
    ("auth", "key", "shown"),
    [
        (Auth.BEARER, KEY, f"Bearer {KEY}"),
        (Auth.KEY, KEY, f"Key {KEY}"),
        (Auth.BASIC, PASSWORD, f"Basic {base64.b64encode(PASSWORD.encode()).decode()}"),
        (Auth.NONE, KEY, None),
    ],
)
async def test_the_key_is_shown_as_the_platform_has_it(
    spool: Path, auth: Auth, key: str, shown: str | None
) -> None:
    async with f.FaultServer() as server:
        await Api(server.base_url, key, auth=auth).send(CALL, spool)
    assert server.requests[0].headers.get("authorization") == shown


async def test_a_platform_without_a_key_is_asked_without_one(spool: Path) -> None:
    with pytest.raises(SettingsError, match="no API key"):
        await Api("https://platform.invalid", None).send(CALL, spool)
    with pytest.raises(PlaygroundError, match="looked up"):
        await Api("https://platform.invalid", None, needs_key=False).send(CALL, spool)


@pytest.mark.parametrize("echo", ["password", "header"])
async def test_a_password_told_back_is_taken_out_in_each_form(spool: Path, echo: str) -> None:
    sent = base64.b64encode(PASSWORD.encode()).decode()
    said = {"password": PASSWORD.partition(":")[2], "header": sent}[echo]
    async with f.FaultServer() as server:
        server.script(f.raw(f'{{"message": "{said}"}}'), f.status(400, said))
        api = Api(server.base_url, PASSWORD, auth=Auth.BASIC)
        good = await api.send(CALL, spool)
        bad = await api.send(CALL, spool.with_name("b"))
        assert good.spool is not None and said.encode() not in good.spool.read_bytes()
    assert said.encode() not in good.body + bad.body
    error = PROVIDER.explain(400, {}, f'{{"message": "{said}"}}'.encode())
    assert said not in str(api.keyless(error))


def test_another_computer_of_ones_own_network_is_an_explicit_choice() -> None:
    with pytest.raises(SettingsError, match="https://"):
        Api(LAN, None)
    for url in (LAN, "http://[fd00::7]:7860", "http://gpu.local:8188", "http://gpu:7860"):
        assert Api(url, None, lan=True, needs_key=False).base_url == url
    public = ("93.184.216.34", "[2606:2800:220:1::1]", "0x5db8d822", "1572395042", "93.184.55330")
    for url in (f"http://{host}" for host in public):
        with pytest.raises(SettingsError, match="https://"):
            Api(url, None, lan=True)


@pytest.mark.parametrize("auth", Auth)
def test_no_key_and_no_password_goes_over_plain_http_to_another_computer(auth: Auth) -> None:
    api = Api(LAN, PASSWORD, auth=auth, lan=True)
    assert "key=none" in repr(api) and api.withheld == (auth is not Auth.NONE)
    for own in ("http://127.0.0.1:7860", "http://localhost:7860", "https://gpu.example"):
        api = Api(own, PASSWORD, auth=auth, lan=True)
        assert ("key=set" in repr(api)) == (auth is not Auth.NONE) and not api.withheld
    assert not Api(LAN, None, auth=auth, lan=True).withheld


async def test_headers_of_a_call_are_sent_and_replace_none_of_ours(spool: Path) -> None:
    headers = {"Prefer": "wait", "Authorization": "Bearer theirs"}
    async with f.FaultServer() as server:
        call = WireCall("POST", "/make", {}, headers=headers)
        await Api(server.base_url, KEY).send(call, spool)
    assert server.requests[0].headers["prefer"] == "wait"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_an_answer_that_is_the_image_itself_is_asked_for_and_spooled(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.Fault(PNG, headers=(("Content-Type", "image/png"),)))
        call = WireCall("POST", "/models/x", {"inputs": "a cat"}, accept="image")
        answer = await Api(server.base_url, KEY).send(call, spool)
        await answer.synced
    assert server.requests[0].headers["accept"].startswith("image/")
    assert answer.body == PNG and spool.read_bytes() == PNG
