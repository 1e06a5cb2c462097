"""The tables of lesson 08: the student's functions at work on the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from course_utils import tables
from course_utils.dockerfiles import LAYERS, parse
from course_utils.lessons.docker_images.checks import installed
from course_utils.lessons.docker_images.given import IGNORING, MB
from course_utils.lessons.docker_images.records import Record, Records, mb, opened, origin

PARTS = ("torch", "onnxruntime", "onnxruntime-gpu", "fastapi")  # the versions worth a word
ENGINE = 20 * MB  # a file of ONNX Runtime's above this is its engine


def show_services(services: Records) -> str:
    """Show which images were recorded, with their versions and right answers; return when and where."""
    table = []
    for name, each in services.items():
        right = f"{each['run']['right']} of {each['run']['asked']}" if each["run"] else "not run: no GPU"
        versions = ", ".join(f"{part} {each['versions'][part]}" for part in PARTS if part in each["versions"])
        table.append({"image": name, "right answers": right, "with": versions})
    where = "; ".join(sorted({origin(each) for each in services.values()}))
    tables.show(table, f"measured {where}")
    return where


def show_steps(steps: Iterable[Mapping[str, Any]], caption: str) -> None:
    """Show what the steps of a Dockerfile say of themselves."""
    shown = ("line", "stage", "name", "flags", "words", "called", "text")
    tables.show([{key: step[key] for key in shown} for step in steps], caption)


def show_cuda(dockerfile: str, services: Records) -> None:
    """Show what a Dockerfile of 8.1 installs for each value of CUDA, beside the recorded images with these lists."""
    table = []
    for cuda, name in (("0", "torch"), ("1", "torch-cuda")):
        record = services.get(name)
        nvidia = sum(each.startswith("nvidia-") for each in record["versions"]) if record else "not recorded"
        size = mb(record["unpacked_bytes"]) if record else "not recorded"
        row = {"--build-arg": f"CUDA={cuda}", "you install": ", ".join(installed(dockerfile, CUDA=cuda))}
        table.append(row | {"recorded as": name, "packages of NVIDIA": nvidia, "unpacked MB": size})
    tables.show(table)


def show_ignored(dockerfile: str) -> None:
    """Show what a Dockerfile of 8.2 installs for each value of CUDA, beside one that ignores it."""
    ways = [("yours", dockerfile), ("with the published mistake", IGNORING)]
    rows = [(name, cuda, installed(text, CUDA=cuda)) for name, text in ways for cuda in ("0", "1")]
    tables.show([{"Dockerfile": a, "--build-arg": f"CUDA={b}", "installs": ", ".join(c)} for a, b, c in rows])


def show_lean(services: Records) -> None:
    """Show the recorded images without CUDA, from the heaviest on, and how many times smaller each is."""
    kept = {name: record for name, record in services.items() if not record["cuda"]}
    whole = max(record["unpacked_bytes"] for record in kept.values())
    table = []
    for name, record in kept.items():
        size, stages = record["unpacked_bytes"], record["dockerfile"].count("FROM ")
        smaller = f"{whole / size:.1f}"
        table.append({"image": name, "unpacked MB": mb(size, 1), "times smaller": smaller, "stages": stages})
    tables.show(table, "recorded, all of them for CPUs, all with the same answers")


def show_layers(layer_table: Callable[[dict], list], record: Record) -> None:
    """Show an image's steps and their bytes, by the student's function."""
    rows = [(step or "(the base)", size) for step, size in layer_table(opened(record))]
    tables.show([{"step": step[:90], "download MB": mb(size, 2)} for step, size in rows])


def show_shared(services: Records, download_size: Callable[..., int], unpacked_size: Callable[..., int]) -> float:
    """Show what all images take, apart and on one machine; return the MB on disk that shared layers save."""
    manifests = [opened(record) for record in services.values()]
    unpacked = {}
    for record in services.values():
        layers = zip(record["config"]["rootfs"]["diff_ids"], record["layers"], strict=True)
        unpacked |= {digest: layer["unpacked_bytes"] for digest, layer in layers}
    apart = [sum(download_size([m]) for m in manifests), sum(unpacked_size([m], unpacked) for m in manifests)]
    together = [download_size(manifests), unpacked_size(manifests, unpacked)]
    ways = {"each on a machine of its own": apart, "all on one machine": together}
    tables.show([{"the services": way, "download MB": mb(a), "on disk MB": mb(b)} for way, (a, b) in ways.items()])
    return (apart[1] - together[1]) / MB


def show_engines(record: Record) -> None:
    """Show the files of ONNX Runtime's engine in an image."""
    engines = [(path, size) for path, size in record["files"] if "onnxruntime" in path and size > ENGINE]
    rows = [{"file": path.split("packages/")[-1], "MB": mb(size, 1)} for path, size in engines]
    tables.show(rows, "ONNX Runtime's engine; Python loads one of these files")


def show_ratios(theirs: Mapping[str, float], ours: Mapping[str, float]) -> None:
    """Show the published ratios beside the fair ones, of the published sizes and of the recorded."""
    table = []
    for kind, label, said in (("cpu", "without CUDA", "1.94"), ("cuda", "with CUDA", "8.5")):
        row = {"images": label, "published ratio": said}
        row["fair, from the published sizes"] = f"{theirs[kind]:.2f}" if kind in theirs else "none"
        table.append(row | {"fair, recorded here": f"{ours[kind]:.2f}" if kind in ours else "not recorded"})
    tables.show(table, "times that PyTorch's image is heavier than ONNX Runtime's")


def show_rebuilt(rebuilt: Callable[[str, list], list], services: Records) -> None:
    """Show how many steps `rebuilt` predicts for each image's recorded edit, beside what the engine rebuilt."""
    table = []
    for name, record in services.items():
        steps = [each for each in record["build"]["edited"]["steps"] if not each["instruction"].startswith("FROM")]
        row = {"image": name, "edited": record["edited_file"]}
        row["steps"] = sum(step["name"] in LAYERS for step in parse(record["dockerfile"]))
        row["predicted"] = len(rebuilt(record["dockerfile"], [record["edited_file"]]))
        table.append(row | {"rebuilt": sum(not step["cached"] for step in steps)})
    tables.show(table, "steps that make a layer")
