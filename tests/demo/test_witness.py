"""The demonstration's witness: it cosigns what continues what it saw, and nothing else."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.canonical import canonical
from app.audit.cosignatures import Cosigner, cosigned_at
from app.audit.quorum import TrustPolicy
from app.audit.rejection import Rejected
from app.audit.verification import verify_receipt
from demo import witness
from demo.verify_receipt import verify as stranger_verifies
from demo.witness import PREFIX, Answer, Witness
from tests.audit.conftest import MemoryLog, a_leaf, memory_log, receipt
from tests.audit.oracle import naive_consistency

__all__ = ["receipt"]

ENTRIES = [a_leaf().encode() for _ in range(9)]
LOG = memory_log(ENTRIES)
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
# The same beginning, then another history, by the same key.
FORK = memory_log([*ENTRIES[:4], *(a_leaf().encode() for _ in range(5))], LOG.key)


def upto(size: int, log: MemoryLog = LOG) -> MemoryLog:
    return memory_log(log.entries[:size], log.key)


def submission(old: int, size: int, log: MemoryLog = LOG, *, note: str = "") -> str:
    steps = naive_consistency(old, log.entries[:size]) if 0 < old < size else []
    lines = "".join(f"{b64encode(step).decode()}\n" for step in steps)
    return f"old {old}\n{lines}\n{note or upto(size, log).checkpoint}"


@pytest.fixture
def saw_five(tmp_path: Path) -> Witness:
    """A witness whose last checkpoint of the log has five entries."""
    known = {LOG.key.name: LOG.key.verifier}
    made = Witness(witness.cosigner(tmp_path), known, tmp_path / "seen.json")
    assert made.add_checkpoint(submission(0, 5)).status == HTTPStatus.OK
    return made


@pytest.mark.parametrize("size", [5, 6, 8, 9])
def test_what_continues_the_log_is_cosigned(saw_five: Witness, size: int) -> None:
    answer = saw_five.add_checkpoint(submission(5, size))

    assert answer.status == HTTPStatus.OK
    note = upto(size).checkpoint + answer.body
    assert cosigned_at(note, saw_five.cosigner.verifier) is not None
    assert saw_five.seen[LOG.key.name][0] == size


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        pytest.param(submission(3, 3), Answer(HTTPStatus.CONFLICT, "5\n"), id="an older one"),
        pytest.param(submission(3, 7), Answer(HTTPStatus.CONFLICT, "5\n"), id="from elsewhere"),
        pytest.param(submission(5, 3), Answer(HTTPStatus.BAD_REQUEST), id="shorter"),
        pytest.param(submission(5, 5, FORK), Answer(HTTPStatus.CONFLICT), id="another of its size"),
        pytest.param(
            submission(5, 7, FORK), Answer(HTTPStatus.UNPROCESSABLE_ENTITY), id="another history"
        ),
        pytest.param(
            submission(5, 7).replace("\n\n", f"\n{'A' * 43}=\n\n", 1),
            Answer(HTTPStatus.UNPROCESSABLE_ENTITY),
            id="a step too many",
        ),
        pytest.param(
            submission(5, 7, note=upto(7).checkpoint.replace("\n7\n", "\n8\n")),
            Answer(HTTPStatus.FORBIDDEN),
            id="not signed",
        ),
        pytest.param(
            submission(5, 7, memory_log(ENTRIES)), Answer(HTTPStatus.FORBIDDEN), id="another key"
        ),
        pytest.param(
            submission(5, 7).replace("bergstrasse", "elsewhere"),
            Answer(HTTPStatus.NOT_FOUND),
            id="another log",
        ),
        pytest.param("old five\n\n" + LOG.checkpoint, Answer(HTTPStatus.BAD_REQUEST), id="no size"),
        pytest.param("", Answer(HTTPStatus.BAD_REQUEST), id="nothing"),
    ],
)
def test_what_does_not_is_refused_and_changes_nothing(
    saw_five: Witness, body: str, refused: Answer
) -> None:
    """Its accepted twin is asked for afterwards, of the same witness."""
    before = dict(saw_five.seen)
    answer = saw_five.add_checkpoint(body)

    assert (answer.status, answer.body) == (refused.status, refused.body)
    assert saw_five.seen == before
    assert saw_five.add_checkpoint(submission(5, 7)).status == HTTPStatus.OK


def test_it_remembers_over_a_restart_and_starts_with_no_broken_memory(
    saw_five: Witness, tmp_path: Path
) -> None:
    again = Witness(witness.cosigner(tmp_path), saw_five.logs, saw_five.memory)

    assert again.cosigner.verifier == saw_five.cosigner.verifier
    assert again.add_checkpoint(submission(5, 5, FORK)).status == HTTPStatus.CONFLICT
    saw_five.memory.write_text("{", "utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        Witness(witness.cosigner(tmp_path), saw_five.logs, saw_five.memory)
    witness.forget(tmp_path)
    assert Witness(witness.cosigner(tmp_path), saw_five.logs, saw_five.memory).seen == {}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    listening = witness.server(tmp_path, 0, [LOG.key.verifier.vkey])
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{listening.server_address[1]}"
    listening.shutdown()
    listening.server_close()
    thread.join()


async def test_it_is_asked_over_http_and_its_policy_file_believes_it(
    served: str, tmp_path: Path
) -> None:
    asked_of_nobody = TrustPolicy.parse(witness.write_policy(tmp_path).read_text("utf-8"))
    policy = TrustPolicy.parse(witness.write_policy(tmp_path, 9).read_text("utf-8"))
    async with httpx2.AsyncClient(base_url=served, trust_env=False) as client:
        said = await client.post(f"{PREFIX}/add-checkpoint", content=submission(0, 9).encode())
        nowhere = await client.post("/add-checkpoint", content=submission(0, 9).encode())
        too_long = await client.post(f"{PREFIX}/add-checkpoint", content=b"x" * 70_000)
        no_text = await client.post(f"{PREFIX}/add-checkpoint", content=b"\xff")

    assert [each.url for each in asked_of_nobody.witnesses.values()] == [None]
    assert [each.url for each in policy.witnesses.values()] == [f"http://127.0.0.1:9{PREFIX}"]
    assert policy.open(LOG.checkpoint + said.text, LOG.key.verifier).size == 9
    with pytest.raises(Rejected, match="Not there: demo"):
        policy.open(LOG.checkpoint, LOG.key.verifier)
    assert [nowhere.status_code, too_long.status_code, no_text.status_code] == [404, 400, 400]


ONE, OTHER = (Cosigner(f"witness.example/{name}", Ed25519PrivateKey.generate()) for name in "ab")


def cosigned(document: bytes, line: str) -> bytes:
    """The receipt under the same checkpoint with one line more."""
    members = json.loads(document)
    note = members["checkpoint"]
    changed = {
        "checkpoint": note + line,
        "proof": members["proof"].replace(note, note + line),
    }
    return canonical({**members, **changed})


def text_of(document: bytes) -> str:
    note: str = json.loads(document)["checkpoint"]
    return note.partition("\n\n")[0] + "\n"


KNOWN = (
    f"witness one {ONE.verifier.vkey}\nwitness other {OTHER.verifier.vkey} http://127.0.0.1:9/w\n"
)


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("quorum one\n", True),
        ("quorum other\n", False),
        ("group g any one other\nquorum g\n", True),
        ("group g all one other\nquorum g\n", False),
        ("group g 1 one other\ngroup h all g\nquorum h\n", True),
        ("quorum none\n", True),
    ],
    ids=["there", "missing", "any", "all", "group of groups", "none"],
)
def test_the_strangers_program_asks_for_what_the_policy_asks_for(
    receipt: tuple[bytes, str], policy: str, held: bool
) -> None:
    """And says the same as ours."""
    document, vkey = receipt
    told = cosigned(document, ONE.line(text_of(document), at=AT))
    content = KNOWN + policy
    if held:
        said = stranger_verifies(told, vkey.encode(), content.encode())
        assert said.endswith("is number 5 of 7, cosigned by one")
        assert verify_receipt(told, vkey, policy=TrustPolicy.parse(content)).index == 5
        return
    with pytest.raises(SystemExit, match="the witnesses that the policy asks for did not cosign"):
        stranger_verifies(told, vkey.encode(), content.encode())
    with pytest.raises(Rejected, match="Not there"):
        verify_receipt(told, vkey, policy=TrustPolicy.parse(content))


def test_a_cosignature_of_something_else_is_none(receipt: tuple[bytes, str]) -> None:
    document, vkey = receipt
    of_another = cosigned(document, ONE.line(text_of(document).replace("\n7\n", "\n8\n"), at=AT))
    policy = (KNOWN + "quorum one\n").encode()

    with pytest.raises(SystemExit, match="a signature on the checkpoint is wrong"):
        stranger_verifies(of_another, vkey.encode(), policy)
    assert "number 5 of 7" in stranger_verifies(of_another, vkey.encode())


@pytest.mark.parametrize(
    "policy", ["", "quorum nobody\n", "witness x\nquorum none\n", "quorum none\nsomething else\n"]
)
def test_a_policy_that_is_none_verifies_nothing(receipt: tuple[bytes, str], policy: str) -> None:
    document, vkey = receipt

    assert stranger_verifies(document, vkey.encode(), b"quorum none\n")
    with pytest.raises(SystemExit, match="NOT VERIFIED"):
        stranger_verifies(document, vkey.encode(), policy.encode())
