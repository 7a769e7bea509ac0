"""Chat messages as Items: what one person wrote in one go is one thing that happened."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.core.canonical import item_id
from utils.core.model import Item, ItemType, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from utils.whatsapp.export import Chat, ChatMessage
    from utils.whatsapp.payload import CloudMessage

#: How long somebody may pause in what he writes in one go (ours).
_PAUSE: Final = timedelta(minutes=10)


def runs(
    messages: Sequence[ChatMessage], seen: Collection[str]
) -> Iterator[tuple[ChatMessage, ...]]:
    """Yield what others wrote and was not taken in before: each run one person's, in one go.

    Args:
        messages: All messages of a chat, in order.
        seen: The keys of those that were taken in before.
    """
    run: list[ChatMessage] = []
    for message in messages:
        goes_on = run and run[-1].sender == message.sender and message.at - run[-1].at <= _PAUSE
        if run and (message.is_own or message.key in seen or not goes_on):
            yield tuple(run)
            run = []
        if not message.is_own and message.key not in seen:
            run.append(message)
    if run:
        yield tuple(run)


def item_of_run(run: Sequence[ChatMessage], chat: Chat) -> Item:
    """Return a run of messages as an Item, without its files."""
    first, last = run[0], run[-1]
    return Item(
        id=item_id(f"whatsapp {first.key}"),
        type=ItemType.WHATSAPP,
        source=Source.WHATSAPP,
        received_at=last.at,
        # A name that a stranger gives himself is shown, and is nobody's address.
        sender="" if first.self_named else first.sender,
        sender_name=first.sender,
        subject=f"Chat with {chat.title or first.sender}",
        body="\n".join(message.text for message in run),
        thread=chat.title or first.sender,
    )


def item_of_cloud(message: CloudMessage) -> Item:
    """Return a message from Meta's Cloud API as an Item."""
    who = message.name or message.sender
    return Item(
        id=item_id(f"whatsapp {message.id}"),
        type=ItemType.WHATSAPP,
        source=Source.WHATSAPP,
        received_at=message.at,
        sender=message.sender,
        sender_name=message.name,
        subject=f"Chat with {who}",
        body=message.text,
        thread=message.sender,
        message_id=message.id,
    )
