"""The pretend service of the tests, and the ways to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mcp import StdioServerParameters

from utils.catalogue import Catalogue, Reaches
from utils.core.errors import JournalError
from utils.desk import Desk
from utils.registry import declared
from utils.settings import load
from utils.tools.server import server_of

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp.types import CallToolResult

SCRIPT = Path(__file__).parent / "shop-mcp" / "mcp_server_shop.py"
SHOP = declared("shop", SCRIPT)
VARIABLES = {"SHOP_URL": "http://127.0.0.1:9", "SHOP_API_KEY": "shop-secret-1"}
GOOD = {"customer": "Ada", "lines": [{"text": "Rye", "unit_price": "4.50"}]}


def no_gate() -> NoReturn:
    # A shop without a journal: reads work, nothing can be submitted.
    raise JournalError("there is none")


def shop_desk(home: Path, gate: Any = no_gate, *, variables: Any = VARIABLES) -> Desk:
    settings = load(home, environment=variables, project_root=home)
    reaches = Reaches(settings)
    return Desk(
        catalogue=Catalogue((SHOP,)),
        reaches=reaches,
        settings=settings,
        gate=gate,
        is_alone=lambda: True,
    )


def target(way: str, home: Path) -> Server[Any] | StdioServerParameters:
    if way == "in process":
        desk = shop_desk(home)
        return server_of(SHOP, lambda: desk)
    env = VARIABLES | {"EMPLOYEE_HOME": str(home)}
    return StdioServerParameters(command=sys.executable, args=[str(SCRIPT)], env=env)


def text_of(result: CallToolResult) -> str:
    return "".join(getattr(part, "text", "") for part in result.content)
