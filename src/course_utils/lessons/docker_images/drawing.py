"""The figures of lesson 08: sizes, layers, heaviest folders, times of builds, and what runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from course_utils import plots
from course_utils.lessons.docker_images.given import MB
from course_utils.lessons.docker_images.records import Records, mb

KINDS = {"the base": (plots.SKY, ""), "RUN": (plots.ORANGE, "//"), "COPY": (plots.BLUE, "..")}
BUILDS = {
    "clean": ("cold: nothing cached", plots.VERMILION, "D"),
    "edited": ("after an edit", plots.ORANGE, "s"),
    "cached": ("warm: nothing changed", plots.BLUE, "o"),
}
FOLDERS = 6  # of each image
LOWEST = 20  # MB of memory: below a lower mark there is no room for words
DEPTHS = {"torch": 6, "onnx": 6, "lean": 3}  # where each image's folders begin to differ


def draw_sizes(services: Records, published: Iterable[Mapping[str, Any]]) -> float:
    """Draw what each image weighs, unpacked and to download, on one logarithmic axis, beside what was published.

    Args:
        services: as ``recorded`` returns them.
        published: [{"framework", "cuda", "bytes"}, …].

    Returns:
        How many times the heaviest weighs what the lightest does, unpacked.
    """
    names = list(services)[::-1]
    fig, axes = plots.figure(width=7.5, height=0.9 + 0.42 * len(names))
    near = {"textcoords": "offset points", "ha": "center", "size": 8}
    for kind, colour, mark, above in (("unpacked", plots.BLUE, "o", 6), ("download", plots.ORANGE, "s", -12)):
        sizes = [services[name][f"{kind}_bytes"] / MB for name in names]
        axes.plot(sizes, range(len(names)), mark, color=colour, label=f"{kind}, measured")
        for place, size in enumerate(sizes):
            axes.annotate(mb(size * MB), (size, place), (0, above), color=colour, **near)
    quoted = [(each["bytes"] / MB, each["framework"] + "-cuda" * each["cuda"]) for each in published]
    places = [(size, names.index(name)) for size, name in quoted if name in names]
    label = {"label": "published, unpacked"}
    for size, place in places:
        axes.plot(size, place, "D", color=plots.BLACK, fillstyle="none", **label)
        axes.annotate(f"{size:,.0f}", (size, place), (7, -3), textcoords="offset points", size=8)
        label = {}
    axes.set(xscale="log", xlabel="MB, logarithmic", ylim=(-0.7, len(names) - 0.3), xlim=(0.05, 12_000))
    _name_rows(axes, names)
    every = ", ".join(f"{n} {mb(r['unpacked_bytes'])} and {mb(r['download_bytes'])} MB" for n, r in services.items())
    told = ", ".join(f"{names[place]} {size:,.0f} MB" for size, place in places)
    plots.show(fig, f"Sizes on a logarithmic axis, unpacked and to download: {every}. Published, unpacked: {told}.")
    return services[names[-1]]["unpacked_bytes"] / services[names[0]]["unpacked_bytes"]


def draw_layers(services: Records) -> None:
    """Draw each image's layers stacked from the base on, by the step that made them; with CUDA on its own scale."""
    groups = [[name for name in services if services[name]["cuda"] is cuda][::-1] for cuda in (True, False)]
    groups = [group for group in groups if group]
    fig, panels = plots.figure(rows=len(groups), width=7.5, height=1.6 * len(groups) + 0.4)
    said = []
    for axes, group in zip([panels] if len(groups) == 1 else panels, groups, strict=True):
        for place, name in enumerate(group):
            left = 0.0
            for layer in services[name]["layers"]:
                kind = "the base" if layer["from_base"] else layer["step"].split()[0]
                colour, hatch = KINDS.get(kind, (plots.BLACK, ""))
                size = layer["unpacked_bytes"] / MB
                axes.barh(place, size, left=left, color=colour, hatch=hatch, edgecolor="white")
                left += size
            said.append(f"{name}: {len(services[name]['layers'])} layers, {left:,.0f} MB")
        axes.set_yticks(range(len(group)), group)
        axes.set(xlabel="MB unpacked", title="with CUDA" if services[group[0]]["cuda"] else "without CUDA")
    patches = [axes.barh([0], [0], color=colour, hatch=hatch, edgecolor="white") for colour, hatch in KINDS.values()]
    axes.legend(patches, KINDS, loc="center left", bbox_to_anchor=(1, 0.5))
    plots.show(fig, "Stacked bars of layers, by the step that made them. " + "; ".join(said) + ".")


