"""curl commands of any shell, as people paste them: whom curl would call, and with which key."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.providers.sentry_block import PLATFORM
from backend.settings.change import read_pasted
from backend.settings.curl import curl_commands

KEY = "ak_Zq4-0123456789"
URL = "https://api.example/api/v1"
CALL = f"{URL}/images/generation"


@pytest.mark.parametrize(
    "text",
    [
        # Windows' cmd: by hand, and as Chromium's "Copy as cURL (cmd)" writes it.
        f'curl -X POST "{CALL}" ^\r\n  -H "Authorization: Bearer {KEY}" ^\r\n  -d "{{\\"n\\": 1}}"',
        f"curl -X POST {CALL} ^\n -H 'Authorization: Bearer {KEY}' ^\n -d 1",
        f'curl ^"{CALL}^" ^\n  -H ^"authorization: Bearer {KEY}^" ^\n'
        '  --data-raw ^"^{^\\^"prompt^\\^":^\\^"50 ^%^ off^\\^"^}^"',
        f'set KEY={KEY}\r\nREM see https://docs.example/x\r\ncurl {CALL} -H "Authorization: '
        'Bearer %KEY%"',
        f':: https://docs.example/\ncurl {CALL} ^\n-H "Authorization: Bearer {KEY}"',
        # PowerShell
        f"curl.exe -X POST '{CALL}' `\n  -H \"Authorization: Bearer {KEY}\" `\n  -d '1'",
        f'$env:KEY = "{KEY}"\ncurl.exe {CALL} -H "Authorization: Bearer $env:KEY"',
        f'Invoke-RestMethod -Uri {CALL} -Headers @{{ Authorization = "Bearer {KEY}" }}',
        # sh and bash
        f"# see https://docs.example/images/generation\n"
        f"curl {CALL} -H 'Authorization: Bearer {KEY}'",
        f"curl {CALL} \\\n  # https://evil.example/v1\n  -H 'Authorization: Bearer {KEY}'",
        f'KEY={KEY}\ncurl {CALL} -H "Authorization: Bearer $KEY"',
        f"export URL='{URL}/' KEY='{KEY}'\ncurl \"${{URL%/}}/images/generation\" "
        '-H "Authorization: Bearer ${KEY}"',
        f"$ curl {CALL} -H 'Authorization: Bearer {KEY}'",
        f"me@host:~$ curl {CALL} -H 'Authorization: Bearer {KEY}'",
        f"curl -sSfLX POST -H'Authorization: Bearer {KEY}' --url {CALL}",
        f"curl --oauth2-bearer {KEY} {CALL}",
        f"curl $'{CALL}' -H $'Authorization: Bearer {KEY}' --data-raw $'it\\'s\\u0021'",
        f"curl -H 'Referer: https://other.example/' -e https://more.example/ {CALL} "
        f"-H 'Authorization: Bearer {KEY}'",
        f"curl -d 'see https://x.example/' -x http://proxy.example:8080 "
        f"-H 'Authorization: Bearer {KEY}' {CALL}",
        f"curl {CALL} \\ \n -H 'Authorization: Bearer {KEY}'",  # a blank after the backslash
        f"curl\u00a0{CALL}\u00a0-H\u00a0'Authorization: Bearer {KEY}'",
        # what word processors and people make of it
        f"curl \u201c{CALL}\u201d -H \u201cAuthorization: Bearer {KEY}\u201d",
        f"curl \u2018{CALL}\u2019 -H \u2018Authorization: Bearer {KEY}\u2019",
        f"curl {CALL} -H \u201eAuthorization: Bearer {KEY}\u201c",
        f"Here's the call: curl {CALL} -H 'Authorization: Bearer {KEY}'",
        f"curl -fsSL https://get.example/install.sh | sh\n"
        f"curl {CALL} -H 'Authorization: Bearer {KEY}'",
        f"curl {CALL} -H 'Authorization: Bearer {KEY}' # not https://evil.example/v1",
        f"fetch('{CALL}', {{headers: {{Authorization: 'Bearer {KEY}'}}}}) // https://evil.example",
        f'# https://evil.example/v1\nrequests.post("{CALL}", '
        f'headers={{"Authorization": "Bearer {KEY}"}})',
        f"Docs: https://docs.example/start. POST {CALL} with Authorization: Bearer {KEY}",
    ],
)
def test_address_and_key_are_those_that_the_command_sends(text: str) -> None:
    found = read_pasted(text, PLATFORM)
    assert (found.api_url, found.api_key) == (URL, KEY)


@pytest.mark.parametrize(
    "written",
    [
        "$API_KEY",
        "${API_KEY}",
        "%API_KEY%",
        "$env:API_KEY",
        "YOUR_KEY",
        "YOUR_API_KEY",
        "your-api-key-here",
        "<your key>",
        "{{api_key}}",
        "[key]",
        "sk-...",
        "ak_...",
        "ak_\u2026",
        "ak_****",
        "ak_\u2022\u2022\u2022\u20221234",
        "ak_xxxxxxxx",
        "XXXX",
        "ak_your_key",
        "API_KEY",
        "token",
        "REPLACE_ME",
    ],
)
def test_what_an_example_shows_in_the_key_s_place_is_no_key_and_is_said(written: str) -> None:
    found = read_pasted(f'curl {CALL} -H "Authorization: Bearer {written}"', PLATFORM)
    assert (found.api_url, found.api_key, found.stand_in) == (URL, None, True)


@pytest.mark.parametrize("key", [KEY, "ak_yOuRx9", "ak_abcXXXXdef01", "ak_tokenized-9", "plain-9"])
def test_a_key_that_looks_a_little_like_a_stand_in_is_one(key: str) -> None:
    found = read_pasted(f"curl {CALL} -H 'Authorization: Bearer {key}'", PLATFORM)
    assert (found.api_key, found.stand_in) == (key, False)


@pytest.mark.parametrize(
    "text",
    [
        f"# https://evil.example/v1\nAPI_KEY='{KEY}'",
        f"// https://evil.example/v1\nconst key = '{KEY}'",
        f"REM https://evil.example/v1\r\nset KEY={KEY}",
        f"curl -H 'Authorization: Bearer {KEY}' # https://evil.example/v1",
        f"https://one.example/ or https://two.example/: {KEY}",
    ],
)
def test_a_key_goes_to_no_address_that_a_comment_or_chance_names(text: str) -> None:
    assert read_pasted(text, PLATFORM).api_url is None


def test_several_addresses_without_a_known_path_are_said() -> None:
    assert read_pasted(f"https://one.example/ or https://two.example/: {KEY}", PLATFORM).several
    assert not read_pasted(f"{URL}/ and {CALL}: {KEY}", PLATFORM).several


def test_an_address_without_a_scheme_is_what_curl_makes_of_it() -> None:
    assert curl_commands("curl api.example/v1")[0].url == "http://api.example/v1"
    assert curl_commands("curl $URL/v1")[0].url is None
    for bare in ("localhost", "localhost/v1", "gpu:8000/v1", "[::1]:8000", "192.168.1.5", "a.b.?x"):
        assert curl_commands(f"curl {bare}")[0].url == f"http://{bare}"


@pytest.mark.parametrize(
    "text", ["curl nonsense", "curl is a tool", "curl e.g.: this", "curl gpu:"]
)
def test_a_word_after_curl_is_no_address(text: str) -> None:
    assert curl_commands(text)[0].url is None
    assert read_pasted(text, PLATFORM) == read_pasted("nonsense", PLATFORM)


_words = st.text(
    st.sampled_from("ab \t'\"\\$%#;|&{}()<>!\n\u00e9\u201c"), max_size=12
)  # no ^ and `: at a line's end they are another shell's


@given(st.lists(_words, max_size=4))
@example(["it's", 'a "b" c', "$HOME", "back\\slash", "two\nlines"])
def test_quoted_words_come_out_as_they_went_in(words: list[str]) -> None:
    quoted = " ".join(f"-H {word}" for word in map(shlex.quote, words))
    found = curl_commands(f"curl https://x.example/ {quoted}")
    assert [list(command.headers) for command in found] == [words]


@pytest.mark.parametrize(
    "line",
    [
        r"-H 'a'\''b'",
        r'-H "a\"b\\c\$d\`e\f"',
        "-H $'a\\n\\x41\\'b\\u00e9'",
        "-H a\\ b",
        "-H 'x'\"y\"z",
        '-H "a\\\nb"',
        "-H a#b # -H c",
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash to compare with")
def test_a_line_is_taken_apart_as_bash_does(line: str) -> None:
    script = f"printf '%s\\0' {line}"
    bash = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        timeout=30,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    told = bash.stdout.decode().split("\0")[:-1]
    found = curl_commands(f"curl https://x.example/ {line}\n")
    assert list(found[0].headers) == told[1::2]


@given(st.text(st.sampled_from("curl -Hdhttps://x.y/'\"\\$`^%{}#\r\n \u201c\u2019=;Bearer ak_1")))
def test_any_text_is_read_without_an_error_and_gives_no_half_key(text: str) -> None:
    found = read_pasted(text, PLATFORM)
    if found.api_key is not None:
        assert not set(found.api_key) & set("$%{}\u201c\u2019 \r\n")


def test_a_long_text_is_read_in_one_pass() -> None:
    text = "curl " + "\\'\"$'`^%x" * 10_000
    assert read_pasted(text, PLATFORM).api_key is None
