"""One file that somebody uploads, as a form's field `file`."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from backend.errors import InvalidInput
from backend.said import msg

_FILES_COUNTED = 20


async def read_upload(request: Request) -> FormData:
    """Return the uploaded form. Raises: InvalidInput; ClientDisconnect."""
    try:
        return await request.form(max_files=_FILES_COUNTED, max_fields=_FILES_COUNTED)
    except (HTTPException, MultiPartException) as error:
        raise unfit_file(
            msg("The upload cannot be read."), msg("Choose one file and try again.")
        ) from error


def only_file(form: FormData, max_bytes: int, where: str) -> UploadFile:
    """Return the one uploaded file; `where` says what to do where there is none.

    Raises: InvalidInput.
    """
    files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
    if len(files) > 1:
        raise unfit_file(msg("Those are several files."), msg("Choose one at a time."))
    if not files:
        raise unfit_file(msg("No file came with this."), where)
    size = files[0].size or 0
    if size > max_bytes:
        raise unfit_file(
            msg(
                "The file is too large: {size} MB, and {most} MB fit.",
                size=round(size / 1e6),
                most=max_bytes / 1e6,
            ),
            msg("Choose a smaller one."),
        )
    if not size:
        raise unfit_file(msg("The file is empty."), msg("Choose another one."))
    return files[0]


def unfit_file(message: str, hint: str) -> InvalidInput:
    """Return the refusal of a file."""
    return InvalidInput(message, hint, field="file")
