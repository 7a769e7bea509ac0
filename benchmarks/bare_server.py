"""The least that an MCP server is: one tool, on the same SDK, over stdio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool

if TYPE_CHECKING:
    from mcp.types import CallToolRequestParams

_ECHO = Tool(
    name="echo",
    description="Say it again.",
    input_schema={"type": "object", "properties": {"text": {"type": "string"}}},
)


async def _list(_context: Any, _params: Any) -> ListToolsResult:
    return ListToolsResult(tools=[_ECHO])


async def _call(_context: Any, params: CallToolRequestParams) -> CallToolResult:
    text = str((params.arguments or {}).get("text", ""))
    return CallToolResult(content=[TextContent(type="text", text=text)])


async def _main() -> None:
    server: Server[Any] = Server("bare", on_list_tools=_list, on_call_tool=_call)
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_main)
