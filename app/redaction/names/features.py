"""What the names model is told of each word of a text.

Its letters, its shape, the lists that hold it, and the same of its neighbours. No
part of speech: it would cost fifteen times as much as all the rest.
"""

from collections.abc import Sequence
from typing import Final

from app.redaction.names.lexicon import Lexicon
from app.redaction.names.tokens import Token

# What stands before a name, by what it says of the word after it.
_CUES: Final = {
    word: cue
    for cue, words in {
        "sir": "herr herrn herren frau hr fr familie fam eheleute mr mrs ms miss sir madam mister",
        "title": "dr prof med dipl ing mag jur doktor professor",
        "kin": (
            "sohn tochter kind mann ehemann ehefrau exmann exfrau partner partnerin mutter vater"
            " bruder schwester oma opa tante onkel lebensgefährte lebensgefährtin freund freundin"
            " son daughter husband wife mother father brother sister partner friend mum dad"
        ),
        "role": (
            "vermieter vermieterin sachbearbeiter sachbearbeiterin nachbar nachbarin betreuer"
            " betreuerin anwalt anwältin chef chefin kollege kollegin berater beraterin landlord"
            " landlady caseworker lawyer boss neighbour doctor"
        ),
        "call": "heiße heisse heißt heisst name namens genannt called named name's",
        "hail": "hallo hi hey liebe lieber liebes dear moin servus geehrte geehrter geehrter",
        "close": "grüße grüßen gruß gruss grüssen grüsse mfg lg vg regards sincerely wishes thanks",
    }.items()
    for word in words.split()
}
_NEAR: Final = 3


def _shape(text: str) -> str:
    """`Xx` capitalised, `x` small, `X` capitals, `d` digits, `m` mixed, or the sign itself."""
    if text.isalpha():
        return _case(text)
    if text.isdigit():
        return f"d{min(len(text), 6)}"
    if len(text) == 1:
        return text
    if any(char.isdigit() for char in text):
        return "m"
    return "X-X" if text[0].isupper() else "x-x"


def _case(text: str) -> str:
    if text.islower():
        return "x"
    if text.isupper():
        return "X" if len(text) > 1 else "I"
    if text.istitle():
        return "Xx"
    return "Xm" if text[0].isupper() else "xX"


class _Read:
    """A word with what is looked up once."""

    __slots__ = ("cue", "folded", "like", "lists", "mark", "shape")

    def __init__(self, token: Token, lexicon: Lexicon, *, small: bool) -> None:
        text = token.text
        self.folded = folded = text.lower()
        self.shape = _shape(text)
        self.cue = _CUES.get(folded, "")
        if folded.isalpha():
            lists = lexicon.letters(folded)
            if lists == "-" and folded[-1] == "s" and len(folded) > 3:  # noqa: PLR2004 - a stem
                lists = f"{lexicon.letters(folded[:-1])}'s"
        elif "-" in folded or "'" in folded:
            lists = "+".join(lexicon.letters(part) for part in folded.replace("'", "-").split("-"))
        else:
            lists = "#"
        self.lists = lists
        self.like = "" if lists == "#" else lexicon.shapes.likeness(folded)
        self.mark = f"{self.shape}{'^' if token.first else ''}{'~' if small else ''}"


_BEFORE: Final = "<"
_AFTER: Final = ">"


def features(tokens: Sequence[Token], lexicon: Lexicon) -> list[list[str]]:
    words = [token for token in tokens if token.text[0].isalpha()]
    capitals = sum(not token.text[0].islower() for token in words)
    small = capitals * 12 < len(words) or (capitals == 0)
    read = [_Read(token, lexicon, small=small) for token in tokens]
    return [_of(read, at) for at in range(len(read))]


def _of(read: Sequence[_Read], at: int) -> list[str]:
    here, last = read[at], len(read) - 1
    word, lists, mark = here.folded, here.lists, here.mark
    found = [
        "b",
        f"w={word}",
        f"m={mark}",
        f"l={lists}",
        f"ml={mark}{lists}",
        f"e2={word[-2:]}",
        f"e3={word[-3:]}",
        f"e4={word[-4:]}",
        f"b2={word[:2]}",
        f"b3={word[:3]}",
        f"b4={word[:4]}",
        f"n={min(len(word), 9)}",
        f"k={here.like}",
        f"km={here.like}{mark}",
        f"kl={here.like}{lists}",
    ]
    if at:
        before = read[at - 1]
        found += (
            f"-w={before.folded}",
            f"-ww={before.folded}|{word}",
            f"-m={before.mark}|{mark}",
            f"-l={before.lists}|{lists}",
            f"-k={before.like}|{here.like}{here.shape}",
            f"-wk={before.folded}|{here.like}{here.shape}",
            f"-e={before.folded[-3:]}",
            f"-wl={before.folded}|{lists}{here.shape}",
        )
        if at > 1:
            two = read[at - 2]
            found += (
                f"--w={two.folded}",
                f"--ww={two.folded}|{before.folded}",
                f"--l={two.lists}|{before.lists}|{lists}",
            )
            if at > 2:  # noqa: PLR2004 - the third word before
                found.append(f"---w={read[at - 3].folded}")
    else:
        found.append(_BEFORE)
    if at < last:
        after = read[at + 1]
        found += (
            f"+w={after.folded}",
            f"+ww={word}|{after.folded}",
            f"+m={mark}|{after.mark}",
            f"+l={lists}|{after.lists}",
            f"+k={here.like}{here.shape}|{after.like}",
            f"+wk={here.like}{here.shape}|{after.folded}",
            f"+e={after.folded[-3:]}",
        )
        if at + 1 < last:
            two = read[at + 2]
            found += (f"++w={two.folded}", f"++l={lists}|{after.lists}|{two.lists}")
    else:
        found.append(_AFTER)
    for back in range(1, min(_NEAR, at) + 1):
        if cue := read[at - back].cue:
            found += (
                f"c{back}={cue}",
                f"cl={back}{cue}{lists}{mark}",
                f"ck={back}{cue}{here.like}{mark}",
            )
            break
    return found
