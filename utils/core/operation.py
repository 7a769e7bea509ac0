"""What a service can do: the one declaration from which everything else is projected.

An Operation is declared once, in its service's folder. The MCP tool, the approval note, the
executor's action, the policy row, the contract page and the tests that every operation must pass
are all read from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from utils.core.errors import StoppedError
from utils.core.model import Json, Particulars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from utils.core.model import Grant, Intent, Outcome, Proposal, Request


class Effect(StrEnum):
    """What an Operation does to the world."""

    READ = "read"
    #: Someone still confirms it in the service.
    DRAFT = "draft"
    #: Reaches people.
    SEND = "send"
    #: Money or ledger.
    SPEND = "spend"
    #: Takes something away.
    REMOVE = "remove"


#: Effects that touch people, money or existing things, and therefore wait out the hold.
HELD_EFFECTS = frozenset({Effect.SEND, Effect.SPEND, Effect.REMOVE})


class PostKind(StrEnum):
    """What an Operation of effect SEND puts before people, for the policy's post rule."""

    #: Not a public post: a mail, a reply, a comment, a direct message.
    NONE = "none"
    #: A post on the business's own page.
    POST = "post"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What an attempt leaves in the service, so that it can be found again after a crash.

    The key is made from the Proposal's id and is the same at every attempt.
    """

    #: Letters, digits and underscores only; unique to the Proposal.
    key: str
    #: How long ago the attempt in question began; the owner's wall clock has no part in it as long
    #: as the process lives that made it.
    ago: timedelta
    #: How much longer ago it may have begun: that clock may have been set meanwhile.
    doubt: timedelta = timedelta(0)
    #: Ids of earlier stages, kept on disk before the commit: stage name to id.
    staged: Mapping[str, str]
    #: Keeps the id of a finished stage on disk: ``remember(stage, id)``.
    remember: Callable[[str, str], None]
    #: Whether the owner has stopped everything.
    stopped: Callable[[], bool] = lambda: False

    def go_on(self) -> None:
        """Ask before a stage that cannot be taken back, where an earlier one took its time.

        Raises:
            StoppedError: The owner has stopped everything meanwhile.
        """
        if self.stopped():
            raise StoppedError


def mark_key(proposal_id: str) -> str:
    """Return the key of every Mark that attempts at a Proposal leave."""
    return proposal_id.replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class Compensation:
    """What takes back what an Operation did: another Operation, asked like any other."""

    #: The other Operation's tool, of the same service.
    tool: str
    #: Its field that takes the id of what was made (``Outcome.remote_id``).
    takes: str
    #: Values of its other fields.
    values: Mapping[str, str] = field(default_factory=dict)


class Operation(BaseModel):
    """Something a service can do: fields, an Effect, a headline, and how it is performed.

    A subclass is frozen and strict; its docstring is the tool's description. ``reach`` is what the
    service's ``connect`` returned: its typed client.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    #: The tool's name: ``<service>_<verb>_<noun>``.
    tool: ClassVar[str]
    effect: ClassVar[Effect]
    #: Names of text fields that the owner may edit in the note's body, in the order shown.
    editable: ClassVar[tuple[str, ...]] = ()
    #: How it can be undone, or that it cannot; one sentence.
    undo: ClassVar[str] = "This cannot be undone."
    #: What takes it back, None where nothing the employee can do does.
    compensation: ClassVar[Compensation | None] = None
    #: Whether it is a public post that policy may grant ahead of time.
    post: ClassVar[PostKind] = PostKind.NONE
    #: Fields whose address is fetched when it is looked up, so that asking alone reaches out.
    fetches: ClassVar[tuple[str, ...]] = ()
    #: Whether it only stands for its parts, each of which is performed by itself.
    composite: ClassVar[bool] = False
    #: Whether what it reads was written by people outside the business.
    outside: ClassVar[bool] = False
    #: Extra JSON-schema examples for the model; at most one.
    example: ClassVar[Json] = {}

    def headline(self, particulars: Particulars) -> str:
        """Return one line that says what would happen, to whom and for how much."""
        raise NotImplementedError

    def request(self, where: Any, particulars: Particulars, key: str) -> Request:
        """Return the exact request that would be sent, without opening a connection.

        Args:
            where: The service's settings.
            particulars: What was looked up, or empty Particulars in a dry run.
            key: The Mark's key.
        """
        raise NotImplementedError

    def look_up(self, reach: Any) -> Particulars:
        """Look up, by reads only, what the fields mean in the service today.

        Raises:
            InvalidValueError: A name fits nothing or several things; the text says which.
            ServiceError: The service could not be read.
        """
        del reach
        return Particulars()

    def perform(self, reach: Any, grant: Grant, proposal: Proposal, mark: Mark) -> Outcome:
        """Do it, once. Called by the executor alone.

        Raises:
            ServiceError: With ``may_have_happened`` telling whether it could have taken place.
        """
        raise NotImplementedError

    def probe(self, reach: Any, proposal: Proposal, mark: Mark) -> Outcome | None:
        """Look, by reads only, whether an earlier attempt took place.

        Returns:
            ``done`` where it did; ``failed`` where it certainly did not; None where the service
            cannot tell.
        """
        del reach, proposal, mark
        return None

    def read(self, reach: Any) -> Json:
        """Read from the service (effect READ only) and return JSON values.

        Raises:
            ServiceError: The service could not be read.
        """
        raise NotImplementedError

    def parts(self) -> tuple[Intent, ...]:
        """Return what a composite stands for; empty for every other Operation."""
        return ()

    def runs_at(self) -> datetime | None:
        """Return when it is to run, for scheduled ones; the zone may be missing (the owner's)."""
        return None


