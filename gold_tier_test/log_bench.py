"""A small log over several days, and everything that somebody could do to it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from conftest import Clock

from utils.audit_log import AuditLog
from utils.core.canonical import canonical
from utils.core.chain import Fault, Head, hash_of
from utils.core.lifecycle import Folder
from utils.core.model import Entry
from utils.journal import Journal
from utils.log.archive import LogArchive
from utils.log.day_files import rendered
from utils.log.printed_heads import printed_heads
from utils.storage.sqlite import SqliteDatabase
from utils.vault import Vault

BEGUN = datetime(2026, 7, 1, 9, tzinfo=UTC)
_ROWS = "SELECT seq, day, body, proposal_id, hash FROM records ORDER BY seq"


@dataclass
class Log:
    """A journal, its days' files, and a vault with briefings that print its head."""

    home: Path
    clock: Clock = field(default_factory=lambda: Clock(BEGUN))
    journal: Journal = field(init=False)
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.journal = Journal(
            database=SqliteDatabase(self.home / "journal.sqlite3"), clock=self.clock
        )
        self.vault = Vault(self.home / "AI_Employee")
        self.vault.make()

    @property
    def folder(self) -> Path:
        return self.home / "Logs"

    @property
    def audit_log(self) -> AuditLog:
        return AuditLog(folder=self.folder, journal=self.journal)

    def live(self, days: int, each: int = 6) -> None:
        """Let days go by, with Records on each of them."""
        for _ in range(days):
            for n in range(each):
                self.clock.forward(minutes=7)
                told = {"fields": {"customer": f"Bäckerei {n}", "lines": ["rye"] * n}, "n": n}
                name = f"p-{self.journal.head().seq:010d}"
                entry = Entry(
                    action="odoo_create_invoice",
                    actor="executor",
                    parameters=told,
                    result="done",
                    proposal_id=name,
                )
                self.journal.record(entry)
            self.audit_log.render(whole=True)
            self.clock.now = (self.clock.now + timedelta(days=1)).replace(hour=9, minute=0)

    def archive(self) -> tuple[str, ...]:
        done = LogArchive(folder=self.folder, journal=self.journal, clock=self.clock).run()
        self.audit_log.render(whole=True)
        return done.days

    def print_head(self) -> Head:
        """Print the head in a briefing, as every Monday does."""
        head = self.journal.head()
        text = f"# Monday\n\n## Me\n\n- Log: {head}\n"
        self.vault.write(Folder.BRIEFINGS, f"2026-{head.seq:05d}-briefing.md", text)
        return head

    def faults(self) -> list[Fault]:
        return self.audit_log.verify(printed_heads(self.vault))[0]

    def files(self, ending: str) -> list[Path]:
        return sorted(self.folder.glob(f"*{ending}"))


def lived(home: Path) -> Log:
    """A log of eight days, three of them archived, with its head printed at the end."""
    log = Log(home)
    log.live(3)
    log.clock.forward(days=95)
    log.live(5)
    assert len(log.archive()) == 3
    log.print_head()
    assert log.faults() == []
    return log


def dice_of(seed: object) -> Random:
    """Chance that is the same again for the same seed."""
    return Random(str(seed))  # noqa: S311 - no secret


# --- what can be done to it ----------------------------------------------------------------------


@contextmanager
def undone(log: Log) -> Iterator[None]:
    """Put rows and files back as they were at the end of the block."""
    before = {path: path.read_bytes() for path in log.folder.iterdir()}
    try:
        with log.journal.database.step() as db:
            db.execute("SAVEPOINT before")
            try:
                yield
            finally:
                db.execute("ROLLBACK TO before")
    finally:
        for path in set(log.folder.iterdir()) - set(before):
            path.unlink()
        for path, data in before.items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)


def rows(log: Log) -> list[tuple[int, str, str, str, str]]:
    return [tuple(row) for row in log.journal.database.rows(_ROWS)]


def run(log: Log, sql: str, *values: object) -> None:
    with log.journal.database.step() as db:
        db.execute(sql, values)


def flipped(data: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ dice.randrange(1, 256)]) + data[place + 1 :]


def flip_in_a_row(log: Log, dice: Random) -> None:
    row = dice.choice(rows(log))
    index, column = dice.choice(
        [(1, "day"), (2, "body"), (2, "body"), (3, "proposal_id"), (4, "hash")]
    )
    data = str(row[index]).encode() or b"x"
    changed = flipped(data, dice) if row[index] else b"x"
    sql = f"UPDATE records SET {column}=CAST(? AS TEXT) WHERE seq=?"  # noqa: S608 - names of this function
    run(log, sql, changed, row[0])


def blank_in_a_row(log: Log, dice: Random) -> None:
    """The same meaning, other bytes."""
    row = dice.choice(rows(log))
    run(log, "UPDATE records SET body=? WHERE seq=?", row[2].replace(",", ", ", 1), row[0])


def twice_the_same_key(log: Log, dice: Random) -> None:
    row = dice.choice(rows(log))
    body = row[2].replace('{"action"', '{"action":"other","action"', 1)
    run(log, "UPDATE records SET body=? WHERE seq=?", body, row[0])


def delete_a_row(log: Log, dice: Random) -> None:
    run(log, "DELETE FROM records WHERE seq=?", dice.choice(rows(log))[0])


def swap_two_rows(log: Log, dice: Random) -> None:
    one, other = dice.sample(rows(log), 2)
    for seq, row in ((one[0], other), (other[0], one)):
        sql = "UPDATE records SET day=?, body=?, proposal_id=?, hash=? WHERE seq=?"
        run(log, sql, *row[1:], seq)