def draw_heaviest(heaviest: Callable[[list, int], list], services: Records) -> str:
    """Draw the six heaviest folders of three images; return the heaviest of each in words.

    Args:
        heaviest: takes ([[path, bytes], …], depth), returns [(folder, bytes), …], heaviest first.
    """
    chosen = [name for name in DEPTHS if name in services] or list(services)[:1]
    fig, panels = plots.figure(rows=len(chosen), width=7.5, height=2.0 * len(chosen))
    said = []
    for axes, name in zip(panels if len(chosen) > 1 else [panels], chosen, strict=True):
        top = heaviest(services[name]["files"], DEPTHS.get(name, 3))[:FOLDERS][::-1]
        top = [(folder.replace("usr/local/lib/python3.11", "…"), size) for folder, size in top]
        axes.barh([folder for folder, _ in top], [size / MB for _, size in top], color=plots.BLUE)
        axes.tick_params(axis="y", labelsize=8)
        axes.set(title=f"{name}: {mb(services[name]['unpacked_bytes'])} MB", xlabel="MB")
        said.append([f"{folder} {mb(size)} MB" for folder, size in top[::-1]])
    inside = [f"{name}: {', '.join(folders[:3])}" for name, folders in zip(chosen, said, strict=True)]
    plots.show(fig, "Bars of the six heaviest folders. " + ". ".join(inside) + ".")
    return "; ".join(f"{name}: {folders[0]}" for name, folders in zip(chosen, said, strict=True))


def draw_build_times(services: Records) -> None:
    """Draw the seconds of each image's build: cold, after an edit of one line, and with nothing changed."""
    fig, axes = plots.figure(width=7.5, height=3.2)
    names = list(services)[::-1]
    for kind, (label, colour, mark) in BUILDS.items():
        seconds = [services[name]["build"][kind]["seconds"] for name in names]
        axes.plot(seconds, range(len(names)), mark, color=colour, label=label)
    axes.set(xscale="log", xlabel="seconds, logarithmic", title="docker build", ylim=(-0.6, len(names) - 0.4))
    _name_rows(axes, names)
    said = []
    for name, each in services.items():
        took = [f"{label.split(':')[0]} {each['build'][kind]['seconds']:.2f} s" for kind, (label, *_) in BUILDS.items()]
        said.append(f"{name}: {', '.join(took)}")
    plots.show(fig, "Seconds of docker build on a logarithmic axis. " + ". ".join(said) + ".")


def draw_running(services: Records) -> None:
    """Draw seconds until a container answers against its memory, a mark for each image that ran."""
    runs = {name: record["run"] for name, record in services.items() if record["run"]}
    fig, axes = plots.figure(width=6.5, height=3.2)
    for number, (name, run) in enumerate(runs.items()):
        x, y = run["ready_seconds"], run["memory_bytes"] / MB
        axes.plot(x, y, plots.MARKS[number], color=plots.CYCLE[number], markersize=9, clip_on=False)
        label = f"{name}: {mb(services[name]['unpacked_bytes'])} MB"
        below = number % 2 == 0 and y > LOWEST
        axes.annotate(label, (x, y), (10, -14 if below else 6), textcoords="offset points", size=8)
    ready = "seconds until the service answers, after the container has started"
    axes.set(
        xscale="log",
        xlabel=ready,
        ylabel="memory, MB",
        title="Left and low is better; beside each name, what its image weighs",
    )
    axes.margins(x=0.3, y=0.2)
    axes.set_ylim(0, None)
    said = [f"{n}: ready in {run['ready_seconds']:.3g} s, {mb(run['memory_bytes'])} MB" for n, run in runs.items()]
    plots.show(fig, "Marks by seconds until ready and memory in use. " + ". ".join(said) + ".")


def draw_frontier(services: Records) -> str:
    """Draw what each image weighs against the time of an answer, and a step around those that none beats in both.

    Returns:
        the names on that frontier, the lightest first.
    """
    from course_utils.images.comparing import over_torch

    raced = {name: each for name, each in services.items() if over_torch(each)}
    if not raced:
        print("No service was raced here: course images race")
        return "not raced"
    points = {name: (each["unpacked_bytes"] / MB, each["answer"]["ratio"]) for name, each in raced.items()}
    best = [
        name
        for name in sorted(points, key=points.get)
        if not any(_beats(each, points[name]) for each in points.values())
    ]
    fig, axes = plots.figure(width=6.5, height=3.2)
    axes.step(*zip(*(points[name] for name in best), strict=True), where="post", color="0.6", linewidth=1)
    for number, (name, (x, y)) in enumerate(points.items()):
        low, high = raced[name]["answer"]["low"], raced[name]["answer"]["high"]
        colour = plots.CYCLE[number]
        axes.errorbar(x, y, [[y - low], [high - y]], fmt=plots.MARKS[number], color=colour, markersize=8, capsize=3)
        axes.annotate(name, (x, y), (9, 5), textcoords="offset points", size=8)
    title = "Left and low is better; the step joins those that none beats in both"
    axes.set(xscale="log", xlabel="MB unpacked, logarithmic", ylabel="an answer's time, of torch's", title=title)
    axes.margins(x=0.15, y=0.15)
    axes.set_ylim(0, None)
    said = "; ".join(
        f"{n}: {mb(raced[n]['unpacked_bytes'])} MB, {y:.2f} of torch's time" for n, (_, y) in points.items()
    )
    plots.show(fig, f"Marks by size and by the time of an answer. {said}. On the frontier: {', '.join(best)}.")
    return ", ".join(best)


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def _name_rows(axes: Any, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
