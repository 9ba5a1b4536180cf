"""Raw bytes at a real socket: requests that could be read in two ways, and ones that never end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web import edge, wire
from app.web.edge import SECURITY_HEADERS
from app.web.wire import unambiguous
from tests.security.wires import HEAD, told

MARKER = "zqmarkerqvxkwj"
QUESTION = json.dumps({"tenant": "bergstrasse", "question": "Wie hoch ist der Regelbedarf?"})
BODY = QUESTION.encode()
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /v1/questions HTTP/1.1\r\n" + HEAD + JSON
# What an attacker hopes somebody takes for the next person's request.
SMUGGLED = b"GET /healthz?" + MARKER.encode() + b" HTTP/1.1\r\n" + HEAD + b"\r\n"
LENGTH = b"Content-Length: %d\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n"
IN_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CLOSE = b"Connection: close\r\n"


def by_length(body: bytes = BODY, more: bytes = b"") -> bytes:
    return POST + more + LENGTH % len(body) + b"\r\n" + body


def in_chunks(body: bytes = IN_CHUNKS, more: bytes = b"") -> bytes:
    return POST + more + CHUNKS + b"\r\n" + body


SOUND = {
    "a length": by_length(more=CLOSE),
    "chunks": in_chunks(more=CLOSE),
    "two chunks": in_chunks(
        b"3\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (BODY[:3], len(BODY) - 3, BODY[3:]), CLOSE
    ),
    "a chunk with an extension": in_chunks(b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), CLOSE),
    "large letters": in_chunks(more=CLOSE).replace(b"Transfer-Encoding", b"TRANSFER-ENCODING"),
    "a header between": by_length(more=CLOSE + b"X-Other: a\tb \xc3\xa4\r\n"),
}


@pytest.mark.parametrize("case", SOUND)
async def test_ap_04_what_everybody_reads_alike_is_answered(port: int, case: str) -> None:
    heard = await told(port, SOUND[case], seconds=10)

    assert heard.statuses == [200]


async def test_one_connection_carries_one_request_after_another(port: int) -> None:
    heard = await told(port, by_length(), by_length(more=CLOSE), pause=0.3, seconds=10)

    assert heard.statuses == [200, 200]


# Each is the honest request of the same name above, changed in the way it is named for.
TWO_WAYS = {
    "length and chunks": in_chunks(more=LENGTH % 5),
    "chunks and length": POST + CHUNKS + LENGTH % (len(IN_CHUNKS)) + b"\r\n" + IN_CHUNKS,
    "two lengths that differ": by_length(more=LENGTH % 3),
    "two lengths alike": by_length(more=LENGTH % len(BODY)),
    "a list of lengths": by_length().replace(
        b"Length: %d" % len(BODY), b"Length: %d, %d" % (len(BODY), len(BODY))
    ),
    "a length with a sign": by_length().replace(b"Length: ", b"Length: +"),
    "a negative length": by_length().replace(b"Length: ", b"Length: -"),
    "a length in hexadecimal": by_length().replace(b"Length: ", b"Length: 0x"),
    "a length with a point": by_length().replace(b"\r\n\r\n", b".0\r\n\r\n"),
    "a length with a space inside": by_length().replace(b"Length: 7", b"Length: 7 "),
    "a length of other digits": by_length().replace(b"Length: 7", b"Length: \xd9\xa7"),
    "an empty length": by_length().replace(b"%d\r\n\r\n" % len(BODY), b"\r\n\r\n"),
    "a name with a space": in_chunks().replace(b"Encoding:", b"Encoding :"),
    "a name with a tab": in_chunks().replace(b"Encoding:", b"Encoding\t:"),
    "a name behind a vertical tab": in_chunks().replace(b"Transfer", b"\x0bTransfer"),
    "a name behind a byte": in_chunks().replace(b"Transfer", b"\x00Transfer"),
    "an unknown coding": in_chunks().replace(b": chunked", b": xchunked"),
    "a coding after another": in_chunks().replace(b": chunked", b": gzip, chunked"),
    "identity": in_chunks().replace(b": chunked", b": identity"),
    "chunks twice on a line": in_chunks().replace(b": chunked", b": chunked, chunked"),
    "chunks on two lines": in_chunks(more=CHUNKS),
    "chunks and identity": in_chunks(more=b"Transfer-Encoding: identity\r\n"),
    "chunks in quotes": in_chunks().replace(b": chunked", b': "chunked"'),
    "chunks behind a vertical tab": in_chunks().replace(b": chunked", b": \x0bchunked"),
    "chunks in HTTP/1.0": in_chunks().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a folded line": in_chunks().replace(b": chunked", b":\r\n chunked"),
    "a folded line with a tab": in_chunks().replace(b": chunked", b": x\r\n\tchunked"),
    "the first header folded": by_length().replace(HEAD, b" x: y\r\n" + HEAD),
    "lines that end in LF": by_length().replace(b"\r\n", b"\n"),
    "one line that ends in LF": by_length().replace(b"Content-Type", b"X: y\nContent-Type"),
    "one line that ends in CR": by_length().replace(b"Content-Type", b"X: y\rContent-Type"),
    "a head that ends in LF LF": by_length().replace(b"\r\n\r\n", b"\n\n"),
    "a head that ends in CR LF LF": by_length().replace(b"\r\n\r\n", b"\r\n\n"),
    "two hosts": by_length(more=HEAD),
    "two hosts that differ": by_length(more=b"Host: evil.example\r\n"),
    "no host": by_length().replace(HEAD, b""),
    "an address that is whole": by_length().replace(b"POST /", b"POST http://evil.example/"),
    "a request line of two words": by_length().replace(b" HTTP/1.1", b"", 1),
    "a request line of four words": by_length().replace(b" HTTP/1.1", b" a HTTP/1.1", 1),
    "two spaces": by_length().replace(b"POST ", b"POST  ", 1),
    "an empty line before": b"\r\n" + by_length(),
    "a method in small letters": by_length().replace(b"POST", b"post", 1),
    "HTTP/1.2": by_length().replace(b"HTTP/1.1", b"HTTP/1.2", 1),
    "HTTP/2.0": by_length().replace(b"HTTP/1.1", b"HTTP/2.0", 1),
    "HTTP/2's own first line": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    "a chunk's size with a sign": in_chunks(b"+" + IN_CHUNKS),
    "a chunk's size with 0x": in_chunks(b"0x" + IN_CHUNKS),
    "a chunk's size with a space before": in_chunks(b" " + IN_CHUNKS),
    "a chunk's size past all bounds": in_chunks(b"f" * 17 + b"0" * 8 + b"\r\n"),
    "a chunk that ends in LF": in_chunks(IN_CHUNKS.replace(b"}\r\n", b"}\n")),
    "a chunk longer than it says": in_chunks(IN_CHUNKS.replace(b"}\r\n", b"}x\r\n")),
    "an end that ends in LF": in_chunks(IN_CHUNKS.replace(b"0\r\n\r\n", b"0\r\n\n")),
    "fields after the chunks": in_chunks(
        IN_CHUNKS.replace(b"0\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n")
    ),
    "fields after the chunks that end in LF": in_chunks(
        IN_CHUNKS.replace(b"0\r\n\r\n", b"0\r\nX: y\n\n")
    ),
}


@pytest.mark.parametrize("case", TWO_WAYS)
async def test_ap_04_what_could_be_read_in_two_ways_is_refused_and_nothing_after_it(
    port: int, case: str
) -> None:
    """Whatever follows on the same connection is no request any more: it is closed."""
    heard = await told(port, TWO_WAYS[case] + SMUGGLED, seconds=3)

    assert not heard.left_open
    assert heard.statuses in ([400], [])
    for _, headers, body in heard.responses:
        assert headers["connection"] == "close"
        assert MARKER.encode() not in body


async def test_ap_04_a_body_is_never_taken_for_a_request(port: int) -> None:
    """A request inside another's body, framed soundly, is that body and is judged as one."""
    heard = await told(port, by_length(SMUGGLED, CLOSE), seconds=5)
    over = await told(port, by_length(BODY.ljust(edge.CITIZEN_BYTES + 1), CLOSE), seconds=5)

    assert heard.statuses == [422]
    assert over.statuses == [413]


