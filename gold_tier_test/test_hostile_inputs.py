"""The catalogue of hostile inputs, as far as notes, names, amounts and the vault can judge it.

A row says REFUSE, HOLD, IGNORE or SANITISE. Where a row goes on to the gate or the policy, it is
judged there; every row of these classes stands in one of the two tables below.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from effort import effort
from sample_proposals import EDITABLE, NOW, ZONE, payment

from utils.core import notes
from utils.core.errors import NoteError, VaultMissingError
from utils.core.lifecycle import Folder
from utils.core.money import as_decimal
from utils.core.proposal_page import differences, page, read_back
from utils.file_utils import safe_name
from utils.io_optimizer import Settling
from utils.obsidian.listing import Kind
from utils.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: Final = {
    row["id"]: row
    for row in map(
        json.loads,
        (Path(__file__).parent / "data" / "hostile_inputs.jsonl").read_text().splitlines(),
    )
}
JUDGED_CLASSES: Final = {"name", "object", "yaml", "money"}
#: Rows that only the gate or the policy can judge.
ABOVE: Final = {"name-08"} | {f"money-{number:02}" for number in (3, *range(5, 13))}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(tmp_path / "AI_Employee")
    made.make()
    return made


def shown() -> str:
    return page(payment(), editable=EDITABLE, zone=ZONE)


def differs(text: str) -> bool:
    return bool(differences(read_back(text, editable=EDITABLE), payment(), zone=ZONE))


def refused(front: str) -> None:
    with pytest.raises(NoteError) as caught:
        notes.parse(f"---\n{front}\n---\n")
    assert "\n" not in str(caught.value)


def refused_amount(*amounts: str) -> None:
    """An amount is no amount for the core, and on a note it is not the registered one."""
    for amount in amounts:
        assert notes.parse(f"---\namount: {amount}\n---\n").front == {"amount": amount}
        assert differs(shown().replace('amount: "1200.00"', f"amount: {amount}", 1))
        with pytest.raises(ValueError, match="decimals"):
            as_decimal(amount)


def kinds(vault: Vault) -> dict[str, Kind]:
    return {file.name: file.kind for file in vault.list(Folder.APPROVED)}


def name_01(vault: Vault) -> None:
    assert safe_name("../../Approved/evil.md") == "evil.md"
    vault.write(Folder.NEEDS_ACTION, safe_name("../../Approved/evil.md"), "x")
    assert kinds(vault) == {}


def name_02(vault: Vault) -> None:
    (vault.root.parent / ".env").write_text("secret")
    with pytest.raises(NoteError):
        vault.read_bytes(Folder.INBOX, "../../.env", limit_bytes=1000)


def name_03(vault: Vault) -> None:
    vault.write(Folder.NEEDS_ACTION, safe_name("pay.md\0.pdf"), "x")
    assert [file.name for file in vault.list(Folder.NEEDS_ACTION)] == ["pay-md.pdf"]


def name_04(_vault: Vault) -> None:
    name = "bill\napproved: true\n.pdf"
    assert notes.parse(notes.render({"attachment": name}, "")).front == {"attachment": name}
    assert "\n" not in safe_name(name)


def name_05(vault: Vault) -> None:
    stranger(vault, "\u0410pproved")


def name_06(vault: Vault) -> None:
    stranger(vault, "approved", "APPROVED", "Approved ")


def stranger(vault: Vault, *names: str) -> None:
    for name in names:
        (vault.root / name).mkdir()
        (vault.root / name / "x.md").write_text(shown())
    assert set(vault.strangers()) == set(names)
    assert kinds(vault) == {}


def name_07(vault: Vault) -> None:
    names = ["-rf.md", "--help.md", "$(id).md", ";rm .md", "CON.md", "x.md.", "x .md"]
    for name in names:
        (vault.root / Folder.APPROVED / name).write_text(shown())
        assert vault.read(Folder.APPROVED, name) == shown()
        assert vault.move(Folder.APPROVED, name, Folder.PENDING) == name
        assert safe_name(name)[0].isalnum()


def name_09(vault: Vault) -> None:
    for name in (
        "x (Conflicted copy MyMac 202611220930).md",
        "x.sync-conflict-20261122-093011-ABCDEFG.md",
        "x 2.md",
        "x (1).md",
    ):
        (vault.root / Folder.APPROVED / name).write_text(shown())
    assert set(kinds(vault).values()) == {Kind.CONFLICT}


def name_10(vault: Vault) -> None:
    (vault.root / Folder.APPROVED / "sub").mkdir()
    (vault.root / Folder.APPROVED / "sub" / "x.md").write_text(shown())
    assert kinds(vault) == {"sub": Kind.FOLDER}
    with pytest.raises(NoteError):
        vault.read(Folder.APPROVED, "sub/x.md")


def object_01(vault: Vault) -> None:
    approved, aside = vault.root / Folder.APPROVED, vault.root / "aside"
    approved.rename(aside)
    approved.symlink_to(aside)
    for step in (vault.check, lambda: vault.list(Folder.APPROVED)):
        with pytest.raises(VaultMissingError):
            step()


def object_02(vault: Vault) -> None:
    outside = vault.root.parent / "draft.md"
    outside.write_text(shown())
    os.link(outside, vault.root / Folder.APPROVED / "x.md")
    not_a_note(vault, Kind.LINKED)


def object_03(vault: Vault) -> None:
    (vault.root / Folder.APPROVED / "x.md").mkdir()
    not_a_note(vault, Kind.FOLDER)
    vault.move(Folder.APPROVED, "x.md", Folder.REJECTED)
    assert kinds(vault) == {}


def object_04(vault: Vault) -> None:
    with (vault.root / Folder.APPROVED / "x.md").open("wb") as file:
        file.truncate(10 << 30)
    assert effort(lambda: not_a_note(vault, Kind.NOTE)) < 0.5


def not_a_note(vault: Vault, kind: Kind) -> None:
    assert kinds(vault) == {"x.md": kind}
    with pytest.raises(NoteError):
        vault.read(Folder.APPROVED, "x.md")


def object_05(_vault: Vault) -> None:
    text = shown()
    for length in range(len(text.rstrip())):
        try:
            assert differs(text[:length])
        except NoteError:
            continue
    settling = Settling()
    assert not any(settling.settled("x.md", size, size, now=NOW) for size in range(100))


def object_06(_vault: Vault) -> None:
    windows = "\ufeff" + "".join(
        line if line == "Thank you." else f"{line}  \r\n" for line in shown().split("\n")
    ).replace("Thank you.", "Thank you.\r\n")
    assert read_back(windows, editable=EDITABLE).texts == {"message": "Thank you."}
    assert not differs(windows)


def object_07(vault: Vault) -> None:
    # A link to itself cannot be opened by anybody, root included.
    (vault.root / Folder.APPROVED / "x.md").symlink_to("x.md")
    not_a_note(vault, Kind.SYMLINK)


def yaml_01(_vault: Vault) -> None:
    for front in ("approved: 1\napproved: 1", "Amount: 1\namount: 1", "\u0430mount: 1"):
        refused(front)


def yaml_02(_vault: Vault) -> None:
    for value in ("off", "no", '"false"', "null", "~", "0", '""'):
        with pytest.raises(NoteError, match="dry_run"):
            read_back(
                shown().replace("approve: false", f"approve: false\ndry_run: {value}"),
                editable=EDITABLE,
            )


def yaml_03(_vault: Vault) -> None:
    refused_amount("1:30")


def yaml_04(_vault: Vault) -> None:
    refused_amount("9_9", "0x64", "0b1100100")


def yaml_05(_vault: Vault) -> None:
    refused_amount(".nan", "NaN")


def yaml_06(_vault: Vault) -> None:
    refused_amount(".inf", "1e999999", "Infinity")


def yaml_07(_vault: Vault) -> None:
    refused_amount("\uff19\uff19", "\u0669\u0669")


def yaml_08(_vault: Vault) -> None:
    for line_break in ("\u2028", "\u2029", "\x85"):
        refused(f"subject: x{line_break}approved: true")
        value = f"x{line_break}approved: true"
        assert notes.parse(notes.render({"subject": value}, "")).front == {"subject": value}


def yaml_09(_vault: Vault) -> None:
    for front in ("a: &x 1", "a: 1\nb: *a", "<<: {a: 1}", "b: &b {a: 1}\nc:\n  <<: *b"):
        refused(front)


def yaml_10(_vault: Vault) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        levels += [f"a{level}: &a{level} [{aliases}]"]
    assert effort(lambda: refused("\n".join(levels))) < 0.05


def yaml_11(_vault: Vault) -> None:
    refused("a: !!python/object/apply:os.system [x]")


def yaml_12(_vault: Vault) -> None:
    for text in (f"\n{shown()}", f"x{shown()}", f"---\na: 1\n---\n{shown()}"):
        with pytest.raises(NoteError):
            notes.parse(text)
    refused("a: 1\n...\nb: 2")


def yaml_13(_vault: Vault) -> None:
    front = notes.parse("---\ncountry: NO\nanswer: yes\nswitch: on\n---\n").front
    assert front == {"country": "NO", "answer": "yes", "switch": "on"}


def yaml_14(_vault: Vault) -> None:
    refused("fields:\n\tdue: x")
    assert differs(shown().replace('invoice: "INV/2026/0007"', "invoice: 2026-02-30", 1))


def money_01(_vault: Vault) -> None:
    refused_amount("99 BTC", "US$99", "$99", "99 EUR")


def money_02(_vault: Vault) -> None:
    refused_amount("0.001")


def money_04(_vault: Vault) -> None:
    refused_amount("100.005", "99.99999999999999999")


JUDGES: Final[dict[str, Callable[[Vault], None]]] = {
    name.replace("_", "-"): judge
    for name, judge in list(globals().items())
    if name.replace("_", "-") in ROWS
}


def test_every_row_of_these_classes_is_judged_here_or_above() -> None:
    rows = {name for name, row in ROWS.items() if row["cls"] in JUDGED_CLASSES}
    assert rows == JUDGES.keys() | ABOVE
    assert not JUDGES.keys() & ABOVE


@pytest.mark.parametrize("row", sorted(JUDGES))
def test_a_hostile_input_does_nothing(row: str, vault: Vault) -> None:
    JUDGES[row](vault)
