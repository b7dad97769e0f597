"""Run inside the copy: an image made by the other platform, from its settings to the stored file.

Gets a folder and the platform's URL; prints what a test looks at as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from backend.settings.change import SettingsChange
from backend.settings.load import NAMES, load_settings
from backend.studio import Studio

KEY = "ot-0123456789"


async def main(folder: Path, url: str) -> None:
    (folder / "models.toml").write_text(
        '[[model]]\nid = "brush"\nlabel = "Brush"\ndescription = "Paints."\nprovider = "other"\n'
        "[model.params]\nprompt = {}\nseed = {}\n",
        encoding="utf-8",
    )
    arguments = {"data_dir": folder, "env_file": folder / ".env"}
    (folder / ".env").touch()
    environ = {"OTHER_API_URL": url, "OTHER_API_KEY": KEY, "PLAYGROUND_PROVIDER": "other"}
    async with Studio(load_settings(arguments, environ)) as studio:
        account = studio.account
        job = await studio.submit(studio.prepare("brush", {"prompt": "a fox", "seed": 7}, 1))
        (run,) = await job.wait()
        assert run.record is not None, run.error
        told = {
            "settings": [name for name in NAMES if name.startswith("OTHER_")],
            "mode": account.mode,
            "limits": [account.limits.requests_per_minute, account.limits.requests_per_day],
            "models": list(account.models),
            "source": run.record.source,
            "seconds": run.record.seconds,
            "stored": studio.gallery.image_path(run.record).is_file(),
            "tested": str(await account.test(SettingsChange(api_url=url, api_key=KEY))),
            "pasted": account.read_pasted(f"curl {url}/v2/pictures -H 'X: {KEY}'").api_url,
        }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
