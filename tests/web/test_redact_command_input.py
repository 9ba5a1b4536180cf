"""What `klarfall redact` takes its input for, and what it says of a line that is none."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from app.web.cli import program
from tests.fixtures import ROOT

RUN = CliRunner()
GOOD = '{"id": 2, "text": "Ich hei\\u00dfe Sabine Okafor."}\n'
MASKED = "Ich heiße ⟦PERSON-1⟧."
MARK = "\ufeff"


def redact(given: str | bytes, *arguments: str) -> Result:
    return RUN.invoke(program, ["redact", "--mode", "fast", *arguments], input=given)


def texts(done: Result) -> list[str]:
    return [json.loads(line)["text"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("before", ["", "\n \n  ", MARK])
def test_a_damaged_first_object_leaves_the_others_ndjson(before: str) -> None:
    done = redact(before + '{"id": 1, "text": "Quitte"\n' + GOOD)

    assert (done.exit_code, texts(done)) == (1, [MASKED])
    assert "is not JSON" in done.stderr
    assert "Quitte" not in done.stderr


@pytest.mark.parametrize("array", ["[{}]", ' [ {"id": 1}]', "\n[\n\n  {\n}]", MARK + "[{", "[\n{"])
def test_an_array_of_objects_is_nothing_until_somebody_says_what(array: str) -> None:
    done = redact(array)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--format" in done.stderr


@pytest.mark.parametrize("text", ["[Stempel] Guten Tag\n", "[\nStempel]\n", "[", "[]\n", "\n\n"])
def test_a_text_may_begin_with_a_bracket_or_with_nothing(text: str) -> None:
    done = redact(text)

    assert (done.exit_code, done.stdout, done.stderr) == (0, text, "")


@pytest.mark.parametrize("first", ["# Quitte\n", "Guten Tag\n" * 3_000, "7\n", '["Quitte"]\n'])
@pytest.mark.parametrize("later", [GOOD, " " + GOOD, MARK + GOOD, '{ "id": 1'])
def test_an_object_behind_what_is_none_is_neither_text_nor_ndjson_until_somebody_says(
    first: str, later: str
) -> None:
    done = redact(first + later)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--format" in done.stderr
    assert "Quitte" not in done.stderr


def test_a_comment_before_objects_is_a_bad_line_or_text_when_somebody_says_so() -> None:
    given = "# Vermerk\n" + GOOD

    assert texts(redact(given, "--format", "ndjson")) == [MASKED]
    assert redact(given, "--format", "text").stdout.startswith("# Vermerk\n{")


def test_a_mark_before_the_first_character_is_no_part_of_it() -> None:
    objects = redact(MARK + GOOD)
    told = redact(MARK + "Ich heiße Sabine Okafor.")

    assert (objects.exit_code, texts(objects)) == (0, [MASKED])
    assert json.loads(objects.stdout)["spans"] == [{"start": 10, "end": 23, "kind": "PERSON"}]
    assert (told.exit_code, told.stdout) == (0, MASKED)


@pytest.mark.parametrize("form", ["auto", "text", "ndjson"])
def test_utf_16_is_refused_as_a_whole(form: str) -> None:
    done = redact("Ich heiße Sabine\nOkafor\n".encode("utf-16"), "--format", form)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "UTF-16" in done.stderr


@pytest.mark.parametrize("form", ["auto", "ndjson", "text"])
@pytest.mark.parametrize("many", ["[", '{"a":'])
def test_what_is_nested_without_end_is_a_bad_line(many: str, form: str) -> None:
    done = redact(many * 200_000, "--format", form)

    assert (done.exit_code, done.stdout) == (1, "")
    assert "Line 1 " in done.stderr


def test_a_bad_line_is_told_what_is_wrong_and_nothing_of_what_it_says() -> None:
    told = {
        '{"id": 1, "text": "x", "text": "Quitte"}': "has `text` twice in one object",
        '{"id": 1, "text": "Q", "Quitte": 1, "Quitte": 2}': "has a name twice in one object",
        '{"id": 1, "text": "Q", "known": {"PERSON": ["Q"], "PERSON": []}}': "has a name twice",
        '{"id": 1, "text": "x", "known": ["Quitte"]}': "not an object of lists of texts",
        '{"id": 1, "text": "x", "known": {"PERSON": "Quitte"}}': "not an object of lists of texts",
        '{"id": 1, "text": "x", "known": {"Quitte": []}}': "a kind of known value",
        '{"id": 1, "text": "x", "known": null}': "not an object of lists of texts",
        '{"id": 1.5, "text": "Quitte"}': "`id` that is neither a text nor a whole number",
        '{"id": true, "text": "Quitte"}': "`id` that is neither a text nor a whole number",
        f'{{"id": "{"Quitte" * 200}", "text": ""}}': "more than 1,000 characters in `id`",
        f'{{"id": 1, "text": "{"Quitte" * 20_000}"}}': "more than 100,000 characters in `text`",
        '{"id": 1, "text": "x", "lang": 7}': "`lang` that is not a text",
        '{"id": 1, "text": "x", "lang": "Quitte"}': "none of de, en, tr",
        '{"id": 1, "text": "Quitte", "x": "\\ud800"}': "half a character",
        '{"id": 1, "text": "Quitte", "\\ud800": 1}': "half a character",
        '{"id": 1, "text": "Quitte", "x": 1}': "none of id, text, lang, known",
        '"Quitte"': "is JSON, but not an object",
        "Quitte": "is not JSON",
        f'{{"id": {"7" * 5_000}, "text": "Quitte"}}': "is not JSON",
    }

    done = redact("\n".join(told), "--format", "ndjson")

    said = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (1, "")
    for number, (sentence, reason) in enumerate(zip(said, told.values(), strict=False), start=1):
        assert sentence.startswith(f"Line {number} ")
        assert reason in sentence
    assert len(said) == len(told) + 1
    assert "Quitte" not in done.stderr


def test_a_line_of_text_that_is_too_long_is_told_the_limit() -> None:
    done = redact("Hallo\n" + "Quitte " * 20_000)

    assert (done.exit_code, done.stdout) == (1, "Hallo\n")
    assert "Line 2 has more than 100,000 characters." in done.stderr


def test_two_spellings_of_a_kind_are_lists_of_different_people() -> None:
    known = {"PERSON": ["Mia Quitte"], "person": ["Ed Birne"]}

    done = redact(json.dumps({"id": 1, "text": "Die Quitte und die Birne", "known": known}))

    assert texts(done) == ["Die ⟦PERSON-1⟧ und die ⟦PERSON-2⟧"]


def test_an_object_is_written_before_the_next_one_comes() -> None:
    arguments = [sys.executable, "-m", "app.web.cli", "redact", "--mode", "fast"]
    buffering = os.environ | {"PYTHONUNBUFFERED": ""}
    with subprocess.Popen(
        arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=buffering
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"\n" + GOOD.encode())
        running.stdin.flush()
        first = json.loads(running.stdout.readline())
        running.stdin.close()

        assert first["text"] == MASKED
        assert running.wait() == 0
