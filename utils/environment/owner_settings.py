"""What the owner decides: one field for each variable, with its meaning and default."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from utils.core.lifecycle import VAULT
from utils.environment.variables import DATABASE_URL, Hours, Variables, Weekly, database_address
from utils.resource_monitor import MEGABYTE, free_bytes

if TYPE_CHECKING:
    from utils.core.operation import Service


class Settings(Variables):
    """What the owner decides; loaded once at the start with ``load``."""

    home: Path
    project_root: Path
    #: Every variable by its name, for the services' own settings.
    variables: dict[str, str] = Field(default_factory=dict, repr=False, exclude=True)
    #: Service name to quiet window in seconds, where the owner set one.
    reconcile_after_s: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    owner_name: str = Field(
        "", validation_alias="OWNER_NAME", description="the name that letters are signed with"
    )
    zone: ZoneInfo = Field(
        ZoneInfo("UTC"),
        validation_alias="OWNER_TIMEZONE",
        description="the owner's time zone, such as Europe/Berlin; empty means UTC",
    )
    hours: Annotated[Hours, BeforeValidator(Hours.parse)] = Field(
        Hours(time(8), time(18)),
        validation_alias="OWNER_HOURS",
        description="the hours in which the owner may be disturbed, such as 08:00-18:00",
    )
    currency: str = Field(
        "USD",
        validation_alias="OWNER_CURRENCY",
        pattern=r"^[A-Z]{3}$",
        description="the currency the books are kept in, three capitals such as USD",
    )
    approval_threshold: Decimal = Field(
        Decimal(100),
        validation_alias="APPROVAL_THRESHOLD",
        ge=0,
        decimal_places=2,
        description="amounts above it are always asked, in the owner's currency, such as 100",
    )
    hold_s: float = Field(
        10,
        validation_alias="HOLD_SECONDS",
        ge=0,
        le=3600,
        description="seconds in which an approved note can still be dragged back, 0 to 3600",
    )
    stand_s: float = Field(
        3,
        validation_alias="STAND_SECONDS",
        ge=0,
        le=3600,
        description="seconds a note must have stood unchanged before a drag counts, 0 to 3600",
    )
    approval_expiry_hours: float = Field(
        48,
        validation_alias="APPROVAL_EXPIRY_HOURS",
        gt=0,
        le=8760,
        description="hours until a question that nobody answers is closed, above 0",
    )
    schedule_lead_minutes: int = Field(
        60,
        validation_alias="SCHEDULE_LEAD_MINUTES",
        ge=0,
        description="whole minutes that a scheduled post must lie ahead to go without asking",
    )
    auto_approve_scheduled_posts: bool = Field(
        default=True,
        validation_alias="AUTO_APPROVE_SCHEDULED_POSTS",
        description="whether posts scheduled far enough ahead go without asking, true or false",
    )
    auto_approve_recurring: bool = Field(
        default=True,
        validation_alias="AUTO_APPROVE_RECURRING",
        description="whether small recurring payments go without asking, true or false",
    )
    max_mails_per_hour: int = Field(
        20,
        validation_alias="MAX_MAILS_PER_HOUR",
        ge=0,
        description="how many mails may go out in an hour, a whole number",
    )
    max_posts_per_day: int = Field(
        10,
        validation_alias="MAX_POSTS_PER_DAY",
        ge=0,
        description="how many posts may go out on a day, a whole number",
    )
    picture_hosts: str = Field(
        "",
        validation_alias="PICTURE_HOSTS",
        description="hosts of your own whose pictures may always be fetched, parted by commas",
    )
    max_amount_per_day: Decimal = Field(
        Decimal(250_000),
        validation_alias="MAX_AMOUNT_PER_DAY",
        ge=0,
        decimal_places=2,
        description="how much may be booked on a day, in the owner's currency, such as 5000",
    )
    audit_at: Annotated[Weekly, BeforeValidator(Weekly.parse)] = Field(
        Weekly(6, 22, 0),
        validation_alias="AUDIT_AT",
        description="when the weekly audit is made, in the owner's zone, such as sun 22:00",
    )
    briefing_at: Annotated[Weekly, BeforeValidator(Weekly.parse)] = Field(
        Weekly(0, 7, 0),
        validation_alias="BRIEFING_AT",
        description="when the weekly briefing is made, in the owner's zone, such as mon 07:00",
    )
    briefing_finance: bool = Field(
        default=True,
        validation_alias="BRIEFING_FINANCE",
        description="whether the briefing has a section on money, true or false",
    )
    http_timeout_s: float = Field(
        30,
        validation_alias="HTTP_TIMEOUT_SECONDS",
        gt=0,
        le=600,
        description="seconds to wait for a service's answer, above 0 and at most 600",
    )
    min_free_disk_mb: int = Field(
        200,
        validation_alias="MIN_FREE_DISK_MB",
        ge=0,
        description="megabytes that stay free on the disk; with less, no new work is taken",
    )
    max_watcher_memory_mb: int = Field(
        500,
        validation_alias="MAX_WATCHER_MEMORY_MB",
        gt=0,
        description="megabytes of memory from which on a watcher is started anew",
    )
    max_watcher_files: int = Field(
        500,
        validation_alias="MAX_WATCHER_FILES",
        gt=0,
        description="open files from which on a watcher is started anew, a whole number",
    )
    claude_autorun: bool = Field(
        default=False,
        validation_alias="CLAUDE_AUTORUN",
        description="whether Claude Code is started by itself, in its jail, when something new "
        "waits, true or false",
    )
    claude_max_rounds: int = Field(
        40,
        validation_alias="CLAUDE_MAX_ROUNDS",
        ge=1,
        le=1000,
        description="how many steps such a run may take, 1 to 1000",
    )
    claude_max_minutes: float = Field(
        15,
        validation_alias="CLAUDE_MAX_MINUTES",
        gt=0,
        le=1440,
        description="how many minutes such a run may take, above 0",
    )
    claude_max_tokens_per_day: int = Field(
        1_000_000,
        validation_alias="CLAUDE_MAX_TOKENS_PER_DAY",
        ge=0,
        description="how many tokens such runs may use on a day, a whole number; what is read "
        "again from the model's cache counts a tenth",
    )
    dry_run: bool = Field(
        default=False,
        validation_alias="DRY_RUN",
        description="true: even what is approved is only previewed; true or false",
    )
    database_url: Annotated[SecretStr, AfterValidator(database_address)] = Field(
        SecretStr(""),
        validation_alias=DATABASE_URL,
        description="PostgreSQL for more than one machine, postgresql://…, with the password's "
        "signs percent-encoded; empty keeps a file",
    )
    business: str = Field(
        "",
        validation_alias="EMPLOYEE_BUSINESS",
        pattern=r"^([a-z][a-z0-9_]{0,39})?$",
        description="this business's name in that database, the same on each of its machines",
    )
    role: Literal["both", "cloud", "local"] = Field(
        "both",
        validation_alias="EMPLOYEE_ROLE",
        description="cloud: watches and drafts only; local: grants and performs; or both",
    )
    machine: str = Field(
        "",
        validation_alias="EMPLOYEE_MACHINE",
        pattern=r"^[A-Za-z0-9_.-]{0,60}$",
        description="what this machine is called in the log; its own name when empty",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        validation_alias="LOG_LEVEL",
        description="how much is written to the terminal: DEBUG, INFO, WARNING or ERROR",
    )

    @property
    def own_picture_hosts(self) -> frozenset[str]:
        """The hosts of PICTURE_HOSTS, one by one."""
        return frozenset(self.picture_hosts.replace(",", " ").split())

    @property
    def vault_dir(self) -> Path:
        """The folder that the owner opens in Obsidian."""
        return self.home / VAULT

    @property
    def state_dir(self) -> Path:
        """Where the journal lies."""
        return self.home / "Vault" / "State"

    @property
    def journal_path(self) -> Path:
        """The journal's file."""
        return self.state_dir / "journal.sqlite3"

    @property
    def executor_lock(self) -> Path:
        """The file that is locked by the one process which performs."""
        return self.state_dir / "executor.lock"

    @property
    def logs_dir(self) -> Path:
        """Where the audit log's days lie."""
        return self.home / "Vault" / "Logs"

    @property
    def has_room(self) -> bool:
        """Whether the disks have room for new work; true where they do not tell."""
        free = free_bytes((self.state_dir, self.vault_dir))
        return free is None or free >= self.min_free_disk_mb * MEGABYTE

    def quiet_window_s(self, service: Service) -> float:
        """Return how long after an attempt a look in the service counts, in seconds."""
        return self.reconcile_after_s.get(service.name, service.quiet_window_s)
