"""How `klarfall redact` ends: where nobody reads, where nothing can be written or begun."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.redaction.kinds import Kind
from app.web.cli import program
from app.web.commands import batch
from tests.fixtures import ROOT

RUN = CliRunner()
COMMAND = f"{sys.executable} -m app.web.cli redact --mode fast"
RECOGNISER = "recognizers: [{{name: quitte, patterns: [{{name: q, regex: q, score: 0.5}}], {}}}]"
NAMED = '{"id": 1, "text": "Ich heiße Sabine Okafor."}\n'


def shell(line: str, given: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/bash", "-c", line],
        cwd=ROOT,
        input=given.encode(),
        capture_output=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""} | environment,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"PYTHONIOENCODING": "cp1252"}, id="windows"),
        pytest.param(
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="no locale"
        ),
    ],
)
def test_the_output_is_utf_8_whatever_the_locale_is(environment: dict[str, str]) -> None:
    done = shell(COMMAND, NAMED, **environment)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["text"] == "Ich heiße ⟦PERSON-1⟧."


@pytest.mark.parametrize(
    ("redirected", "said"),
    [
        pytest.param(">&-", "There is no standard output to write to.", id="no output"),
        pytest.param("<&-", "There is no standard input to read.", id="no input"),
        pytest.param("> /dev/full", "The output could not be written (OSError).", id="a full disk"),
        pytest.param("/", "The input could not be read (IsADirectoryError).", id="a folder"),
        pytest.param("--lang xx 2>&-", "", id="nobody to tell"),
    ],
)
def test_what_breaks_off_ends_with_2_and_a_sentence_of_what_it_was(
    redirected: str, said: str
) -> None:
    done = shell(f"{COMMAND} {redirected}", NAMED)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == said.splitlines()


@pytest.mark.parametrize("form", ["ndjson", "text"])
def test_a_pipe_that_nobody_reads_ends_it_without_a_word(form: str) -> None:
    reader = f"{sys.executable} -c pass"
    line = f"(sleep 1; cat) | {COMMAND} --format {form} | {reader}; exit ${{PIPESTATUS[1]}}"

    done = shell(line, NAMED * 3)

    assert (done.returncode, done.stdout, done.stderr) == (141, b"", b"")


@pytest.mark.parametrize("option", ["--engine", "--recognisers"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"a: [quitte\nb: }", id="no YAML"),
        pytest.param(b"Liebe Frau quitte,\n\nanbei", id="a letter"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b"quitte: \xff", id="no UTF-8"),
        pytest.param(b"quitte: 1", id="something else"),
        pytest.param(b"models: 5\nrecognizers: 5", id="numbers"),
        pytest.param(b"models: [quitte]\nrecognizers: [{quitte: 1}]", id="lists"),
        pytest.param(b"models: [{model_name: quitte, lang_code: de}]", id="no such model"),
        pytest.param(b"models: []\nrecognizers: [{name: quitte, patterns: 5}]", id="no language"),
    ],
)
def test_a_file_of_the_sites_that_cannot_be_used_is_a_sentence_that_quotes_nothing(
    option: str, content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(content)

    done = RUN.invoke(program, ["redact", option, str(file)], input="Hallo")

    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(r"(The|A|Presidio) .*(engine|recogni[sz]ers|YAML|model).*\.\n", done.stderr)
    assert "quitte" not in done.stderr
    assert "Error" not in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "supported_languages: [de]\n"
            + RECOGNISER.format("supported_languages: [{language: de}], supported_entity: QUITTE"),
            "An entity is no kind of personal data known here.\n",
        ),
        (
            RECOGNISER.format("supported_languages: [{language: fr}], supported_entity: PERSON"),
            "Presidio cannot make recognisers of the recognisers' file.\n",
        ),
    ],
)
def test_recognisers_that_fit_nothing_of_ours_are_refused(
    content: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(content)

    done = RUN.invoke(program, ["redact", "--recognisers", str(file)], input="Hallo")

    assert (done.exit_code, done.stdout, done.stderr) == (2, "", said)


def test_recognisers_that_are_not_there_are_not_presidios_own() -> None:
    done = RUN.invoke(program, ["redact", "--recognisers", "/nowhere/at/all"], input="Hallo")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "The engine or the recognisers could not be read (FileNotFoundError).\n"


def test_the_help_tells_the_exit_codes_the_languages_and_where_the_kinds_are() -> None:
    told = " ".join(RUN.invoke(program, ["redact", "--help"]).stdout.split())

    assert f"take {', '.join(batch.SPOKEN)}." in told
    assert 'What stands in "id" is written as it is' in told
    assert "docs/redaction.md lists the kinds" in told
    assert re.search(r"exit code is 0 when .* 1 when .* 2 when ", told)
    assert "NDJSON what begins with" in told


def test_the_kinds_are_listed_where_the_help_says() -> None:
    (listed,) = re.findall(
        r"`known` takes these kinds: (.*)\.", (ROOT / "docs" / "redaction.md").read_text("utf-8")
    )

    assert listed.split(", ") == [f"`{kind}`" for kind in Kind]
