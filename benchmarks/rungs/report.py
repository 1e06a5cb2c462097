"""What the ladder says: tables for the terminal, JSON to keep, a figure."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from course_utils.markup import significant, table_text
from rungs import NotMeasured, streaming
from rungs.measuring import Batch
from rungs.quoted import QUOTED

POINT = 0.01  # of accuracy: what may be lost
FAILED = " FAILED: below the floor"


def rows(report: dict[str, Any], batch: int) -> list[dict[str, str]]:
    """Return the ladder at one batch size in words."""
    shown = []
    for rung in report["rungs"]:
        at = next(row for row in rung["batches"] if row["batch"] == batch)
        low, high = at["interval"]
        shown.append(
            {
                "runtime": rung["name"],
                "lesson": rung["taught"],
                "p50": f"{significant(at['p50_ms'])} ms",
                "p95": f"{significant(at['p95_ms'])} ms",
                "images/s": f"{at['images_per_s']:,.0f}",
                "accuracy": f"{rung['accuracy']:.3f}",
                "file": f"{rung['size'] / 1e3:,.0f} kB",
                "of the peak": f"{at['share']:.0%} {rung['numbers']}",
                "speed-up": f"{at['speedup']:.2f} ({low:.2f} to {high:.2f})" + ("" if rung["keeps_floor"] else FAILED),
            }
        )
    return shown


def steps(batches: list[Batch], road: list[str]) -> list[dict[str, Any]]:
    """Return what each step of the road from the first rung to the best one earned, at each batch size."""
    found = []
    for before, after in pairwise(road):
        earned = {batch.size: batch.step(before, after) for batch in batches}
        found.append({"from": before, "to": after, "speedup": {str(size): list(e) for size, e in earned.items()}})
    return found


def step_rows(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the steps in words."""
    return [
        {"step": f"{step['from']} → {step['to']}"}
        | {f"batch {size}": "{:.2f} ({:.2f} to {:.2f})".format(*earned) for size, earned in step["speedup"].items()}
        for step in found
    ]


def best(report: dict[str, Any], batch: int) -> dict[str, Any]:
    """Return the fastest rung at a batch size that runs the same network and keeps the accuracy floor."""

    def speedup(rung: dict[str, Any]) -> float:
        return next(row["speedup"] for row in rung["batches"] if row["batch"] == batch)

    same = (rung for rung in report["rungs"] if rung["macs"] == report["macs"])
    return max((rung for rung in same if rung["keeps_floor"]), key=speedup)


def quoted_rows() -> list[dict[str, str]]:
    """Return the published ladders in words, each with its source and hardware."""
    return [
        {
            "quoted from": ladder.source,
            "hardware": ladder.hardware,
            "runtime": name,
            "published": f"{number:g} {ladder.unit}",
            "speed-up": f"{ladder.speedup(name):.1f}",
        }
        for ladder in QUOTED
        for name, number in ladder.rungs.items()
    ]


def text(report: dict[str, Any]) -> str:
    """Return the whole report as it is printed."""
    parts = [
        report["hardware_line"],
        f"{report['model']}, accuracy floor {report['floor']:.3f}; one thread; times of single calls; speed-ups over "
        f"{report['rungs'][0]['name']}, interleaved, with 95 % intervals.",
        "Peak of one core, the best product measured: "
        + ", ".join(f"{kind} {rate / 1e9:.0f} GMAC/s" for kind, rate in report["peaks"].items())
        + f"; the network takes {report['macs']:,} multiply-adds an image.",
    ]
    parts += [f"Batch {size}\n{table_text(rows(report, size))}" for size in report["batch_sizes"]]
    parts.append("What each step earned, times as fast\n" + table_text(step_rows(report["steps"])))
    parts.append(streaming.text(report["stream"]))
    if report["not_measured"]:
        parts.append("Not measured\n" + table_text(report["not_measured"]))
    parts.append("Published elsewhere: other models, other hardware, quoted\n" + table_text(quoted_rows()))
    return "\n\n".join(parts)


def not_measured_row(missing: NotMeasured) -> dict[str, str]:
    """Return a rung that was not run as a row."""
    return {"runtime": missing.name, "why": missing.why}
