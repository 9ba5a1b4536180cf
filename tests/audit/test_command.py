"""`klarfall audit`: verify, export, proof and check, as somebody at a terminal uses them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

from app.audit import recount
from app.audit.cosignatures import Cosigner
from app.audit.leaves import entry_in
from app.audit.tlogproof import TlogProof
from app.web.cli import program
from app.web.commands import auditing
from tests.audit.conftest import MemoryLog, a_leaf, memory_log
from tests.audit.strangers import written

RUN = CliRunner()
LOG = memory_log([a_leaf().encode() for _ in range(600)])
WITNESS = Cosigner("witness.example/w", Ed25519PrivateKey.generate())


def run(*arguments: object) -> Result:
    return RUN.invoke(program, ["audit", *map(str, arguments)])


def cosigned(log: MemoryLog) -> str:
    text = log.checkpoint.partition("\n\n")[0] + "\n"
    return log.checkpoint + WITNESS.line(text, at=datetime.now(UTC))


@pytest.fixture
def vkey(tmp_path: Path) -> Path:
    path = tmp_path / "kept.vkey"
    path.write_text(LOG.key.verifier.vkey + "\n")
    return path


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "kept.policy"
    path.write_text(f"log {LOG.key.verifier.vkey}\nwitness w {WITNESS.verifier.vkey}\nquorum w\n")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return written(LOG.files(), tmp_path / "log")


class TestVerify:
    def test_a_policy_is_met_by_the_cosigned_checkpoint_and_by_no_other(
        self, log: Path, policy: Path, vkey: Path
    ) -> None:
        """Without the witness: exit code 1, and who is missing. With its cosignature: 0."""
        alone = run("verify", log, "--policy", policy)
        assert (alone.exit_code, "Not there: w." in alone.stderr) == (1, True)
        assert run("verify", log, "--vkey", vkey).exit_code == 0
        (log / "witnessed").write_text(cosigned(LOG))

        met = run("verify", log, "--policy", policy, "--vkey", vkey)
        assert (met.exit_code, "600 entries" in met.stdout) == (0, True)

    def test_it_goes_on_from_where_it_was_interrupted(
        self, log: Path, vkey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Interrupted in the third bundle; the second run fetches that one alone."""
        resume = tmp_path / "work"
        monkeypatch.setattr(auditing, "_KEEP_EVERY", 1)
        taken: list[int] = []
        take = recount.Recount.take

        def interrupted(self: recount.Recount, *arguments: object, **named: object) -> None:
            if len(taken) == 2:
                taken.clear()
                raise KeyboardInterrupt
            taken.append(self.size)
            take(self, *arguments, **named)  # type: ignore[arg-type] # passed on as it came

        monkeypatch.setattr(recount.Recount, "take", interrupted)
        first = run("verify", log, "--vkey", vkey, "--resume", resume)
        assert (first.exit_code, "Interrupted" in first.stderr) == (130, True)

        second = run("verify", log, "--vkey", vkey, "--resume", resume)
        assert (second.exit_code, taken) == (0, [512])

    def test_what_it_kept_lets_it_read_only_what_is_new_and_notices_a_fork(
        self, log: Path, vkey: Path, tmp_path: Path
    ) -> None:
        resume = tmp_path / "work"
        assert run("verify", log, "--vkey", vkey, "--resume", resume).exit_code == 0
        grown = memory_log([*LOG.entries, *(a_leaf().encode() for _ in range(50))], LOG.key)
        forked = memory_log([a_leaf().encode(), *grown.entries[1:]], LOG.key)
        kept = resume.read_bytes()

        true = written(grown.files(), tmp_path / "grown")
        assert run("verify", true, "--vkey", vkey, "--resume", resume).exit_code == 0
        resume.write_bytes(kept)
        false = written(forked.files(), tmp_path / "forked")
        assert run("verify", false, "--vkey", vkey).exit_code == 0
        assert run("verify", false, "--vkey", vkey, "--resume", resume).exit_code == 1

    def test_the_checkpoint_it_keeps_is_one_to_compare_with_later(
        self, log: Path, vkey: Path, tmp_path: Path
    ) -> None:
        kept = tmp_path / "checkpoint.kept"
        assert run("verify", log, "--vkey", vkey, "--keep-checkpoint", kept).exit_code == 0
        older = written(memory_log(LOG.entries[:300], LOG.key).files(), tmp_path / "older")

        assert run("verify", log, "--vkey", vkey, "--earlier", kept).exit_code == 0
        rolled_back = run("verify", older, "--vkey", vkey, "--earlier", kept)
        assert (rolled_back.exit_code, "taken away" in rolled_back.stderr) == (1, True)

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]\n", b'{"kind": "x"}\n', b"\xff"])
    def test_a_work_file_that_is_none_verifies_nothing(
        self, log: Path, vkey: Path, tmp_path: Path, content: bytes
    ) -> None:
        (tmp_path / "work").write_bytes(content)

        done = run("verify", log, "--vkey", vkey, "--resume", tmp_path / "work")
        assert (done.exit_code, "resume" in done.stderr) == (1, True)

    def test_neither_key_nor_policy_is_a_command_line_not_understood(self, log: Path) -> None:
        assert run("verify", log).exit_code == 2

    def test_a_log_that_cannot_be_read_is_not_one_that_is_wrong(
        self, vkey: Path, tmp_path: Path
    ) -> None:
        nowhere = run("verify", tmp_path / "nowhere", "--vkey", vkey)

        assert (nowhere.exit_code, "could not be read" in nowhere.stderr) == (3, True)


