"""Machines on cables of their own: a network namespace for each, that can be cut off and joined.

Whoever lays the cables moves into the hub, so everything that he starts there, database, services
and home, listens on the hub's 127.0.0.1 and nowhere else. On the other machines that address
leads over the cable into the hub, and nothing else can be reached.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

#: Where the cables' ends have their addresses; who comes over a cable comes from here.
NETWORK = "10.77.0.0/16"
_NAMED = Path("/run/netns")
_OURS = re.compile(r"employee-(\d+)-\w+")


def why_not() -> str:
    """Why no cables can be laid here, or "" where they can."""
    if sys.platform != "linux" or os.getuid() != 0:
        return "network namespaces need root on Linux"
    if shutil.which("ip") is None:
        return "no `ip` here: apt-get install iproute2"
    probe = _name("probe")
    tried = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", probe], capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"no namespace can be made: {tried.stderr.decode()}"


@dataclass
class Cables:
    """The hub, and a cable from it to each machine; use it in a ``with`` block."""

    _machines: dict[str, int] = field(default_factory=dict, init=False)
    _home: int = field(default=-1, init=False)

    def __enter__(self) -> Self:
        _clear_away()
        hub = _name("hub")
        _ip("netns", "add", hub)
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _move_into(hub)
        _ip("link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        os.setns(self._home, os.CLONE_NEWNET)
        os.close(self._home)
        for name in (*map(_name, self._machines), _name("hub")):
            _ip("netns", "del", name)

    def words(self, machine: str) -> list[str]:
        """What to begin a command with, so that it runs on a machine; its cable is laid first."""
        if machine not in self._machines:
            self._lay(machine, len(self._machines))
        return ["ip", "netns", "exec", _name(machine)]

    @contextlib.contextmanager
    def cut(self, machine: str) -> Iterator[None]:
        """Cut a machine off for a while: nothing gets through, and nobody tells it so."""
        cable = f"cable{self._machines[machine]}"
        hub = _name("hub")
        _ip("-n", hub, "link", "set", cable, "down")
        try:
            yield
        finally:
            _ip("-n", hub, "link", "set", cable, "up")

    @contextlib.contextmanager
    def on(self, machine: str) -> Iterator[None]:
        """Be on a machine for a while, with the calling thread."""
        self.words(machine)
        with Path("/proc/thread-self/ns/net").open("rb") as hub:
            _move_into(_name(machine))
            try:
                yield
            finally:
                os.setns(hub.fileno(), os.CLONE_NEWNET)

    def _lay(self, machine: str, number: int) -> None:
        self._machines[machine] = number
        there, cable = _name(machine), f"cable{number}"
        ours, theirs = f"10.77.{number}.1", f"10.77.{number}.2"
        _ip("netns", "add", there)
        mac = f"02:00:00:00:{number:02x}:01"
        peer = ["type", "veth", "peer", "name", "hub", "netns", there]
        _ip("link", "add", cable, "address", mac, *peer)
        _ip("addr", "add", f"{ours}/30", "dev", cable)
        _ip("link", "set", cable, "up")
        _ip("-n", there, "addr", "add", f"{theirs}/30", "dev", "hub")
        _ip("-n", there, "link", "set", "hub", "up")
        # Known beforehand, so that no packet waits for an answer about it while the cable is cut.
        _ip("-n", there, "neigh", "add", ours, "lladdr", mac, "dev", "hub", "nud", "permanent")
        _let_loopback_through(cable)
        with self.on(machine):
            _let_loopback_through("hub")
        _ip("-n", there, "route", "add", "127.0.0.1", "via", ours, "src", theirs)


def _name(of: str) -> str:
    return f"employee-{os.getpid()}-{of}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


def _move_into(name: str) -> None:
    """Move the calling thread; what it starts from here on is there too."""
    with (_NAMED / name).open("rb") as place:
        os.setns(place.fileno(), os.CLONE_NEWNET)


def _let_loopback_through(device: str) -> None:
    Path(f"/proc/sys/net/ipv4/conf/{device}/route_localnet").write_text("1")


def _clear_away() -> None:
    """Remove what a run left behind that was killed."""
    for place in _NAMED.glob("employee-*") if _NAMED.exists() else ():
        found = _OURS.fullmatch(place.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            _ip("netns", "del", place.name)
