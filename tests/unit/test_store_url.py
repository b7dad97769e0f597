"""What PLAYGROUND_STORE_URL may say, and what is said where it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.settings.load import load_settings
from backend.settings.places import beside
from backend.storage.image_files.store_url import StoreUrl, read_store_url

DATABASE = "postgresql+psycopg://play@db.example/play"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://pictures", StoreUrl("s3", "pictures")),
        ("s3://pictures/", StoreUrl("s3", "pictures")),
        ("s3://pictures/play/ground/", StoreUrl("s3", "pictures", "play/ground")),
        (
            "s3://pictures/p?endpoint=https://s3.example.com:9000/&region=eu-central-1",
            StoreUrl("s3", "pictures", "p", "https://s3.example.com:9000", "eu-central-1"),
        ),
        (
            "s3://pictures?endpoint=http://127.0.0.1:8333",
            StoreUrl("s3", "pictures", "", "http://127.0.0.1:8333", plain=True),
        ),
        (
            "s3://pictures?endpoint=http://[::1]:8333",
            StoreUrl("s3", "pictures", "", "http://[::1]:8333", plain=True),
        ),
        ("gs://pictures/p", StoreUrl("gs", "pictures", "p")),
        ("az://pictures/p?account=mine", StoreUrl("az", "pictures", "p", account="mine")),
    ],
)
def test_a_store_is_read_from_its_address(text: str, expected: StoreUrl) -> None:
    assert read_store_url(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names no kind of store"),
        ("pictures", "names no kind of store"),
        ("http://s3.example.com/pictures", "names no kind of store"),
        ("file:///tmp/pictures", "names no kind of store"),
        ("s3://", "names no bucket"),
        ("s3:/pictures", "names no bucket"),
        ("s3://a b/p", "names no bucket"),
        ("s3://pictures:99999/p", "cannot be read"),
        ("s3://pictures:80/p", "names no bucket"),
        ("s3://AKIA:hush@pictures/p", "holds a key"),
        ("s3://pictures/../other", "path that cannot be used"),
        ("s3://pictures/a//b", "path that cannot be used"),
        ("s3://pictures/ü", "path that cannot be used"),
        ("s3://pictures?secret_access_key=hush", "says secret_access_key"),
        ("s3://pictures?account=mine", "says account"),
        ("gs://pictures?region=eu", "says region"),
        ("s3://pictures?endpoint=s3.example.com", "no address such as"),
        ("s3://pictures?endpoint=ftp://s3.example.com", "no address such as"),
        ("s3://pictures?endpoint=https://", "no address such as"),
        ("s3://pictures?endpoint=https://a:hush@s3.example.com", "more than an address"),
        ("s3://pictures?endpoint=https://[::1", "endpoint that cannot be read"),
        ("s3://pictures?endpoint=http://s3.example.com", "anybody on the way"),
        ("s3://pictures?endpoint=http://10.0.0.7:8333", "anybody on the way"),
        ("s3://pictures?endpoint=http://localhost.example.com", "anybody on the way"),
    ],
)
def test_what_is_no_store_is_one_sentence_without_a_key(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_store_url(text)
    assert told in refused.value.message and "PLAYGROUND_STORE_URL" in refused.value.message
    assert "hush" not in str(refused.value) and "\n" not in str(refused.value)


def settings(tmp_path: Path, **environ: str) -> StoreUrl | None:
    return load_settings({"env_file": None}, environ, places=beside(tmp_path)).store_url


def test_a_store_needs_a_database_that_is_shared_as_well(tmp_path: Path) -> None:
    url = "s3://pictures/p"
    shared = {"PLAYGROUND_DATABASE_URL": DATABASE, "PLAYGROUND_STORE_URL": url}
    assert settings(tmp_path, **shared) == StoreUrl("s3", "pictures", "p")
    assert settings(tmp_path, PLAYGROUND_DATABASE_URL=DATABASE) is None
    assert settings(tmp_path, PLAYGROUND_STORE_URL=" ") is None
    with pytest.raises(SettingsError, match="PLAYGROUND_DATABASE_URL is not"):
        settings(tmp_path, PLAYGROUND_STORE_URL=url)
