"""Notes and checkpoints, against a note that somebody else signed."""

from base64 import b64encode

import pytest

from app.audit.notes import (
    Checkpoint,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    open_note,
    unbase64,
)
from app.audit.rejection import Rejected
from tests.audit.conftest import signing_key

# From the tests of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ROOT = bytes(range(32))


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return signing_key()


@pytest.fixture(scope="module")
def note(key: SigningKey) -> str:
    return key.sign(Checkpoint(key.name, 7, ROOT).text)


def rejected(note: str, key: VerifierKey) -> bool:
    try:
        open_checkpoint(note, key)
    except Rejected:
        return True
    return False


class TestWhatOthersWrite:
    def test_a_note_signed_by_go_opens(self) -> None:
        assert open_note(GO_NOTE, VerifierKey.parse(GO_KEY)) == GO_TEXT

    def test_a_key_is_written_as_go_writes_it(self) -> None:
        assert VerifierKey.parse(GO_KEY + "\n").vkey == GO_KEY

    def test_signatures_of_witnesses_are_passed_over(self, key: SigningKey, note: str) -> None:
        witness = signing_key("witness.example")
        cosigned = note + witness.sign("unrelated\n").split("\n\n")[1]

        assert open_checkpoint(cosigned, key.verifier).size == 7


class TestCheckpoint:
    def test_it_says_origin_size_and_root(self, key: SigningKey, note: str) -> None:
        assert open_checkpoint(note, key.verifier) == Checkpoint(key.name, 7, ROOT)

    def test_every_flipped_bit_is_noticed(self, key: SigningKey, note: str) -> None:
        data = note.encode()
        accepted = []
        for at in range(len(data)):
            for bit in range(8):
                altered = bytearray(data)
                altered[at] ^= 1 << bit
                try:
                    text = bytes(altered).decode()
                except UnicodeDecodeError:
                    continue
                if not rejected(text, key.verifier):
                    accepted.append((at, bit))

        assert accepted == []

    def test_every_cut_and_every_addition_is_noticed(self, key: SigningKey, note: str) -> None:
        assert all(rejected(note[:at], key.verifier) for at in range(len(note)))
        assert rejected(note + "\n", key.verifier)
        assert rejected(note + "— \n", key.verifier)
        assert rejected("\n" + note, key.verifier)
        assert rejected(note.replace("\n", "\r\n"), key.verifier)
        assert rejected(note + "x" * 70_000, key.verifier)

    @pytest.mark.parametrize(
        "text",
        [
            "{name}\n07\n{root}\n",
            "{name}\n-7\n{root}\n",
            "{name}\n٧\n{root}\n",
            "{name}\n" + "7" * 30 + "\n{root}\n",
            "{name}\n7\n{root}\nextension\n",
            "{name}\n7\n{short}\n",
            "{name}\n7\n",
            "{name}\n7\n{root}",
        ],
    )
    def test_a_signed_text_that_is_no_checkpoint_is_rejected(
        self, key: SigningKey, text: str
    ) -> None:
        filled = text.format(
            name=key.name, root=b64encode(ROOT).decode(), short=b64encode(ROOT[:31]).decode()
        )

        assert rejected(key.sign(filled), key.verifier)

    def test_a_checkpoint_of_another_log_is_rejected(self, key: SigningKey) -> None:
        assert rejected(key.sign(Checkpoint("other.example", 7, ROOT).text), key.verifier)

    def test_a_key_of_the_same_name_is_not_the_same_key(self, note: str, key: SigningKey) -> None:
        assert rejected(note, signing_key(key.name).verifier)

    def test_one_wrong_signature_of_the_key_spoils_the_note(
        self, key: SigningKey, note: str
    ) -> None:
        wrong = key.sign("something else\n").split("\n\n")[1]

        assert rejected(note + wrong, key.verifier)
        assert rejected(
            note + f"— {key.name} {b64encode(key.verifier.id).decode()}\n", key.verifier
        )


class TestKey:
    @pytest.mark.parametrize(
        "vkey",
        [
            "",
            "name",
            GO_KEY.replace("PeterNeumann", "Peter"),
            GO_KEY.replace("c74f20a3", "c74f20a4"),
            GO_KEY.replace("+ARpc", "+BBpc"),
            GO_KEY[:-4],
            GO_KEY.replace("PeterNeumann", ""),
            GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        ],
    )
    def test_one_that_contradicts_itself_is_rejected(self, vkey: str) -> None:
        with pytest.raises(Rejected):
            VerifierKey.parse(vkey)

    def test_base64_has_one_spelling(self) -> None:
        assert unbase64("YQ==") == b"a"
        for other in ("YR==", "YQ", "Y Q==", "YQ==\n", "Y-=="):
            with pytest.raises(Rejected):
                unbase64(other)