async def test_ap_06_ap_08_what_is_no_request_is_refused_in_the_words_of_the_contract(
    port: int,
) -> None:
    ((status, headers, body),) = (await told(port, MARKER.encode() + b"\r\n\r\n")).responses

    problem = json.loads(body)
    assert (status, problem["status"], problem["code"]) == (400, 400, "invalid_body")
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert headers.keys() >= SECURITY_HEADERS.keys()
    assert "server" not in headers
    assert MARKER not in f"{headers}{problem}"


UNENDING = {
    "nothing at all": [b""],
    "half a line": [b"GET /healthz"],
    "a header a moment": [b"GET / HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 40],
    "a letter a moment": [
        bytes([each]) for each in b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: yyyyyy"
    ],
    "half a head after a whole request": [by_length(), b"GET /healthz"],
}


@pytest.mark.parametrize("case", UNENDING)
async def test_ap_02_a_head_that_does_not_end_is_not_waited_for(
    port: int, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slowloris: a byte now and then gives no further time."""
    monkeypatch.setattr(wire, "SECONDS", 0.4)
    heard = await told(port, *UNENDING[case], pause=0.02, seconds=20)

    assert not heard.left_open
    assert heard.statuses in ([], [200])


@pytest.mark.parametrize(
    ("path", "name"),
    [("/v1/questions", "CITIZEN_SECONDS"), ("/v1/integration/cases/r", "INTEGRATION_SECONDS")],
)
@pytest.mark.parametrize("framing", [LENGTH % 500, CHUNKS], ids=["a length", "chunks"])
async def test_ap_02_a_body_that_does_not_end_is_not_waited_for(
    port: int, path: str, name: str, framing: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, name, 0.3)
    head = POST.replace(b"/v1/questions", path.encode()).replace(b"POST", b"PUT") + framing
    heard = await told(port, head + b"\r\n", *[b"1\r\n{\r\n"] * 20, pause=0.05, seconds=20)

    assert not heard.left_open
    assert heard.statuses == [408]
    assert heard.responses[0][1]["connection"] == "close"
    assert json.loads(heard.responses[0][2])["code"] == "invalid_body"


async def test_ap_02_a_body_that_was_refused_is_not_taken_in_for_ever(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SECONDS", 0.3)
    endless = [POST + LENGTH % 10**9 + b"\r\n", *[b" " * 100] * 60]
    heard = await told(port, *endless, pause=0.02, seconds=20)

    assert (heard.left_open, heard.statuses) == (False, [413])


async def test_ap_02_a_head_larger_than_any_of_ours_is_refused(port: int) -> None:
    fits = await told(port, by_length(more=CLOSE + b"X-A: " + b"a" * 7000 + b"\r\n"), seconds=5)
    large = await told(port, by_length(more=CLOSE + b"X-A: " + b"a" * 9000 + b"\r\n"), seconds=5)
    huge = await told(port, by_length(more=CLOSE + b"X-A: " + b"a" * 70_000 + b"\r\n"), seconds=5)

    assert (fits.statuses, large.statuses) == ([200], [413])
    assert huge.statuses in ([400], [413], [])


@given(st.binary(max_size=60))
def test_ap_04_no_byte_put_into_a_head_makes_two_lines_of_one(junk: bytes) -> None:
    """Accepted or not, a head that is accepted has as many lines as everybody counts."""
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + junk
    if unambiguous(head):
        assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n")
        assert not any(line[:1].isspace() for line in head.split(b"\r\n"))
