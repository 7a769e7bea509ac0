"""What has been gathered while a message is read: evidence, questions and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from utils.letters.dates import dues
from utils.letters.names import order_numbers
from utils.letters.reading import Unclear, evidence_of, one_each

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from utils.core.model import Evidence
    from utils.letters.amounts import Amount
    from utils.letters.reading import Viewpoint


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as its readers see it: one text, and who sent it when."""

    #: The words to read; the subject is not among them.
    text: str
    subject: str
    #: The sender's address or number, or "".
    sender: str
    #: The name he gives himself, or "".
    sender_name: str
    #: The owner's day on which it came.
    today: date
    #: Where the words stood, such as ``mail body``.
    where: str


@dataclass(kw_only=True)
class Gathered:
    """Collects what was seen, what must be asked and what should be known."""

    where: str
    evidence: list[Evidence] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)

    def saw(self, what: str, quote: str, where: str = "") -> None:
        """Keep the words that something was read from; they stand in the text unless said."""
        self.evidence.append(evidence_of(what, quote, where or self.where))

    def ask(self, what: str, question: str) -> None:
        """Ask the owner, once per field."""
        if what not in {unclear.what for unclear in self.unclear}:
            self.unclear.append(Unclear(what=what, question=question))

    def only(self, what: str, found: Sequence[str], question: str) -> str:
        """Return the one thing found; none is "", several are asked about."""
        if len(found) > 1:
            self.ask(what, question.format(several(found)))
            return ""
        if found:
            self.saw(what, found[0])
        return found[0] if found else ""

    def sum_of(self, found: Sequence[Amount], *, which: str, none: str) -> Amount | None:
        """Return the one sum of a message, asking where it is open.

        Args:
            found: The sums that it could be.
            which: What is asked where several are named, with ``{}`` for them.
            none: What is asked where none is named.
        """
        if len(one_each(sum_.value for sum_ in found)) > 1:
            self.ask("amount", which.format(several(one_each(sum_.quote for sum_ in found))))
            return None
        if not found:
            self.ask("amount", none)
            return None
        sum_ = found[0]
        if sum_.is_doubtful:
            self.ask("amount", f"How much is “{sum_.quote}”? As written, {sum_.doubt}.")
            return None
        self.saw("amount", sum_.quote)
        return sum_

    def due_date(
        self, message: Message, view: Viewpoint, counted_from: date | None
    ) -> date | None:
        """Return the one day of payment, asking where it is open."""
        found = dues(message.text, view, today=message.today, counted_from=counted_from)
        if any(due.value is None for due in found):
            unsettled = next(due.quote for due in found if due.value is None)
            self.ask(
                "due date", f"When exactly is it due? The message says “{unsettled.strip()}”."
            )
            return None
        if len(found) > 1:
            quotes = several([due.quote.strip() for due in found])
            self.ask(
                "due date", f"Several days of payment are named ({quotes}): which one is meant?"
            )
            return None
        if found:
            self.saw("due date", found[0].quote)
        return found[0].value if found else None

    def order_number(self, message: Message) -> str:
        """Return the one order number or reference of a request, asked where there are several."""
        found = order_numbers(message.text) or order_numbers(message.subject)
        return self.only(
            "reference", found, "Several references are named ({}): which one belongs on it?"
        )


def several(words: Sequence[str]) -> str:
    """Return words as a person lists them: ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
