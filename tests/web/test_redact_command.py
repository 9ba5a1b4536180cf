"""`klarfall redact`: text and NDJSON in, the same without personal data out."""

import io
import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.redaction.finder import Detector, PresidioDetector
from app.redaction.names.modes import Mode
from app.web.cli import program
from app.web.commands import batch, redaction
from tests.fixtures import ROOT

RUN = CliRunner()
IBAN = "DE02 1203 0000 0000 2020 51"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return PresidioDetector(Mode.RECALL)


@dataclass
class Heard:
    """What a run wrote, said, and how far it said to be."""

    out: str = ""
    said: list[str] = field(default_factory=list)
    moved: int = 0
    left_out: int = 0

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


def heard(detector: Detector, given: bytes, *, form: str = "auto", spoken: str = "de") -> Heard:
    found = Heard()

    def out(text: str) -> None:
        found.out += text

    def moved(size: int) -> None:
        found.moved += size

    found.left_out = batch.run(
        io.BytesIO(given),
        form=form,
        spoken=spoken,
        detector=detector,
        to=batch.Channels(out=out, said=found.said.append, moved=moved),
    )
    return found


def line(text: str, **more: object) -> bytes:
    return json.dumps({"id": "a", "text": text, **more}, ensure_ascii=False).encode() + b"\n"


def command(*arguments: str, given: bytes = b"") -> Result:
    return RUN.invoke(program, ["redact", *arguments], input=given)


class TestObjects:
    def test_spans_are_offsets_into_the_text_as_it_was(self, detector: Detector) -> None:
        text = f"Ich heiße Sabine Okafor, meine IBAN ist {IBAN}."

        (told,) = heard(detector, line(text)).objects

        assert told["id"] == "a"
        assert told["text"] == "Ich heiße ⟦PERSON-1⟧, meine IBAN ist ⟦IBAN-1⟧."
        spans = told["spans"]
        assert isinstance(spans, list)
        assert [(text[s["start"] : s["end"]], s["kind"]) for s in spans] == [
            ("Sabine Okafor", "PERSON"),
            (IBAN, "IBAN"),
        ]

    def test_offsets_hold_behind_what_looked_like_a_token_of_ours(self, detector: Detector) -> None:
        text = f"⟦PERSON-7⟧ und [PERSON-1] und 👩‍👧 Ihre IBAN: {IBAN}"

        (told,) = heard(detector, line(text)).objects

        spans = told["spans"]
        assert isinstance(spans, list)
        assert [text[s["start"] : s["end"]] for s in spans][-1] == IBAN
        assert "⟦PERSON-7⟧" not in str(told["text"])
        assert "[PERSON-1]" not in str(told["text"])

    def test_known_values_are_masked_in_their_own_line_alone(self, detector: Detector) -> None:
        text = "Die Quitte ist reif."
        given = line(text, known={"PERSON": ["Mia Quitte"]}) + line(text)

        first, second = heard(detector, given).objects

        assert first["text"] == "Die ⟦PERSON-1⟧ ist reif."
        assert second["text"] == text

    def test_a_line_may_name_its_language(self, detector: Detector) -> None:
        found = heard(detector, line("My name is Olu Adeyemi.", lang="en-GB"))

        assert found.objects[0]["text"] == "My name is ⟦PERSON-1⟧."

    def test_each_line_counts_its_own_people(self, detector: Detector) -> None:
        given = line("Ich heiße Sabine Okafor.") + line("Ich heiße Tomasz Nowak.")

        assert [told["text"] for told in heard(detector, given).objects] == [
            "Ich heiße ⟦PERSON-1⟧.",
            "Ich heiße ⟦PERSON-1⟧.",
        ]

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            pytest.param(b'{"id": 1, "text": "Quittengelee"', "not JSON", id="cut off"),
            pytest.param(b'["Quittengelee"]', "not an object", id="a list"),
            pytest.param(b'{"id": 1}', "no `text`", id="no text"),
            pytest.param(b'{"text": "Quittengelee"}', "no `id`", id="no id"),
            pytest.param(b'{"id": 1, "text": 7}', "`text`", id="a number"),
            pytest.param(b'{"id": 1, "text": "Quittengelee", "note": ""}', "none of id", id="more"),
            pytest.param(b'{"id": 1, "text": "\\ud800"}', "half a char", id="half a character"),
            pytest.param(b'{"id": 1, "text": "Quittengelee\xff"}', "UTF-8", id="bytes"),
            pytest.param(line("Quittengelee", lang="xx").strip(), "language", id="language"),
            pytest.param(line("x", known={"QUITTENGELEE": []}).strip(), "kind", id="kind"),
            pytest.param(line("Quitte " * 20_000).strip(), "100,000", id="too long"),
        ],
    )
    def test_a_bad_line_is_named_by_its_number_and_all_others_are_done(
        self, detector: Detector, bad: bytes, reason: str
    ) -> None:
        given = line("Ich heiße Sabine Okafor.") + b"\n" + bad + b"\n" + line("Danke.")

        found = heard(detector, given)

        assert [told["text"] for told in found.objects] == ["Ich heiße ⟦PERSON-1⟧.", "Danke."]
        assert found.left_out == 1
        (sentence,) = found.said
        assert sentence.startswith("Line 3 ")
        assert reason in sentence
        assert "Quitte" not in sentence
        assert found.moved == len(given)

    def test_a_detector_that_fails_lets_nothing_of_the_line_out(self) -> None:
        class Broken:
            def detect(self, text: str, language: object) -> list[object]:
                raise RuntimeError(text)

        found = heard(Broken(), line("Quittengelee"))  # type: ignore[arg-type]  # it finds nothing

        assert (found.out, found.left_out) == ("", 1)
        assert "Quitte" not in found.said[0]


