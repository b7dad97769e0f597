"""The program behind a real nginx, below a path, in a browser; by README's own lines."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, expect

from tests.e2e.conftest import ROOT, program, wait_for, watched

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session")]

AUTH = "ada:correct horse battery"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")

CONFIG = """
daemon off; pid PLACE/nginx.pid; error_log PLACE/error.log; worker_processes 1; USER
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path PLACE/body; proxy_temp_path PLACE/proxy;
    fastcgi_temp_path PLACE/f; uwsgi_temp_path PLACE/u; scgi_temp_path PLACE/s;
    server {{
        listen 127.0.0.1:{port};
        {location}
        location = /elsewhere {{ return 200 "another program"; }}
        location = /favicon.ico {{ return 204; }}  # which browsers ask of the host, unasked
    }}
}}
"""


def readme_location() -> str:
    """Return README's lines for nginx."""
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found, "README shows no lines for nginx"
    return found[1]


@contextmanager
def nginx(folder: Path, playground: str, location: str) -> Iterator[str]:
    """Serve `location`, with README's address made `playground`'s, and yield nginx's address."""
    assert NGINX is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    location = location.replace("http://127.0.0.1:7860", playground)
    place = folder / "nginx"
    place.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""  # its workers read below the test's folder
    text = CONFIG.format(port=port, location=location)
    (place / "nginx.conf").write_text(text.replace("PLACE", str(place)).replace("USER", user))
    command = [NGINX, "-p", str(place), "-c", str(place / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/elsewhere")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine (apt-get install nginx-light)")
@pytest.mark.parametrize("way", ["README's lines", "a path that is kept"])
async def test_all_of_it_works_below_a_path(browser: Browser, tmp_path: Path, way: str) -> None:
    location, arguments = readme_location(), ["--trust-proxy", "127.0.0.1"]
    if way != "README's lines":  # a proxy that changes no path and says no prefix
        location = re.sub(r"proxy_pass (\S+)/;", r"proxy_pass \1;", location)
        location = re.sub(r".*X-Forwarded-Prefix.*\n", "", location)
        arguments += ["--root-path", "/pg"]
    data = tmp_path / "data"
    with (
        program(data, more={"PLAYGROUND_AUTH": AUTH}, arguments=arguments) as address,
        nginx(tmp_path, address.removesuffix("/pg"), location) as outside,
    ):
        context = await browser.new_context()
        page = await context.new_page()
        strangers, errors = watched(page, f"{outside}/pg")
        lost: list[str] = []
        page.on("response", lambda r: lost.append(r.url) if r.status >= 400 else None)
        await page.goto(f"{outside}/pg/gallery?q=fox")
        assert page.url.startswith(f"{outside}/pg/login?next=")
        await page.get_by_label("User name").fill("ada")
        await page.get_by_label("Password").fill(AUTH.partition(":")[2])
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{outside}/pg/gallery?q=fox")
        assert {cookie["path"] for cookie in await context.cookies()} == {"/pg"}

        await page.goto(f"{outside}/pg/")
        await page.locator("#prompt textarea").fill("a red fox")
        await page.get_by_role("button", name="Generate").click()
        card = page.locator('.card[data-state="saved"] img')
        await expect(card).to_have_attribute("src", re.compile("^/pg/images/"))
        await expect(card).to_have_js_property("complete", True)
        await page.locator("#header").get_by_role("link", name="Gallery").click()
        await page.wait_for_url(f"{outside}/pg/gallery")
        thumbnail = page.locator('img[src^="/pg/thumbs/"]').first
        await expect(thumbnail).to_be_visible()
        await thumbnail.click()
        picture = page.locator('dialog[open] img[src^="/pg/images/"]').first
        await expect(picture).to_be_visible()
        for name in ("Statistics", "Settings", "Create"):
            await page.goto(f"{outside}/pg/gallery")
            await page.locator("#header").get_by_role("link", name=name).click()
            end = "" if name == "Create" else name.lower()
            await page.wait_for_url(f"{outside}/pg/{end}")
            await expect(page.locator("#main, #workspace").first).to_be_visible()
        await page.locator(".bar .language select").select_option("de")
        await expect(page.locator(".bar .language option[selected]")).to_have_text("Deutsch")
        assert {cookie["path"] for cookie in await context.cookies()} == {"/pg"}
        await page.locator(".bar .language select").select_option("en")
        await expect(page.locator(".bar .language option[selected]")).to_have_text("English")
        await page.goto(f"{outside}/pg/docs")
        await expect(
            page.locator("code").filter(has_text=f"{outside}/pg/api/").first
        ).to_be_visible()
        await page.goto(f"{outside}/pg/logout")
        await page.get_by_role("button", name="Log out").click()
        await page.wait_for_url(f"{outside}/pg/login")
        assert strangers == [], "something leads out of the path"
        assert (lost, errors) == ([], [])
        await context.close()


@pytest.mark.parametrize(
    "arguments",
    [["--allow-host", "studio.lan"], ["--trust-proxy", "127.0.0.1"]],
    ids=["another name", "a proxy"],
)
async def test_what_others_are_to_reach_asks_for_a_login(
    tmp_path: Path, arguments: list[str]
) -> None:
    async with AsyncClient() as client:
        with program(tmp_path / "data", arguments=arguments) as address:
            assert (await client.get(f"{address}/api/images")).status_code == 401
            named = await client.get(f"{address}/healthz", headers={"Host": "studio.lan"})
            assert named.status_code == (200 if "--allow-host" in arguments else 421)
