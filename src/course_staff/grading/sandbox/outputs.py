"""What a cell shows, bounded; but what decides a test's score is never left out."""

from __future__ import annotations

import json
from typing import Any

MOST_TEXT = 1_000_000  # characters of a cell's text on one stream
MOST_DATA = 4_000_000  # characters of all that a cell shows
MOST_OUTPUTS = 500
MOST_LINE, MOST_LINES = 20_000, 200  # of a traceback
NO_DATA = {"text/plain": "… a result too large to show"}

Output = dict[str, Any]


class Outputs:
    """What has been shown since it was last taken, in order."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.list: list[Output] = []
        self.left = {"stdout": MOST_TEXT, "stderr": MOST_TEXT}
        self.data_left = MOST_DATA

    def text(self, stream: str, text: str) -> None:
        if not text or self.left[stream] <= 0:
            return
        text = whole(text)
        cut, self.left[stream] = text[: self.left[stream]], self.left[stream] - len(text)
        if self.left[stream] <= 0:
            cut += "\n… output cut here\n"
        last = self.list[-1] if self.list else {}
        if last.get("name") == stream:
            last["text"] += cut
        elif len(self.list) < MOST_OUTPUTS or stream == "stderr":
            self.list.append({"output_type": "stream", "name": stream, "text": cut})

    def add(self, output: Output) -> None:
        """Keep an output; an error or a result decides a test's score, so it is kept whatever was shown before."""
        if output["output_type"] in ("error", "execute_result"):
            self.list.append(whole(_shortened(output)))
            return
        try:
            self.data_left -= len(json.dumps(output))
        except (TypeError, ValueError, RecursionError):
            return
        if self.data_left > 0 and len(self.list) < MOST_OUTPUTS:
            self.list.append(whole(output))

    def take(self) -> list[Output]:
        """Return what has been shown, and forget it; the bounds stay those of the cell."""
        taken, self.list = self.list, []
        return taken


def _shortened(output: Output) -> Output:
    if output["output_type"] == "error":
        lines = [line[:MOST_LINE] for line in output["traceback"][:MOST_LINES]]
        return output | {"ename": output["ename"][:1_000], "evalue": output["evalue"][:MOST_LINE], "traceback": lines}
    data = {kind: value for kind, value in output["data"].items() if isinstance(value, str)}
    return output | {"data": {kind: value for kind, value in data.items() if len(value) <= MOST_TEXT} or NO_DATA}


def whole(value: Any) -> Any:
    """Return text, or texts in lists and dicts, that a message can hold: lone surrogates have no form in UTF-8."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {whole(name): whole(each) for name, each in value.items()}
    return [whole(each) for each in value] if isinstance(value, list) else value
