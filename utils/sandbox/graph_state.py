"""What the pretend Graph knows: tokens, a Page with posts, an account with pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

#: Whose Page and account they are.
PAGE_ID: Final = "102938475610293"
PAGE_NAME: Final = "Ada's Bakery"
ACCOUNT_ID: Final = "17841405822304914"
USERNAME: Final = "adas.bakery"
APP_ID: Final = "904411227733551"
APP_KEY: Final = "5ec2e7f0a11b4c0d9e8f7a6b5c4d3e2f"
#: Who holds which token; the words stand in every token.
PAGE, USER, ACCOUNT = "page", "user", "account"
#: A token of each kind, of the length and letters that real ones have.
TOKENS: Final = {
    kind: begin + f"{kind}7Xq2" * 12
    for kind, begin in ((PAGE, "EAAM"), (USER, "EAAU"), (ACCOUNT, "IGAA"))
}
SCOPES: Final = frozenset(
    {
        "pages_show_list",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_manage_engagement",
        "pages_read_user_content",
        "read_insights",
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
        "instagram_business_manage_insights",
    }
)

#: A row as the Graph shows it, by field.
type Row = dict[str, Any]


@dataclass(slots=True)
class Token:
    """What the Graph knows of a token."""

    kind: str
    scopes: set[str]
    #: None where it does not end.
    expires_at: datetime | None = None
    #: Why it is dead, as the subcode of error 190; None while it is good.
    dead: int | None = None


@dataclass(slots=True)
class GraphState:
    """Everything that requests change."""

    tokens: dict[str, Token]
    followers: int = 1240
    #: Whether the app was switched to Live; before that only its own people see what it posts.
    app_is_live: bool = True
    last_id: int = 1000
    #: Posts and comments by id; a comment's `parent` is a post or a comment.
    posts: dict[str, Row] = field(default_factory=dict)
    comments: dict[str, Row] = field(default_factory=dict)
    #: Instagram: containers, media and comments by id.
    containers: dict[str, Row] = field(default_factory=dict)
    media: dict[str, Row] = field(default_factory=dict)
    replies: dict[str, Row] = field(default_factory=dict)

    def new_id(self) -> str:
        """Return a number that nothing has yet."""
        self.last_id += 1
        return f"{self.last_id}"


def seeded(now: datetime) -> GraphState:
    """Return the state a pretend Graph begins with: two posts, a picture and their comments."""
    tokens = {token: Token(kind, set(SCOPES)) for kind, token in TOKENS.items()}
    tokens[TOKENS[ACCOUNT]].expires_at = now + timedelta(days=58)
    state = GraphState(tokens)
    old = now - timedelta(days=6)
    first = add_post(state, "Rye is back on Friday.", old)
    add_post(state, "We are closed on Monday.", old + timedelta(days=2), link=None)
    add_comment(state, first, "Do you have gluten-free bread?", ("55501", "Bea"), old)
    picture = add_media(state, "Fresh from the oven #rye", "https://bakery.example/a.jpg", old)
    add_reply(state, picture, "When do you open?", "ben.bakes", old)
    return state


def add_post(
    state: GraphState, message: str, at: datetime, *, link: str | None = None, picture: str = ""
) -> str:
    """Add a post of the Page and return its id."""
    id_ = f"{PAGE_ID}_{state.new_id()}"
    shown = [{"type": "share", "unshimmed_url": link}] if link else []
    shown += [{"type": "photo", "unshimmed_url": picture}] if picture else []
    state.posts[id_] = {
        "id": id_,
        "message": message,
        "created_time": stamp(at),
        "permalink_url": f"https://www.facebook.com/{id_}",
        "from": {"id": PAGE_ID, "name": PAGE_NAME},
        "attachments": {"data": shown} if shown else None,
        "shares": None,
    }
    return id_


def add_comment(
    state: GraphState, parent: str, message: str, who: tuple[str, str], at: datetime
) -> str:
    """Add a comment on a post or comment and return its id; `who` is id and name."""
    id_ = f"{parent.rpartition('_')[2]}_{state.new_id()}"
    state.comments[id_] = {
        "id": id_,
        "message": message,
        "created_time": stamp(at),
        "permalink_url": f"https://www.facebook.com/{id_}",
        "from": {"id": who[0], "name": who[1]},
        "parent": parent,
    }
    return id_


def add_media(state: GraphState, caption: str, picture: str, at: datetime) -> str:
    """Add a picture of the account and return its id."""
    id_ = f"1789{state.new_id()}"
    state.media[id_] = {
        "id": id_,
        "caption": caption,
        "media_type": "IMAGE",
        "media_url": picture,
        "permalink": f"https://www.instagram.com/p/{id_}/",
        "timestamp": stamp(at),
        "username": USERNAME,
        "like_count": 12,
    }
    return id_


def add_reply(state: GraphState, parent: str, text: str, username: str, at: datetime) -> str:
    """Add a comment on a picture, or an answer to a comment, and return its id."""
    id_ = f"1799{state.new_id()}"
    state.replies[id_] = {
        "id": id_,
        "text": text,
        "username": username,
        "timestamp": stamp(at),
        "parent": parent,
    }
    return id_


def stamp(at: datetime) -> str:
    """Return a time as the Graph writes it: whole seconds, zone without a colon."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
