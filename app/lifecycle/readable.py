"""The same document for reading: one HTML file without scripts, styles or links to anywhere."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from html import escape
from io import BytesIO
from typing import Final

from app.vocabulary.json import Json
from app.vocabulary.levels import Language

DATA_NAME: Final = "klarfall.json"
PAGE_NAMES: Final = {Language.DE: "lesen.html", Language.EN: "read.html"}

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.DE: {
        "title": "Ihre Daten bei Klarfall",
        "lead": "Das ist alles, was Klarfall über Sie gespeichert hat (Art. 15 DSGVO, § 83 SGB X). "
        "Dieselben Angaben stehen für Programme in der Datei klarfall.json. Bewahren Sie beide "
        "Dateien sicher auf: Wer sie hat, kann alles darin lesen.",
        "file": "Aus Ihrer Akte",
        "withheld": "Hier nicht gezeigt, und warum",
        "records": "Was dazu gespeichert ist",
        "log": "Wer Ihre Daten wann wofür verwendet hat",
        "recipients": "Wer etwas bekommen hat",
        "retention": "Wie lange es gespeichert bleibt",
        "not_included": "Was technisch vorhanden und hier nicht enthalten ist, und warum",
        "none": "Nichts.",
        "rights": "Ihre Rechte: Sie können verlangen, dass falsche Angaben berichtigt werden "
        "(Art. 16 DSGVO), dass Ihre Daten gelöscht werden (Art. 17 DSGVO), und sich bei der "
        "Datenschutzaufsicht beschweren (Art. 77 DSGVO). Klarfall entscheidet nichts allein "
        "(Art. 22 DSGVO).",
    },
    Language.EN: {
        "title": "Your data in Klarfall",
        "lead": "This is everything that Klarfall has stored about you (Art. 15 GDPR, § 83 SGB X). "
        "The same details are in the file klarfall.json, for programs. Keep both files safe: "
        "whoever has them can read all of it.",
        "file": "From your file",
        "withheld": "Not shown here, and why",
        "records": "What is stored besides",
        "log": "Who used your data, when and what for",
        "recipients": "Who was given anything",
        "retention": "How long it is kept",
        "not_included": "What there is technically and is not in here, and why",
        "none": "Nothing.",
        "rights": "Your rights: you can ask for wrong details to be put right (Art. 16 GDPR), for "
        "your data to be erased (Art. 17 GDPR), and complain to the data protection authority "
        "(Art. 77 GDPR). Klarfall decides nothing by itself (Art. 22 GDPR).",
    },
}


def archive(document: Mapping[str, Json]) -> bytes:
    """Both files in one, as it is handed over."""
    language = Language(str(document["language"]))
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archived:
        data = json.dumps(document, ensure_ascii=False, indent=1)
        archived.writestr(DATA_NAME, data)
        archived.writestr(PAGE_NAMES[language], page(document))
    return made.getvalue()


def page(document: Mapping[str, Json]) -> str:
    language = Language(str(document["language"]))
    words = _WORDS[language]
    body = [
        f"<h1>{escape(words['title'])}</h1>",
        f"<p>{escape(words['lead'])}</p>",
        f"<p>{escape(str(document['office']))}, {escape(str(document['made_at']))}</p>",
        *_file(document["file"], words),
        *_section(words["log"], document["log"], words),
        *_records(document["records"], words),
        *(
            line
            for name in ("recipients", "retention", "not_included")
            for line in _section(words[name], document[name], words)
        ),
        f"<p>{escape(words['rights'])}</p>",
    ]
    head = f'<meta charset="utf-8"><title>{escape(words["title"])}</title>'
    inside = f"<head>{head}</head><body>{''.join(body)}</body>"
    return f'<!doctype html><html lang="{language}">{inside}</html>\n'


def _file(files: Json, words: Mapping[str, str]) -> Iterator[str]:
    for each in files if isinstance(files, list) else []:
        if not isinstance(each, dict):
            continue
        yield f"<h2>{escape(words['file'])}</h2><dl>"
        for field in _dicts(each["fields"]):
            yield f"<dt><strong>{escape(str(field['label']))}</strong></dt>"
            yield f"<dd>{_value(field['value'])}<br><small>{escape(str(field['law']))}</small></dd>"
        yield "</dl>"
        yield from _section(words["withheld"], each["withheld"], words)


def _records(records: Json, words: Mapping[str, str]) -> Iterator[str]:
    yield f"<h2>{escape(words['records'])}</h2>"
    for name, found in records.items() if isinstance(records, dict) else ():
        if found:
            yield f"<h3>{escape(name)}</h3>{_value(found)}"


def _section(title: str, found: Json, words: Mapping[str, str]) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>"
    yield _value(found) if found else f"<p>{escape(words['none'])}</p>"


def _value(value: Json) -> str:
    """Anything JSON can say, as lists of names and values."""
    match value:
        case None:
            return "–"
        case dict():
            inner = "".join(
                f"<li>{escape(str(name))}: {_value(each)}</li>" for name, each in value.items()
            )
            return f"<ul>{inner}</ul>"
        case list():
            return f"<ol>{''.join(f'<li>{_value(each)}</li>' for each in value)}</ol>"
        case _:
            return escape(str(value))


def _dicts(found: Json) -> list[dict[str, Json]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
