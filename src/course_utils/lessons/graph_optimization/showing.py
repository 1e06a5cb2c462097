"""The lesson's tables; each returns what goes into the closing one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils import tables
from course_utils.graphs import fusions
from course_utils.lessons.graph_optimization.given import listed

if TYPE_CHECKING:
    from course_utils.timing import Comparison

FEW = "–: too few rounds for an interval."


def show_counts(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Show how many nodes of each operator each exporter wrote; return the totals in words.

    Args:
        counts: nodes by operator, by exporter.
    """
    rows = []
    for name, counted in counts.items():
        words = ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items(), key=lambda each: -each[1]))
        rows.append({"exporter": name, "nodes": sum(counted.values()), "operators": words})
    tables.show(rows, "DigitResNet, as two exporters write it")
    return " and ".join(f"{row['nodes']} by {row['exporter']}" for row in rows)


def show_graphs(files: Mapping[str, Path]) -> str:
    """Show the operators of small graphs by name; return how many nodes the second has less than the first."""
    ops = {name: listed(file) for name, file in files.items()}
    tables.show([{"graph": name, "nodes": len(each), "operators": ", ".join(each)} for name, each in ops.items()])
    first, second, *_ = map(len, ops.values())
    return f"{first - second} of {first}"


def show_new(new: Mapping[str, Collection[str]], before: Path, after: Mapping[str, Path]) -> str:
    """Show which operators are new at each level, and what each stands for; return those of the last.

    Args:
        new: names of operators by level.
        before: the file that was optimized; after: those made of it, by level.
    """
    rows = []
    for level, came in new.items():
        stands = "; ".join(f"{count} × {words}" for words, count in fusions.summary(before, after[level]).items())
        rows.append({"level": level, "new_ops": ", ".join(sorted(came)) or "none", "what stands for what": stands})
    tables.show(rows, "DigitResNet with its BatchNorms, at each level")
    return rows[-1]["new_ops"]


def show_fused(new: Mapping[str, Collection[str]]) -> int:
    """Show what came in place of each graph of a Conv and an activation; return in how many of them that was fused.

    The last graph, in which the Conv is read twice, is not counted.

    Args:
        new: names of new operators by graph.
    """
    tables.show([{"graph": name, "new at the level extended": ", ".join(sorted(c)) or "–"} for name, c in new.items()])
    return sum(any("FusedConv" in name for name in came) for came in list(new.values())[:-1])


def show_traffic(traffic: Mapping[int, Sequence[int]], times: Mapping[int, Comparison]) -> str:
    """Show the bytes moved apart and fused beside the time of fusing alone; return the last share of bytes in words.

    Args:
        traffic: bytes apart and fused, by number of images; times: extended over basic, by the same.
    """
    rows = []
    for batch, (apart, fused) in traffic.items():
        row = {"images": batch, "MB apart": f"{apart / 1e6:.2f}", "MB fused": f"{fused / 1e6:.2f}"}
        time = str(times[batch].ratio("extended"))
        rows.append(row | {"bytes left": f"{fused / apart:.0%}", "time, extended over basic": time})
    last = list(times.values())[-1]
    tables.show(rows, f"{FEW} Last row: {last.conditions()}")
    return rows[-1]["bytes left"]


def show_latency(found: Mapping[tuple[str, int], Comparison]) -> str:
    """Show the times over eager's by network and batch; return where ONNX Runtime unoptimized is shown to be slower.

    Args:
        found: as ``latency`` returns it.
    """
    rows = []
    for (net, batch), turns in found.items():
        row = {"network": net, "images": batch, "eager": f"{turns.timings['eager'].median_ns / 1e6:.2f} ms"}
        rows.append(row | {name: str(turns.ratio(name)) for name in ("ORT disabled", "ORT extended", "ORT all")})
    tables.show(rows, f"Time over eager. {FEW} Last row: {turns.conditions()}")
    lost = [f"{net}, {batch} images" for (net, batch), turns in found.items() if turns.ratio("ORT disabled").low > 1]
    return "; ".join(lost) or "shown nowhere on this machine"
