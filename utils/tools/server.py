"""The MCP server of one service: it lists the service's tools and passes calls to the desk.

It talks to nothing but a desk. Nothing that goes wrong in a call leaves its handler as an
exception: on older protocol revisions its text would reach the model.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol

import anyio
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

from utils.core.errors import UnknownOperationError
from utils.core.operation import Effect, Operation, Service
from utils.tools.answers import as_text, sentence_of, without_long_body
from utils.tools.arguments import parse
from utils.tools.schema import tool_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from utils.core.model import Json

#: What a model is told of every service.
HOW_CHANGES_WORK: Final = (
    "A tool that changes something only previews it unless dry_run is false; then it is "
    "submitted, and the owner's rules or the owner decide. No tool carries anything out itself."
)


class AnyDesk(Protocol):
    """What a face needs of a desk, whether it is in this process or behind the socket."""

    def preview(self, operation: Operation) -> Json:
        """Return what would be sent, without any connection."""

    def submit(self, operation: Operation) -> Json:
        """Register a Proposal and return what was decided about it."""

    def read(self, operation: Operation) -> Json:
        """Read from the service."""

    def status(self, proposal_id: str) -> Json:
        """Return where a Proposal stands."""


def server_of(
    service: Service, desk: Callable[[], AnyDesk], *, clean: Callable[[str], str] = str
) -> Server[Any]:
    """Return the MCP server of a service.

    Args:
        service: Its Operations become the tools, in their order.
        desk: Gives the desk; asked at the first call and not before, so that a server lists its
            tools before anything heavy is loaded.
        clean: Takes every known secret out of an error's text.

    Raises:
        ConfigurationError: An Operation cannot be a tool.
    """
    handlers = _Handlers(service, desk, clean)
    return Server(
        service.name,
        title=service.title,
        instructions=f"{service.instructions} {HOW_CHANGES_WORK}".strip(),
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
    )


class _Handlers:
    """Answers the two requests that concern tools."""

    def __init__(
        self, service: Service, desk: Callable[[], AnyDesk], clean: Callable[[str], str]
    ) -> None:
        self._service = service
        self._desk = desk
        self._clean = clean
        self._tools = [Tool.model_validate(tool_of(kind)) for kind in service.operations]
        # A service's client is not promised to bear several threads at once.
        self._one_at_a_time = anyio.CapacityLimiter(1)

    async def list_tools(
        self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """Return every tool."""
        del context, params
        return ListToolsResult(tools=self._tools)

    async def call_tool(
        self, context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        """Return the desk's answer, or what went wrong as one sentence."""
        del context
        try:
            return await anyio.to_thread.run_sync(
                self._answer, params, limiter=self._one_at_a_time
            )
        except Exception as error:  # noqa: BLE001 - the protocol's edge: sentence_of logs it
            text = self._clean(sentence_of(error, during=f"a call of {self._service.name}"))
            return CallToolResult(is_error=True, content=[TextContent(text=text)])

    def _answer(self, params: CallToolRequestParams) -> CallToolResult:
        """Carry a call to the desk and return what it answers.

        Raises:
            UnknownOperationError: The service has no such tool.
            EmployeeError: The arguments do not fit, or the desk could not do what they ask.
        """
        kind = self._service.operation(params.name)
        if kind is None:
            known = ", ".join(operation.tool for operation in self._service.operations)
            raise UnknownOperationError(known)
        operation, dry_run = parse(kind, params.arguments)
        desk = self._desk()
        if kind.effect is Effect.READ:
            return CallToolResult(content=[TextContent(text=as_text(desk.read(operation)))])
        told = desk.preview(operation) if dry_run else desk.submit(operation)
        text = as_text(without_long_body(told))
        return CallToolResult(
            content=[TextContent(text=text)], structured_content=json.loads(text)
        )


async def serve(server: Server[Any]) -> None:
    """Serve over stdin and stdout until the client closes them."""
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())