def move_a_row(log: Log, dice: Random) -> None:
    row, far = dice.choice(rows(log)), dice.choice([0, -1, 10_000])
    run(log, "UPDATE records SET seq=? WHERE seq=?", far, row[0])


def insert_a_row(log: Log, dice: Random) -> None:
    made = rows(log)
    row = dice.choice(made)
    run(log, "INSERT INTO records VALUES (?,?,?,?,?)", len(made) + 1, *row[1:])


def cut_the_rows(log: Log, dice: Random) -> None:
    run(log, "DELETE FROM records WHERE seq>?", dice.randrange(len(rows(log))))


def cut_everything_alike(log: Log, dice: Random) -> None:
    """Rows, files and what the journal remembers of them: only a printed head tells."""
    keep = dice.randrange(len(rows(log)))
    run(log, "DELETE FROM records WHERE seq>?", keep)
    run(log, "UPDATE cursors SET value=? WHERE name='rendered'", str(keep))
    write_all(log)


def forge_the_chain(log: Log, dice: Random) -> None:
    """Change a Record, and make chain and files anew behind it: only a printed head tells."""
    made = rows(log)
    first = dice.randrange(len(made))
    prev = made[first - 1][4] if first else "0" * 64
    for row in made[first:]:
        record = json.loads(row[2]) | {"prev": prev}
        if row[0] == first + 1:
            record["result"] = "forged"
        record["hash"] = prev = hash_of(record)
        sql = "UPDATE records SET body=?, hash=? WHERE seq=?"
        run(log, sql, canonical(record), prev, row[0])
    write_all(log)


def write_all(log: Log) -> None:
    for path in log.folder.iterdir():
        path.unlink()
    for day in log.journal.days():
        (log.folder / f"{day}.json").write_bytes(rendered(log.journal.lines_of(day)))


def _file(log: Log, dice: Random) -> tuple[Path, list[bytes]]:
    path = dice.choice(log.files(".json"))
    return path, path.read_bytes().splitlines(keepends=True)


def flip_in_a_file(log: Log, dice: Random) -> None:
    path, _ = _file(log, dice)
    path.write_bytes(flipped(path.read_bytes(), dice))


def delete_a_line(log: Log, dice: Random) -> None:
    path, lines = _file(log, dice)
    del lines[dice.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def swap_two_lines(log: Log, dice: Random) -> None:
    path, lines = _file(log, dice)
    a, b = dice.sample(range(len(lines)), 2)
    lines[a], lines[b] = lines[b], lines[a]
    path.write_bytes(b"".join(lines))


def insert_a_line(log: Log, dice: Random) -> None:
    path, lines = _file(log, dice)
    other = dice.choice(_file(log, dice)[1])
    lines.insert(dice.randrange(len(lines) + 1), other)
    path.write_bytes(b"".join(lines))


def cut_a_file(log: Log, dice: Random) -> None:
    path, _ = _file(log, dice)
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


def cut_records_off_a_file(log: Log, dice: Random) -> None:
    """Still a list of Records in JSON."""
    path, lines = _file(log, dice)
    kept = lines[: dice.randrange(1, len(lines) - 1)]
    kept[-1] = kept[-1].replace(b",\n", b"\n") if len(kept) > 1 else kept[-1]
    path.write_bytes(b"".join([*kept, b"]\n"]))


def lose_a_file(log: Log, dice: Random) -> None:
    dice.choice([*log.folder.iterdir()]).unlink()


def make_up_a_day(log: Log, dice: Random) -> None:
    name = f"2025-01-{dice.randrange(1, 29):02d}{dice.choice(['.json', '.json.gz'])}"
    (log.folder / name).write_bytes(dice.choice(log.files(".json")).read_bytes())


def _archive(log: Log, dice: Random) -> Path:
    return dice.choice(log.files(".json.gz"))


def flip_in_an_archive(log: Log, dice: Random) -> None:
    path = _archive(log, dice)
    path.write_bytes(flipped(path.read_bytes(), dice))


def cut_an_archive(log: Log, dice: Random) -> None:
    path = _archive(log, dice)
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


def pack_something_else(log: Log, dice: Random) -> None:
    path = _archive(log, dice)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    del lines[dice.randrange(1, len(lines) - 1)]
    path.write_bytes(gzip.compress(b"".join(lines), mtime=0))


def swap_two_archives(log: Log, dice: Random) -> None:
    one, other = dice.sample(log.files(".json.gz"), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def append_to_an_archive(log: Log, dice: Random) -> None:
    path = _archive(log, dice)
    more = dice.choice([gzip.compress(b"more"), b"\0" * 9, b"x"])
    path.write_bytes(path.read_bytes() + more)


MUTATIONS: tuple[Callable[[Log, Random], None], ...] = (
    flip_in_a_row,
    blank_in_a_row,
    twice_the_same_key,
    delete_a_row,
    swap_two_rows,
    move_a_row,
    insert_a_row,
    cut_the_rows,
    cut_everything_alike,
    forge_the_chain,
    flip_in_a_file,
    delete_a_line,
    swap_two_lines,
    insert_a_line,
    cut_a_file,
    cut_records_off_a_file,
    lose_a_file,
    make_up_a_day,
    flip_in_an_archive,
    cut_an_archive,
    pack_something_else,
    swap_two_archives,
    append_to_an_archive,
)