class Reader(Protocol):
    """What says whom a connection belongs to."""

    def __call__(self, reach: Any) -> str:
        """Return whom we are connected to, in one line.

        Raises:
            ServiceError: The service does not answer or does not know us.
        """


@dataclass(frozen=True, kw_only=True)
class Ailment:
    """Something at a service that keeps the employee from working there, or soon will."""

    #: What is the case: a sentence without a full stop.
    what: str
    #: What the owner can do about it, in one line.
    remedy: str
    #: Whether something does not work already.
    fatal: bool = True


@dataclass(frozen=True, kw_only=True)
class Service:
    """A named set of Operations and the way to reach the system behind them."""

    #: Lower-case name, the first part of every tool's name.
    name: str
    #: What a person calls it, such as ``X (Twitter)``.
    title: str
    operations: tuple[type[Operation], ...]
    #: The settings it needs: a subclass of ``utils.settings.ServiceSettings``.
    settings: type[Any]
    #: Makes the typed client from those settings; libraries are imported inside.
    connect: Callable[[Any], Any]
    #: Says whom we are connected to, in one line (``--test``).
    whoami: Reader
    #: How long after an attempt without an answer a look in the service counts, in seconds:
    #: the client's time-out, plus the service's longest run, plus the lag of its search.
    quiet_window_s: float
    #: One or two sentences for the model that calls the tools.
    instructions: str = ""
    #: Says when our credentials end (aware UTC), None where they do not; None as a whole where
    #: the service cannot tell.
    expiry: Callable[[Any], datetime | None] | None = None
    #: Says what our credentials allow there, in one line; None where the service cannot tell.
    rights: Reader | None = None
    #: Looks, by reads only, what is wrong at the service beyond letting us in; None for nothing.
    ailments: Callable[[Any], Iterable[Ailment]] | None = None

    @property
    def only_stands_for_others(self) -> bool:
        """Whether each of its Operations is a composite, so that nothing is to be set up."""
        return all(op.composite for op in self.operations)

    def operation(self, tool: str) -> type[Operation] | None:
        """Return the Operation of that tool name, or None."""
        return next((op for op in self.operations if op.tool == tool), None)
