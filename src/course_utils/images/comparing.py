"""Records of images side by side: a table, and a figure on one logarithmic axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_utils.images.catalog import IMAGES, MEGABYTE

COLUMNS = ("image", "unpacked MB", "download MB", "clean s", "cached s", "edited s", "ready s", "memory MB")
COLUMNS += ("bytes of torch's", "time of its answer")
NOTHING = "–"


def rows(records: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return a row of text for each image, heaviest first; the last columns are its part of the image "torch" (its
    bytes), and the time of an answer over that of torch."""
    whole = records.get("torch", {}).get("unpacked_bytes")
    table = []
    for name, record in sorted(records.items(), key=lambda each: -each[1]["unpacked_bytes"]):
        builds, run = record.get("build") or {}, record.get("run") or {}
        times = [_figure(builds.get(kind, {}).get("seconds"), ".1f") for kind in ("clean", "cached", "edited")]
        comparable = whole and record.get("run") and not record["cuda"]
        table.append(
            (
                name,
                megabytes(record["unpacked_bytes"]),
                megabytes(record["download_bytes"]),
                *times,
                _figure(run.get("ready_seconds"), ".3f"),
                _figure(run["memory_bytes"] / MEGABYTE if run else None, ".0f"),
                f"1/{whole / record['unpacked_bytes']:.1f}" if comparable else NOTHING,
                _figure(over_torch(record).get("ratio"), ".2f"),
            )
        )
    return table


def over_torch(record: dict[str, Any]) -> dict[str, Any]:
    """Return how long an image's answer takes beside that of "torch"; nothing where it was raced against another."""
    answer = record.get("answer", {})
    return answer if answer.get("over") == "torch" else {}


def megabytes(size: float) -> str:
    """Return bytes as whole megabytes, below one with two places."""
    return f"{size / MEGABYTE:,.0f}" if size >= MEGABYTE else f"{size / MEGABYTE:.2f}"


def over_budget(sizes: dict[str, int]) -> list[str]:
    """Return a sentence for each image, unpacked bytes by name, that is heavier than it may be."""
    return [
        f"{name} has {size / MEGABYTE:.1f} MB and may have {IMAGES[name].budget / MEGABYTE:.0f}"
        for name, size in sizes.items()
        if name in IMAGES and IMAGES[name].budget and size > IMAGES[name].budget
    ]


def draw(records: dict[str, dict[str, Any]], path: Path) -> str:
    """Draw unpacked and download sizes into ``path``; return in words what the figure shows."""
    from course_utils import plots

    ordered = sorted(records.items(), key=lambda each: each[1]["unpacked_bytes"])
    names = [name for name, _ in ordered]
    drawn, axes = plots.figure(height=0.6 + 0.45 * len(names))
    places = range(len(names))
    for kind, colour, mark in (("unpacked", plots.BLUE, "o"), ("download", plots.VERMILION, "s")):
        sizes = [record[f"{kind}_bytes"] / MEGABYTE for _, record in ordered]
        axes.plot(sizes, places, mark, color=colour, label=f"{kind}, MB")
        for place, size in zip(places, sizes, strict=True):
            below = kind == "download"
            axes.annotate(
                megabytes(size * MEGABYTE),
                (size, place),
                xytext=(0, -12 if below else 6),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=colour,
            )
    axes.set_xscale("log")
    axes.set_yticks(places, names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.margins(x=0.1)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("MB (millions of bytes), logarithmic")
    axes.legend(loc="lower right")
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.savefig(path, dpi=150)
    light, heavy = ordered[0], ordered[-1]
    return (
        f"Images from {light[0]}, {megabytes(light[1]['unpacked_bytes'])} MB unpacked, to {heavy[0]}, "
        f"{megabytes(heavy[1]['unpacked_bytes'])} MB."
    )


def _figure(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)
