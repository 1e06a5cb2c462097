"""A notebook that can be opened in a browser: bounded outputs, and no markup of a student's that does anything."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from course_staff.grading.entities import unescaped, without_endless
from course_staff.grading.sandbox.markup import Cleaner
from course_staff.grading.sandbox.outputs import whole
from course_utils.published import FIGURES, figures_in

MOST_OUTPUTS, MOST_REPORTED = 600, 20_000
DECIDE = ("error", "execute_result")
MOST_OF_ALL = 20_000  # outputs of a notebook
MOST_MARKS = 20_000  # entities or tags in one text: a person writes no more, and each takes its time
MOST_TEXT = 1_000_000  # characters of one text
MOST_ALL = 12_000_000  # characters of a notebook's outputs
IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# What markdown shows as it stands, without attributes; everything else that a browser could take for a tag is text.
PLAIN_TAG = re.compile(
    r"</?(?:details|summary|b|i|u|em|strong|code|pre|br|hr|sub|sup|kbd|small|p|ul|ol|li)\s*/?>", re.I
)
OPENING = re.compile(r"<(?=[A-Za-z/!?])")
ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);?")
PICTURE = re.compile(r"!(?=\[)(?!\[[^\]\n]{0,1000}\]\(data:image/(?:png|jpeg|gif);base64,)")
DECODED = 5  # times; a reader of markdown may do it twice
LINK = re.compile(r"(?i)(?:java|vb|live)\s*script\s*\\?:|attachment\s*\\?:|data\s*:\s*(?!image/(?:png|jpeg|gif)\b)")


def outputs_of(reported: Any, cleaner: Cleaner | None = None) -> list[dict]:
    """Return a cell's outputs, rebuilt from what the checker's process reported: that process reads students' files.

    Args:
        cleaner: the notebook's, which bounds its markup.
    """
    cleaner = cleaner or Cleaner()
    built = [_output(each, cleaner) for each in reported[:MOST_REPORTED]] if type(reported) is list else []
    kept = []
    decided = False
    for output in (output for output in built if output is not None):
        # The first error or result decides a score: it is kept whatever was shown before.
        decides = not decided and output["output_type"] in DECIDE
        decided |= decides
        if len(kept) < MOST_OUTPUTS or decides:
            kept.append(output)
    return kept


def bound_all(notebook: dict) -> None:
    """Empty outputs from where a notebook's are too much, in place; what a score depends on stays."""
    notebook["metadata"].pop("widgets", None)
    left, number = MOST_ALL, 0
    for cell in notebook["cells"]:
        outputs = cell.get("outputs", [])
        first = next((output for output in outputs if output["output_type"] in DECIDE), None)
        if number + len(outputs) > MOST_OF_ALL:
            cell["outputs"] = [first] if first else []
        number += len(outputs)
        for output in cell.get("outputs", []):
            left -= sum(len(str(value)) for value in output.values())
            if left < 0 and output["output_type"] not in DECIDE:
                _empty(output)


def harmless_text(notebook: dict) -> None:
    """Make the text cells that are not the key's harmless in a browser, in place, before a notebook is kept."""
    for cell in notebook["cells"]:
        if not _is_keys(cell):
            cell.pop("attachments", None)
            if cell.get("cell_type") == "markdown":
                cell["source"] = plain_markdown(_joined(cell["source"]))
            elif cell.get("cell_type") == "raw":
                cell["metadata"] = {name: value for name, value in cell["metadata"].items() if name == "nbgrader"}


def plain_markdown(source: str) -> str:
    """Return markdown whose HTML is shown as text, but for a few tags that only shape it.

    A link's address is judged as a browser reads it, with its entities decoded. Attachments do not stay, and no page
    can be made where one is asked for and missing. A picture that lies elsewhere becomes a link: whoever opens the page
    would ask that address.
    """

    def opened(match: re.Match) -> str:
        return "<" if PLAIN_TAG.match(source, match.start()) else "&lt;"

    source = without_endless(source)
    if source.count("&") > MOST_MARKS:
        source = source.replace("&", "+")
    if source.count("<") > MOST_MARKS:
        source = source.replace("<", "&lt;")
    for _ in range(DECODED):
        source = ENTITY.sub(_plain_entity, source)
    if ENTITY.sub(_plain_entity, source) != source:
        source = source.replace("&", "+")  # no person writes entities of entities of entities
    return PICTURE.sub("&#33;", LINK.sub("blocked:", OPENING.sub(opened, source)))


def _plain_entity(match: re.Match) -> str:
    """Return the letter or sign that an entity spells, which in a link is the same; else the entity itself."""
    spelled = unescaped(match.group())
    return spelled if len(spelled) == 1 and spelled.isascii() and spelled not in "<>\"'" else match.group()


def _output(output: Any, cleaner: Cleaner) -> dict | None:
    if type(output) is not dict:
        return None
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr"):
        return {"output_type": kind, "name": output["name"], "text": _text(output.get("text"))}
    if kind == "error":
        lines = output.get("traceback")
        lines = [_text(line) for line in lines[:300]] if type(lines) is list else []
        made = {"output_type": kind, "ename": _text(output.get("ename")), "evalue": _text(output.get("evalue"))}
        return made | {"traceback": lines}
    if kind not in ("display_data", "execute_result") or type(output.get("data")) is not dict:
        return None
    data = {name: _data(name, value, cleaner) for name, value in output["data"].items()}
    data = {name: value for name, value in data.items() if value is not None}
    if not data:
        data = {"text/plain": "[an output of a kind that is not shown]"}
    made = {"output_type": kind, "data": data, "metadata": {}}
    return made | {"execution_count": None} if kind == "execute_result" else made


def _data(kind: str, value: Any, cleaner: Cleaner) -> str | None:
    if type(value) is not str:
        return None
    if kind == "text/plain":
        return _text(value)
    if kind == "text/html":
        return cleaner.clean(whole(value))
    if kind == FIGURES:
        figures = figures_in(value)
        return None if figures is None else json.dumps(figures)
    if kind in IMAGES:
        try:
            return value if base64.b64decode("".join(value.split()), validate=True).startswith(IMAGES[kind]) else None
        except (ValueError, binascii.Error):
            return None
    return None


def _text(value: Any) -> str:
    text = whole(value) if type(value) is str else ""
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n… cut at {MOST_TEXT} characters"


def _empty(output: dict) -> None:
    note = "… this notebook's outputs are too many; this one was left out"
    if output["output_type"] == "stream":
        output["text"] = note
    else:
        output["data"] = {"text/plain": note}


def _is_keys(cell: dict) -> bool:
    grading = cell.get("metadata", {}).get("nbgrader", {})
    if grading:
        return not grading.get("solution")
    return not str(cell.get("id", "")).startswith("own-")


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)
