"""compose.yaml, Dockerfile and nginx.conf name only what is there: they cannot be run in tests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_httpserver import HTTPServer

from app import parse_arguments
from backend.branch import LOCAL_TIMEOUT_S
from backend.settings.load import NAMES, Settings, load_settings
from backend.settings.places import beside
from ui.door.credentials import parse_auth
from ui.door.login import OPEN

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
NGINX = (ROOT / "nginx.conf").read_text(encoding="utf-8")
MACHINES = {name: one for name, one in COMPOSE["services"].items() if one.get("build")}
FILLED_IN = {
    "PLAYGROUND_AUTH": "ada:correct horse battery",
    "DATABASE_PASSWORD": "secret1",
    "STORE_SECRET": "secret2",
}
OF_THE_STORE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def filled(value: object) -> str:
    """Return a value as compose fills it in from a person's .env."""
    return re.sub(r"\$\{(\w+):[?-]\}", lambda found: FILLED_IN.get(found[1], ""), str(value))


def lines(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.M)


def settings_of(machine: dict[str, Any], tmp_path: Path) -> Settings:
    of_image = dict(pair.split("=") for line in lines("ENV") for pair in line.split())
    environ = of_image | {name: filled(of) for name, of in machine["environment"].items()}
    return load_settings({"env_file": None}, environ, places=beside(tmp_path))


def test_each_name_in_a_machine_s_environment_is_a_setting() -> None:
    assert len(MACHINES) == 2
    for machine in MACHINES.values():
        assert {*machine["environment"]} <= {*NAMES} | OF_THE_STORE
    of_image = {pair.split("=")[0] for line in lines("ENV") for pair in line.split()}
    assert of_image and of_image <= {*NAMES}


def test_what_people_are_to_fill_in_is_told_at_the_top() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    told, _, rest = text.partition("x-environment")
    asked = set(re.findall(r"\$\{(\w+):\?\}", rest))
    assert asked == {*FILLED_IN} and all(name in told for name in asked)


def test_the_machines_settings_are_taken_and_share_all_but_port_and_folder(tmp_path: Path) -> None:
    one, two = (settings_of(machine, tmp_path) for machine in MACHINES.values())
    assert one.database_url == two.database_url and "secret1" in str(one.database_url)
    assert one.store_url is not None and one.store_url == two.store_url
    assert one.port != two.port and one.host == "0.0.0.0"
    assert str(one.data_dir) == "/data"
    assert one.auth and parse_auth(one.auth)
    volumes = [machine["volumes"] for machine in MACHINES.values()]
    assert volumes[0] != volumes[1], "a data folder is never shared"


def test_a_machine_has_time_to_receive_what_was_paid_for() -> None:
    for machine in MACHINES.values():
        minutes = re.fullmatch(r"(\d+)m", machine["stop_grace_period"])
        assert minutes and int(minutes[1]) * 60 > LOCAL_TIMEOUT_S


def test_an_end_is_heard_while_a_machine_starts() -> None:
    """The first process of a container hears no signal that it does not ask for."""
    assert all(machine["init"] is True for machine in MACHINES.values())


def test_the_health_of_this_very_machine_is_asked_past_a_proxy(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    """Docker puts its own proxies into each container's environment."""
    httpserver.expect_request("/readyz").respond_with_data("ok")
    monkeypatch.setenv("PLAYGROUND_PORT", str(httpserver.port))
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (check,) = lines("HEALTHCHECK")
    _, *command = json.loads(check[check.index("[") :])
    subprocess.run([sys.executable, *command], timeout=20, check=True)
    assert COMPOSE["services"]["store"]["healthcheck"]["test"].startswith("http_proxy= wget ")


def test_the_readme_tells_what_people_are_to_fill_in() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in FILLED_IN:
        assert f"\n    {name}=" in text


def test_nginx_knows_each_machine_by_its_port_and_passes_on_what_is_needed(tmp_path: Path) -> None:
    ports = {settings_of(machine, tmp_path).port for machine in MACHINES.values()}
    assert {int(port) for port in re.findall(r"server store:(\d+);", NGINX)} == ports
    assert all(machine["network_mode"] == "service:store" for machine in MACHINES.values())
    for needed in ("proxy_buffering off", "Host $http_host", "client_max_body_size 70m"):
        assert needed in NGINX
    (mounted,) = COMPOSE["services"]["nginx"]["volumes"]
    assert (ROOT / mounted.split(":")[0]).is_file()


def test_the_image_s_health_is_asked_where_no_login_is_needed() -> None:
    (check,) = lines("HEALTHCHECK")
    (path,) = re.findall(r"\}(/\w+)'", check)
    assert path == "/readyz" and path in OPEN
    code = json.loads(check[check.index("[") :])[2]
    compile(code, "Dockerfile", "exec")


def test_the_image_holds_what_it_starts() -> None:
    (command,) = lines("CMD")[-1:]
    python, program, *arguments = json.loads(command)
    assert python == "python" and (ROOT / program).is_file()
    assert parse_arguments(arguments).no_browser is True
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for line in lines("COPY"):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists() and f"!{name}\n" in allowed, name
    for name in re.findall(r"-r (\S+)", DOCKERFILE):
        assert (ROOT / name).is_file()
    assert "*\n" in allowed and ".env" not in allowed, "nothing else gets into it"


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_whatever_is_waited_for_says_when_it_is_healthy(service: str) -> None:
    for name, how in COMPOSE["services"][service].get("depends_on", {}).items():
        waited_for = COMPOSE["services"][name]
        assert how == {"condition": "service_healthy"}
        assert "healthcheck" in waited_for or waited_for.get("build") == "."
