"""Whose cosignatures a policy asks for, and what it says when they are not there."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.cosignatures import Cosigner, WitnessKey, cosigned_at
from app.audit.notes import VerifierKey
from app.audit.quorum import TrustPolicy
from app.audit.rejection import Rejected
from app.audit.verification import verify_log, verify_receipt
from tests.audit.conftest import a_leaf, memory_log, signing_key

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LOG = memory_log([a_leaf().encode() for _ in range(3)])
NOTE = LOG.checkpoint
TEXT = NOTE.partition("\n\n")[0] + "\n"
WITNESSES = {
    name: Cosigner(f"witness.example/{name}", Ed25519PrivateKey.generate()) for name in "abcde"
}


def vkey(name: str) -> str:
    return WITNESSES[name].verifier.vkey


def cosigned(*names: str, note: str = NOTE) -> str:
    return note + "".join(WITNESSES[name].line(TEXT, at=AT) for name in names)


def policy(*lines: str) -> TrustPolicy:
    known = [f"log {LOG.key.verifier.vkey}", *(f"witness {name} {vkey(name)}" for name in "abcde")]
    return TrustPolicy.parse("\n".join([*known, *lines, ""]))


TWO_LEVELS = (
    "group theirs 2 a b c",
    "group ours any d e",
    "group both all theirs ours",
    "quorum both",
)


class TestCosignatures:
    def test_one_says_when_it_was_made(self) -> None:
        assert cosigned_at(cosigned("a"), WITNESSES["a"].verifier) == AT
        assert cosigned_at(cosigned("b"), WITNESSES["a"].verifier) is None
        assert cosigned_at(NOTE, WITNESSES["a"].verifier) is None

    def test_the_newest_of_several_of_one_witness_counts(self) -> None:
        later = AT.replace(hour=12)
        note = cosigned("a") + WITNESSES["a"].line(TEXT, at=later)

        assert cosigned_at(note, WITNESSES["a"].verifier) == later

    def test_one_of_another_checkpoint_or_time_rejects_the_note(self) -> None:
        line = WITNESSES["a"].line(TEXT.replace("\n3\n", "\n4\n"), at=AT)
        with pytest.raises(Rejected, match="signature"):
            cosigned_at(NOTE + line, WITNESSES["a"].verifier)
        moved = with_time(WITNESSES["a"].line(TEXT, at=AT), AT.replace(hour=11))
        with pytest.raises(Rejected, match="signature"):
            cosigned_at(NOTE + moved, WITNESSES["a"].verifier)

    def test_one_without_a_time_is_none(self) -> None:
        short = with_time(WITNESSES["a"].line(TEXT, at=AT), None)
        with pytest.raises(Rejected, match="long"):
            cosigned_at(NOTE + short, WITNESSES["a"].verifier)

    def test_a_key_of_a_log_is_none_of_a_witness_and_the_other_way_round(self) -> None:
        assert WitnessKey.parse(vkey("a")).public == WITNESSES["a"].verifier.public
        with pytest.raises(Rejected):
            WitnessKey.parse(LOG.key.verifier.vkey)
        with pytest.raises(Rejected):
            VerifierKey.parse(vkey("a"))

    def test_the_example_of_the_specification_has_the_form_we_read(self) -> None:
        """c2sp.org/tlog-cosignature: its witness line is time and signature behind four bytes."""
        from base64 import b64decode  # noqa: PLC0415 - only here

        encoded = (
            "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5"
            "nNo0xUe+mbIUBkBIfZ+qnA=="
        )
        data = b64decode(encoded)

        assert len(data) == 4 + 8 + 64
        assert int.from_bytes(data[4:12]) == 1679315147


def with_time(line: str, at: datetime | None) -> str:
    from base64 import b64decode, b64encode  # noqa: PLC0415 - only here

    head, _, encoded = line.strip().rpartition(" ")
    data = b64decode(encoded)
    time = b"" if at is None else int(at.timestamp()).to_bytes(8)
    return f"{head} {b64encode(data[:4] + time + data[12:]).decode()}\n"


class TestQuorum:
    @pytest.mark.parametrize("names", ["abd", "abcde", "bce", "acd"])
    def test_one_that_is_met_opens_the_checkpoint(self, names: str) -> None:
        assert policy(*TWO_LEVELS).open(cosigned(*names)).size == 3

    @pytest.mark.parametrize(
        ("names", "missing"),
        [("", "a, b, c, d, e"), ("ad", "b, c, e"), ("abc", "d, e"), ("de", "a, b, c")],
    )
    def test_one_that_is_not_says_who_is_missing(self, names: str, missing: str) -> None:
        with pytest.raises(Rejected, match=f"Not there: {missing}"):
            policy(*TWO_LEVELS).open(cosigned(*names))

    def test_one_witness_twice_is_one_witness(self) -> None:
        with pytest.raises(Rejected, match="Not there: b"):
            policy("group g 2 a b", "quorum g").open(cosigned("a", "a"))

    def test_none_asks_for_the_logs_signature_alone(self) -> None:
        assert policy("quorum none").open(NOTE).size == 3
        with pytest.raises(Rejected):
            policy("quorum none").open(signing_key(LOG.key.name).sign(TEXT))

    def test_a_log_that_the_policy_does_not_know_is_not_believed(self) -> None:
        other = memory_log(LOG.entries, signing_key("other.example/log"))
        with pytest.raises(Rejected, match="does not know"):
            policy("quorum none").open(other.checkpoint)
        with pytest.raises(Rejected, match="does not know"):
            policy("quorum none").open(other.checkpoint, other.key.verifier)

    def test_a_policy_without_logs_takes_the_one_that_is_known_from_elsewhere(self) -> None:
        alone = TrustPolicy.parse(f"witness a {vkey('a')}\nquorum a\n")

        assert alone.open(cosigned("a"), LOG.key.verifier).size == 3
        with pytest.raises(Rejected):
            alone.open(cosigned("a"))

    def test_a_true_cosignature_does_not_make_up_for_a_wrong_signature_of_the_log(self) -> None:
        forged = signing_key(LOG.key.name).sign(TEXT)
        with pytest.raises(Rejected):
            policy("quorum a").open(cosigned("a", note=forged))


class TestPolicyFiles:
    def test_comments_spaces_and_addresses_are_read_over(self) -> None:
        read = TrustPolicy.parse(
            f"# Wer zählt\n\n  witness\tw  {vkey('a')} https://w.example/ \nquorum w\n"
        )

        assert read.witnesses["w"].url == "https://w.example/"
        assert read.quorum == "w"

    @pytest.mark.parametrize(
        "lines",
        [
            ["quorum a", "quorum b"],
            ["quorum x"],
            ["group g 0 a", "quorum g"],
            ["group g 3 a b", "quorum g"],
            ["group g 02 a b", "quorum g"],
            ["group g all", "quorum g"],
            ["group g any a a", "quorum g"],
            ["group g any a", "group h any a", "quorum h"],
            ["group g any h", "group h any a", "quorum g"],
            ["group none any a", "quorum none"],
            ["group g any none", "quorum g"],
            ["group a any b", "quorum a"],
            ["witness a2 SAME", "quorum a2"],
            ["log LOG", "quorum none"],
            ["witness l LOG", "quorum l"],
            ["witnes a", "quorum a"],
            ["witness f", "quorum a"],
            ["quorum a b"],
            [],
        ],
        ids=lambda lines: "; ".join(lines) or "no quorum",
    )
    def test_what_does_not_fit_is_refused_whole(self, lines: list[str]) -> None:
        """Its twin, the same witnesses with `quorum a`, is read."""
        filled = [
            line.replace("SAME", vkey("a")).replace("LOG", LOG.key.verifier.vkey) for line in lines
        ]

        assert policy("quorum a").quorum == "a"
        with pytest.raises(Rejected, match="policy file"):
            policy(*filled)

    @pytest.mark.parametrize("text", ["", "quorum none", "quorum none\r\n", "quorum\x00 none\n"])
    def test_what_is_no_text_of_lines_is_refused(self, text: str) -> None:
        assert TrustPolicy.parse("quorum none\n").quorum == "none"
        with pytest.raises(Rejected):
            TrustPolicy.parse(text)


class TestVerifying:
    def test_a_log_is_verified_with_what_a_policy_asks_for(self) -> None:
        files = {**LOG.files(), "checkpoint": cosigned("a").encode()}

        assert verify_log(files.__getitem__, policy=policy("quorum a")).size == 3
        with pytest.raises(Rejected, match="Not there: b"):
            verify_log(files.__getitem__, policy=policy("quorum b"))

    def test_a_checkpoint_kept_before_needs_no_witness_then(self) -> None:
        files = {**LOG.files(), "checkpoint": cosigned("a").encode()}
        kept = memory_log(LOG.entries[:2], LOG.key).checkpoint.encode()

        assert verify_log(files.__getitem__, policy=policy("quorum a"), earlier=kept).size == 3

    def test_neither_key_nor_policy_verifies_nothing(self) -> None:
        with pytest.raises(Rejected, match="neither"):
            verify_log(LOG.files().__getitem__)

    def test_a_receipt_is_verified_with_what_a_policy_asks_for(
        self, receipt: tuple[bytes, str]
    ) -> None:
        """The same receipt without the policy is verified: what it lacks is the witness."""
        document, log = receipt
        asked = TrustPolicy.parse(f"log {log}\nwitness a {vkey('a')}\nquorum a\n")

        assert verify_receipt(document, log).index == 5
        assert verify_receipt(document, policy=asked.without_quorum()).index == 5
        with pytest.raises(Rejected, match="Not there: a"):
            verify_receipt(document, policy=asked)
