"""Verifiers that are not ours, each as far as it looks: Go, Rust and Python.

They are given a log as a folder of files and say whether they believe it. Proofs they need are
folded from the served tiles, as any client would: what they believe is the checkpoint's root.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import metamorphic_log
import pytest
from pymerkle import InmemoryTree

from app.audit.notes import Checkpoint, VerifierKey
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH, Tile, node_in, tile_of, unbundle
from app.audit.tree import Node, consistency, fold, inclusion, leaf_hash
from app.audit.verification import verify_log

GO_SOURCES: Final = Path("/usr/share/gocode")
# The verifier of the specification's authors' library, as it was given to us.
GO_PROGRAM: Final = Path(__file__).with_name("tlog_verify") / "main.go"
EARLIER: Final = "earlier"

Files = Mapping[str, bytes]
Judge = Callable[[Files, str], bool]


class Verifier(StrEnum):
    OURS = "ours"
    GO = "x/mod/sumdb, in Go"
    RUST = "metamorphic-log, in Rust"
    PYTHON = "pymerkle, in Python"


def built_go_verifier(folder: Path) -> Path:
    """Skips where Debian's Go is not there; in CI that is a failure."""
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / "src/golang.org/x/mod/sumdb").is_dir():
        if os.environ.get("CI"):
            pytest.fail("Debian's golang-go and golang-golang-x-mod-dev are to be installed in CI")
        pytest.skip("Debian's golang-go and golang-golang-x-mod-dev are not installed here")
    built = folder / "tlog-verify"
    environment = {
        **os.environ,
        "GOPATH": str(GO_SOURCES),
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
    }
    subprocess.run(
        [go, "build", "-o", str(built), "."], check=True, cwd=GO_PROGRAM.parent, env=environment
    )
    return built


def written(files: Files, folder: Path) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@dataclass(frozen=True)
class Panel:
    """All of them. `accepting` names those who believe a log."""

    go: Path
    folder: Path

    def accepting(self, files: Files, vkey: str) -> set[Verifier]:
        judges: dict[Verifier, Judge] = {
            Verifier.OURS: ours,
            Verifier.GO: self._in_go,
            Verifier.RUST: in_rust,
            Verifier.PYTHON: in_python,
        }
        return {name for name, judge in judges.items() if judge(files, vkey)}

    def _in_go(self, files: Files, vkey: str) -> bool:
        shutil.rmtree(self.folder, ignore_errors=True)
        folder = written({**files, "vkey": vkey.encode()}, self.folder)
        earlier = [str(folder / EARLIER)] if EARLIER in files else []
        done = subprocess.run(
            [str(self.go), str(folder / "vkey"), str(folder), *earlier],
            check=False,
            capture_output=True,
        )
        return done.returncode == 0


def ours(files: Files, vkey: str) -> bool:
    with suppress(Rejected, KeyError):
        verify_log(files.__getitem__, vkey, earlier=files.get(EARLIER))
        return True
    return False


def in_rust(files: Files, vkey: str) -> bool:
    """Signature, origin, and a proof of each entry and of the earlier checkpoint."""
    try:
        note = files["checkpoint"].decode()
        head = metamorphic_log.checkpoint_verify(note, [vkey])
        if head.origin != VerifierKey.parse(vkey).name:
            return False
        for index, entry in enumerate(_entries(files, head.size)):
            proof = _folded(files, inclusion(index, head.size), head.size)
            metamorphic_log.verify_inclusion(index, head.size, leaf_hash(entry), proof, head.root)
        if EARLIER in files:
            older_note = files[EARLIER].decode()
            older = metamorphic_log.checkpoint_verify(older_note, [vkey])
            if older.size > head.size:
                return False
            proof = _folded(files, consistency(older.size, head.size), head.size)
            metamorphic_log.checkpoint_verify_consistency(older_note, note, [vkey], proof)
    except (metamorphic_log.VerifyError, Rejected, KeyError, IndexError, ValueError):
        return False
    return True


def in_python(files: Files, vkey: str) -> bool:
    """The tree alone: pymerkle knows no signatures, so it takes the checkpoint's word for them."""
    del vkey
    try:
        head = _said(files["checkpoint"])
        tree = InmemoryTree(algorithm="sha256")
        for entry in _entries(files, head.size):
            tree.append_entry(entry)
        if EARLIER in files:
            older = _said(files[EARLIER])
            if older.size > head.size or tree.get_root(older.size) != older.root:
                return False
        return bool(tree.get_root() == head.root)
    except (Rejected, KeyError, ValueError):
        return False


def _said(note: bytes) -> Checkpoint:
    """What a checkpoint says, whoever signed it."""
    return Checkpoint.parse(note.decode().partition("\n\n")[0] + "\n")


def _entries(files: Files, size: int) -> list[bytes]:
    found: list[bytes] = []
    for start in range(0, size, TILE_WIDTH):
        width = min(TILE_WIDTH, size - start)
        found += unbundle(files[Tile(None, start // TILE_WIDTH, width).path], width)
    return found


def _folded(files: Files, groups: tuple[tuple[Node, ...], ...], size: int) -> list[bytes]:
    needed = {tile_of(node, size) for group in groups for node in group}
    tiles = {tile: files[tile.path] for tile in needed}
    return [fold([node_in(tiles, node, size) for node in group]) for group in groups]
