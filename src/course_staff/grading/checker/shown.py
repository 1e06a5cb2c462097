"""What the student's process says that its code has shown: outputs of the kinds that it may show, and nothing else."""

from __future__ import annotations

from typing import Any

from course_staff.grading.sandbox.outputs import whole

KINDS = ("text/plain", "text/html", "image/png", "image/jpeg")
MOST = 500
LONGEST = 4_000_000


def shown(outputs: list) -> list[dict[str, Any]]:
    """Return those outputs that have the right form, rebuilt from their parts; a result stays a student's result."""
    built = [_built(output) for output in outputs[:MOST] if type(output) is dict]
    return [output for output in built if output]


def _built(output: dict) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr") and type(output.get("text")) is str:
        return {"output_type": "stream", "name": output["name"], "text": _clean(output["text"])}
    if kind == "error":
        name, value, lines = output.get("ename"), output.get("evalue"), output.get("traceback")
        if type(name) is str and type(value) is str and type(lines) is list:
            lines = [_clean(line) for line in lines[:200] if type(line) is str]
            return {"output_type": "error", "ename": _clean(name), "evalue": _clean(value), "traceback": lines}
    if kind in ("display_data", "execute_result") and type(output.get("data")) is dict:
        data = {name: _clean(value) for name, value in output["data"].items() if name in KINDS and type(value) is str}
        return {"output_type": kind, "data": data, "metadata": {}} if data else None
    return None


def _clean(text: str) -> str:
    return whole(text[:LONGEST])
