"""The scenes: what is going on when the process dies, and who judges what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from crash import acts, judges, preparations
from crash.networks import Networks, NetworksWithoutX
from crash.preparations import MAIL, NEWS, OPEN_INVOICE, approved
from utils.core.lifecycle import Folder
from utils.sandbox.gmail import PretendGmail
from utils.sandbox.graph import PretendGraph
from utils.sandbox.linkedin import PretendLinkedIn
from utils.sandbox.odoo import PretendOdoo
from utils.sandbox.x import PretendX

if TYPE_CHECKING:
    from collections.abc import Callable

    from crash.preparations import Prepare
    from crash.stage import Judgement, Stage, World
    from crash.victim import Act


@dataclass(frozen=True)
class Scene:
    """Something to die in the middle of."""

    name: str
    act: Act
    prepare: Prepare
    judge: Callable[[Stage], Judgement]
    world: Callable[[], World] = PretendOdoo
    #: Whether several threads work at once, so that only a call's place among all calls says when.
    side_by_side: bool = False


def _sent(name: str, prepare: Prepare, world: Callable[[], World]) -> Scene:
    return Scene(name, acts.one_pass, prepare, judges.judge_execution, world)


EXECUTION: Final = _sent("execution", preparations.invoice_approved, PretendOdoo)
START: Final = Scene(
    "execution with its start",
    acts.start_and_pass,
    preparations.invoice_approved,
    judges.judge_execution,
)
TICK: Final = _sent("ticked checkbox", preparations.ticked, PretendOdoo)
#: X keeps no key of ours and takes the same text twice.
POST: Final = _sent("post on X", approved("twitter_create_tweet", text=NEWS), PretendX)
FACEBOOK: Final = _sent(
    "post on Facebook", approved("facebook_create_post", message=NEWS), PretendGraph
)
INSTAGRAM: Final = _sent("picture on Instagram", preparations.picture_approved, PretendGraph)
LINKEDIN: Final = _sent(
    "post on LinkedIn", approved("linkedin_create_post", text=NEWS), PretendLinkedIn
)
MAILED: Final = _sent("mail through Gmail", approved("gmail_send_mail", **MAIL), PretendGmail)
PAYMENT: Final = _sent(
    "payment in Odoo",
    approved("odoo_record_payment", invoice=OPEN_INVOICE, amount="1200.00"),
    PretendOdoo,
)
ANNOUNCEMENT: Final = Scene(
    "announcement on four networks",
    acts.one_pass,
    preparations.announcement_approved,
    judges.judge_execution,
    Networks,
    side_by_side=True,
)
OFFERED_AGAIN: Final = replace(
    ANNOUNCEMENT, name="announcement that X refuses", world=NetworksWithoutX
)
REFUSAL: Final = Scene(
    "refusal",
    acts.one_pass,
    preparations.rejected,
    judges.judge_decision("pending", "refused", lies_in=Folder.REJECTED),
)
CHANGE: Final = Scene(
    "changed note",
    acts.one_pass,
    preparations.changed,
    judges.judge_decision("pending", "pending", lies_in=Folder.PENDING),
)
FORGERY: Final = Scene("forged note", acts.one_pass, preparations.forged, judges.judge_forgery)
INTAKE: Final = Scene("intake", acts.take_in, preparations.dropped, judges.judge_intake)
NAIVE: Final = (
    Scene("call, log, move", acts.call_log_move, preparations.ordered, judges.judge_naive),
    Scene("move, call, log", acts.move_call_log, preparations.ordered, judges.judge_naive),
)