class TestText:
    def test_what_is_no_object_is_text_and_stays_as_it_is_but_for_what_is_masked(
        self, detector: Detector
    ) -> None:
        given = f"Guten Tag,\r\n\r\nmeine IBAN: {IBAN}.\nIch heiße Sabine Okafor.\n\nGruß, Okafor\n"

        found = heard(detector, given.encode())

        assert found.out == (
            "Guten Tag,\r\n\r\nmeine IBAN: ⟦IBAN-1⟧.\nIch heiße ⟦PERSON-1⟧.\n\nGruß, ⟦PERSON-1⟧\n"
        )
        assert found.left_out == 0

    def test_ndjson_is_taken_for_text_when_that_is_asked_for(self, detector: Detector) -> None:
        assert heard(detector, b'{"id": 1, "text": "x"}', form="text").out.startswith('{"id"')

    def test_a_name_that_a_later_block_tells_is_masked_in_the_first(
        self, detector: Detector
    ) -> None:
        filler = "Das ist ein Satz über die Miete.\n" * 700
        given = f"Die Nachbarin Quitterich war da.\n{filler}\nIch heiße Mia Quitterich.\n"

        found = heard(detector, given.encode())

        assert len(given) > batch.BLOCK
        assert "Quitterich" not in found.out
        assert found.moved == len(given.encode())

    def test_a_line_that_is_not_utf_8_is_left_out(self, detector: Detector) -> None:
        found = heard(detector, b"Guten Tag\nQuitte\xff\nDanke\n")

        assert found.out == "Guten Tag\nDanke\n"
        assert found.said == ["Line 2 is not UTF-8. It is left out.\n"]

    def test_a_part_too_long_for_anybody_is_left_out(self, detector: Detector) -> None:
        found = heard(detector, b"Hallo\n" + b"Quitte " * 20_000 + b"\nDanke\n")

        assert found.out == "Hallo\nDanke\n"
        assert found.left_out == 1


class TestCommand:
    def test_a_file_of_objects_goes_through_without_a_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("KLARFALL_DATABASE_URL", raising=False)
        texts = tmp_path / "texts.ndjson"
        texts.write_bytes(line("Ich heiße Sabine Okafor.") + b"{}\n")

        done = command(str(texts), "--mode", "fast")

        assert done.exit_code == 1
        assert json.loads(done.stdout)["text"] == "Ich heiße ⟦PERSON-1⟧."
        assert "Line 2 " in done.stderr
        assert "Lines left out: 1." in done.stderr
        assert "%" not in done.stderr

    def test_text_from_standard_input_ends_with_0(self) -> None:
        done = command("--lang", "en", given=b"My name is Olu Adeyemi.\n")

        assert (done.exit_code, done.stdout) == (0, "My name is ⟦PERSON-1⟧.\n")
        assert done.stderr == ""

    @pytest.mark.parametrize(
        "arguments",
        [
            pytest.param(("/nowhere/at/all",), id="no such file"),
            pytest.param(("--lang", "xx"), id="no such language"),
            pytest.param(("--mode", "magic"), id="no such mode"),
            pytest.param(("--format", "pdf"), id="no such format"),
            pytest.param(("--engine", "/nowhere/at/all"), id="no such engine"),
        ],
    )
    def test_what_cannot_be_begun_ends_with_2_and_a_sentence(
        self, arguments: tuple[str, ...]
    ) -> None:
        done = command(*arguments)

        assert (done.exit_code, done.stdout) == (2, "")
        assert len(done.stderr) > 20


def test_a_bar_is_for_a_terminal_and_never_in_the_output(tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("Das ist ein Satz über die Miete.\n\n" * (redaction.WORTH_A_BAR // 32))
    arguments = [sys.executable, "-m", "app.web.cli", "redact", str(texts), "--mode", "fast"]
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as seen:
        watched = subprocess.run(
            arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, check=False
        )
        os.close(theirs)
        shown = seen.read(65_536)

    assert watched.returncode == 0
    assert watched.stdout == texts.read_bytes()
    assert b"100%" in shown
    assert watched.stdout != shown


@pytest.mark.parametrize("size", [1, redaction.WORTH_A_BAR + 1])
def test_without_a_terminal_there_is_no_bar(
    size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_bytes(b"x" * size)

    with redaction.bar(texts) as moved:
        moved(size)

    assert capsys.readouterr() == ("", "")


def test_the_recognisers_a_site_adds_to_the_service_are_the_commands_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = tmp_path / "recognisers.yaml"
    added.write_text(
        "supported_languages: [de, en]\n"
        "global_regex_flags: 26\n"
        "recognizers:\n"
        "  - name: quittengelee\n"
        "    type: custom\n"
        "    supported_entity: FILENUMBER\n"
        "    supported_languages: [{language: de}]\n"
        "    patterns: [{name: quittengelee, regex: 'quitte-\\d+', score: 0.9}]\n"
    )
    without = command("--mode", "fast", given=b"Bitte siehe dazu quitte-17.\n")
    monkeypatch.setenv("KLARFALL_REDACTION_RECOGNISERS", str(added))

    done = command("--mode", "fast", given=b"Bitte siehe dazu quitte-17.\n")

    assert "FILENUMBER" not in without.stdout
    assert "⟦FILENUMBER-1⟧" in done.stdout
