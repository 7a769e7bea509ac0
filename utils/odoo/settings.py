"""What it takes to reach Odoo."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from utils.settings import ServiceSettings


class OdooSettings(ServiceSettings):
    """The variables that begin with ``ODOO_``."""

    prefix: ClassVar[str] = "ODOO"
    also: ClassVar[dict[str, str]] = {"api_key": "ODOO_PASSWORD"}

    url: str = Field(
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="where Odoo answers, such as https://bakery.odoo.com",
    )
    db: str = Field(description="the database's name, as its owner sees it at sign-in")
    username: str = Field(
        "", description="the robot user's sign-in name; needed by Odoo 18 and older only"
    )
    api_key: SecretStr = Field(
        description="the robot user's API key; ODOO_PASSWORD is accepted in its place"
    )
    company_id: int | None = Field(
        None, ge=1, description="the company's number; left out, the robot user's own company"
    )

    @property
    def base(self) -> str:
        """The address without a slash at the end."""
        return self.url.rstrip("/")