class TestExport:
    @pytest.mark.parametrize("name", ["copy", "copy.tar"])
    def test_the_copy_verifies_offline_with_the_key_alone(
        self, log: Path, vkey: Path, tmp_path: Path, name: str
    ) -> None:
        target = tmp_path / "exported" / name
        target.parent.mkdir()

        done = run("export", log, target, "--vkey", vkey)
        assert (done.exit_code, "600 entries" in done.stdout) == (0, True)
        assert sorted(each.name for each in target.parent.iterdir()) == [name]
        again = run("verify", target, "--vkey", vkey)
        assert (again.exit_code, again.stdout) == (0, done.stdout)

    def test_a_copy_that_was_altered_does_not(self, log: Path, vkey: Path, tmp_path: Path) -> None:
        archive = tmp_path / "copy.tar"
        run("export", log, archive, "--vkey", vkey)
        data = bytearray(archive.read_bytes())
        at = data.index(LOG.entries[77])
        data[at + 40] ^= 1
        archive.write_bytes(data)

        assert run("verify", archive, "--vkey", vkey).exit_code == 1

    def test_a_log_that_does_not_verify_is_no_export(
        self, log: Path, vkey: Path, tmp_path: Path
    ) -> None:
        bundle = log / "tile/entries/001"
        bundle.write_bytes(bundle.read_bytes()[::-1])

        assert run("export", log, tmp_path / "copy.tar", "--vkey", vkey).exit_code == 1
        assert not (tmp_path / "copy.tar").exists()

    def test_it_goes_on_with_what_it_had_copied(
        self, log: Path, vkey: Path, tmp_path: Path
    ) -> None:
        """A file of the log that is gone: what was copied before stays, and is not asked again."""
        away, target = log / "tile/entries/002.p/88", tmp_path / "copy"
        content = away.read_bytes()
        away.unlink()
        assert run("export", log, target, "--vkey", vkey).exit_code == 3
        assert not (target / "checkpoint").exists()
        (log / "tile/entries/000").unlink()
        away.write_bytes(content)

        assert run("export", log, target, "--vkey", vkey).exit_code == 0


class TestProof:
    @pytest.mark.parametrize(
        "which",
        [lambda at: ("--index", at), lambda at: ("--entry", entry_in(LOG.entries[at]).hex())],
        ids=["by number", "by id"],
    )
    @pytest.mark.parametrize("at", [0, 255, 256, 599])
    def test_one_of_any_entry_is_a_tlog_proof_that_verifies_offline(
        self,
        log: Path,
        vkey: Path,
        tmp_path: Path,
        at: int,
        which: Callable[[int], tuple[str, object]],
    ) -> None:
        target = tmp_path / "entry.tlog-proof"

        done = run("proof", log, target, *which(at), "--vkey", vkey)
        assert (done.exit_code, f"number {at} of 600" in done.stdout) == (0, True)
        assert TlogProof.parse(target.read_text()) == LOG.proof(at)
        assert run("check", target, "--vkey", vkey).stdout == done.stdout

    def test_one_of_another_entry_is_none(self, log: Path, vkey: Path, tmp_path: Path) -> None:
        target = tmp_path / "entry.tlog-proof"
        run("proof", log, target, "--index", 3, "--vkey", vkey)
        (tmp_path / "entry.tlog-proof.entry").write_bytes(LOG.entries[4])

        assert run("check", target, "--vkey", vkey).exit_code == 1

    def test_one_from_tiles_that_lie_is_not_written(
        self, log: Path, vkey: Path, tmp_path: Path
    ) -> None:
        tile = log / "tile/0/000"
        tile.write_bytes(bytes(32) + tile.read_bytes()[32:])

        assert run("proof", log, tmp_path / "p", "--index", 3, "--vkey", vkey).exit_code == 1
        assert not (tmp_path / "p").exists()
        # One that needs no hash of that tile is as true as ever.
        assert run("proof", log, tmp_path / "p", "--index", 300, "--vkey", vkey).exit_code == 0

    @pytest.mark.parametrize("which", [("--index", 600), ("--entry", "00" * 16)])
    def test_there_is_none_of_an_entry_that_is_not_there(
        self, log: Path, vkey: Path, tmp_path: Path, which: tuple[str, object]
    ) -> None:
        done = run("proof", log, tmp_path / "p", *which, "--vkey", vkey)

        assert (done.exit_code, "no such entry" in done.stderr) == (1, True)
