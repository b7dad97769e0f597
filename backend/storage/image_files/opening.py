"""Opens the object store that PLAYGROUND_STORE_URL names; its client is imported only then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import SettingsError
from backend.storage.image_files.disk_cache import DiskCache
from backend.storage.image_files.store_url import NAME, StoreUrl
from backend.storage.image_files.trouble import StoreTrouble

if TYPE_CHECKING:
    from backend.storage.image_files.objects import ObjectFiles


def open_store(url: StoreUrl, cache: Path | None = None) -> ObjectFiles:
    """Return the files in a store that takes some; copies are kept in the folder `cache`.

    Blocks. Raises: SettingsError with one sentence, where the store cannot be used.
    """
    try:
        from backend.storage.image_files.objects import ObjectFiles  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            f"{NAME} is set, but the package obstore is missing.",
            "Install it: pip install -r requirements-cluster.txt",
        ) from error
    try:
        files = ObjectFiles(url, None if cache is None else DiskCache(cache))
    except Exception as error:  # what it cannot be made of, each kind in its own class
        raise SettingsError(
            f"{NAME} cannot be used: the store's client does not take it.",
            "Check the account, the region and the keys in the environment.",
        ) from error
    try:
        files.check_takes()
    except StoreTrouble as trouble:
        files.close()
        raise SettingsError(f"{NAME}, {url}: {trouble.sentence}", trouble.hint) from None
    return files
