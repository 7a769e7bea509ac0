"""A pretend IMAP server on loopback: one inbox, as much of the protocol as reading it takes."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, override

PASSWORD = "abcd efgh ijkl mnop"


@dataclass
class PretendImap:
    """An inbox; mails are numbered from 1, or from where ``deliver`` says."""

    validity: int = 7
    mails: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)
    #: Every command as it came, without its tag.
    commands: list[str] = field(default_factory=list)
    #: Whether it hangs up on whoever calls, and how often it was called.
    is_out: bool = False
    calls: int = 0
    _server: socketserver.ThreadingTCPServer = field(init=False)

    def __enter__(self) -> Self:
        inbox = self

        class Handler(socketserver.StreamRequestHandler):
            @override
            def handle(self) -> None:
                inbox.calls += 1
                if inbox.is_out:
                    return
                self.wfile.write(b"* OK ready\r\n")
                for line in self.rfile:
                    tag, _, command = line.decode().strip().partition(" ")
                    inbox.commands.append(command)
                    refused = command.startswith("LOGIN") and PASSWORD not in command
                    status = "NO" if refused else "OK"
                    # In one piece: small pieces wait for each other on the way.
                    end = f"{tag} {status} done\r\n".encode()
                    self.wfile.write(inbox.answer(command) + end)
                    if command == "LOGOUT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def deliver(self, raw: bytes, at: datetime, uid: int = 0) -> None:
        self.mails[uid or max(self.mails, default=0) + 1] = (at, raw)

    def answer(self, command: str) -> bytes:
        match command.split()[:2]:
            case ["CAPABILITY", *_]:
                return b"* CAPABILITY IMAP4rev1\r\n"
            case ["EXAMINE" | "SELECT", *_]:
                return (
                    f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] ok\r\n"
                ).encode()
            case ["UID", "SEARCH"]:
                return f"* SEARCH {' '.join(map(str, self._found(command)))}\r\n".encode()
            case ["UID", "FETCH"]:
                return self._fetched(int(command.split()[2]))
            case _:
                return b""

    def _found(self, command: str) -> list[int]:
        if bounds := re.search(r"UID (\d+):\*", command):
            later = [uid for uid in sorted(self.mails) if uid >= int(bounds[1])]
            # A range that ends in "*" always holds the last mail.
            return later or sorted(self.mails)[-1:]
        since = datetime.strptime(command.rpartition(" ")[2], "%d-%b-%Y").date()  # noqa: DTZ007 - a day
        return [uid for uid, (at, _) in sorted(self.mails.items()) if at.date() >= since]

    def _fetched(self, uid: int) -> bytes:
        if uid not in self.mails:
            return b""
        at, raw = self.mails[uid]
        moment = at.strftime("%d-%b-%Y %H:%M:%S +0000")
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "{moment}" BODY[]<0> {{{len(raw)}}}\r\n'
        return head.encode() + raw + b")\r\n"
