"""The tools as a server of the `mcp` package. Importing this takes a second: see door.py.

Nothing of a session is kept: each request stands alone, so any machine answers any of them.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from sqlalchemy.exc import SQLAlchemyError

from backend import __version__
from backend.errors import PlaygroundError
from backend.said import joined, msg
from backend.studio import Studio
from ui.assistant.tools import TOOLS, Answer, Asking
from ui.door.key_gate import SHOWN
from ui.language.chosen import tell

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]


def manager(studio: Studio) -> StreamableHTTPSessionManager:
    """Return what answers requests to /mcp once it runs. Our own door has looked at them before."""

    async def listed(
        context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.schema(studio),
                    annotations=types.ToolAnnotations(
                        read_only_hint=not tool.spends,
                        destructive_hint=False,
                        idempotent_hint=True,
                        open_world_hint=False,
                    ),
                )
                for tool in TOOLS
            ]
        )

    async def called(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = next((tool for tool in TOOLS if tool.name == params.name), None)
        if tool is None:
            return _refused(msg("There is no such tool: {name}.", name=params.name[:40]))
        request = context.request
        assert request is not None  # they come over HTTP alone
        asking = Asking(request.scope[SHOWN], str(request.base_url).rstrip("/"))
        given = {name: one for name, one in (params.arguments or {}).items() if one is not None}
        try:
            return _granted(await tool.do(studio, asking, given))
        except PlaygroundError as error:
            return _refused(joined(error.message, error.hint))
        except SQLAlchemyError as error:
            log.warning("%s was not answered: %s", tool.name, type(error).__name__)
            return _refused(msg("The database cannot be read just now."))

    server: Server[Any] = Server(
        "sentry-block-playground",
        version=__version__,
        title="Sentry Block Playground",
        on_list_tools=listed,
        on_call_tool=called,
    )
    # JSON instead of a stream: SDKs take no more than 1 MB in one event of a stream.
    return StreamableHTTPSessionManager(server, json_response=True, stateless=True)


def _granted(answer: Answer) -> types.CallToolResult:
    content: list[types.ContentBlock] = [
        types.TextContent(type="text", text=json.dumps(answer.told, ensure_ascii=False))
    ]
    content += [
        types.ImageContent(
            type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg"
        )
        for picture in answer.pictures
    ]
    return types.CallToolResult(content=content, structured_content=answer.told)


def _refused(sentence: str) -> types.CallToolResult:
    text = types.TextContent(type="text", text=tell(sentence))
    return types.CallToolResult(content=[text], is_error=True)
