"""One network over every runtime that is here: bytes, accuracy, and time over eager PyTorch's."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import tables
from course_utils.lessons.edge_runtimes.executorch_files import method_of
from course_utils.lessons.edge_runtimes.folder import new_path
from course_utils.lessons.edge_runtimes.nets import bytes_of, digit_layers, digit_net, pixels
from course_utils.lessons.edge_runtimes.own import written
from course_utils.lessons.edge_runtimes.programs import program_of
from course_utils.lessons.edge_runtimes.racing import TIMES, native, runner
from course_utils.lessons.edge_runtimes.weighed import Build, Program, run_here
from course_utils.quiet import quiet
from course_utils.timing import compare

if TYPE_CHECKING:
    import numpy as np
    import torch

ROUNDS = 60
PC, PHONES = "x86-64, ARM, GPUs", "phones, x86-64, ARM"
Export = Callable[..., Path]


def package_bytes(name: str, part: str = "") -> int:
    """Return the bytes of an installed package, or of a folder in it; 0 where it is not installed."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        return 0
    folder = Path(next(iter(found.submodule_search_locations)), part)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def show_executorch(to_executorch: Export) -> dict[str, str]:
    """Show labels, bytes and time of the network as a file of ExecuTorch, with XNNPACK and without.

    Returns:
        what to keep for the closing table.
    """
    import torch

    net, (x, labels) = digit_net(), _images()
    path, plain = to_executorch(net, x[:1], new_path("digits.pte")), new_path("portable.pte")
    with quiet():
        from executorch.exir import to_edge_transform_and_lower

        lowered = to_edge_transform_and_lower(torch.export.export(net, (x[:1],)), partitioner=[])
        plain.write_bytes(lowered.to_executorch().buffer)
    calls = {"eager PyTorch": _eager(net), "XNNPACK": method_of(path), "portable kernels": method_of(plain)}
    compared = compare({name: lambda call=call: call(x[:1]) for name, call in calls.items()}, rounds=ROUNDS)
    rows = []
    for name, call in calls.items():
        said = torch.cat([call(each[None]) for each in x]).argmax(1).numpy()
        size = {"XNNPACK": path, "portable kernels": plain}.get(name)
        time = "1" if name == compared.first else str(compared.ratio(name))
        rows.append({"run by": name, "bytes of the file": f"{size.stat().st_size:,}" if size else "",
                     "right": f"{(said == labels).mean():.1%}", "time of one image, over eager": time})  # fmt: skip
    tables.show(rows, f"450 test digits, one thread; {compared.rounds} rounds, 95 % intervals")
    return {f"time, {name} over eager": str(compared.ratio(name)) for name in list(calls)[1:]}


def show_runtimes(program_c: Program, build: Build, to_executorch: Export) -> dict[str, str]:
    """Show the table of runtimes; return the largest and the smallest runtime, in words."""
    import numpy as np
    import torch

    net, (x, labels) = digit_net(), _images()
    rows, calls = _of_pytorch(net, x)
    rows |= _of_onnx(net, x, calls)
    rows |= _of_executorch(net, x, calls, to_executorch)
    said = {name: torch.cat([call(each[None]) for each in x]).argmax(1).numpy() for name, call in calls.items()}
    layers, codes = digit_layers(), pixels()[0]
    text, numbers = written(program_c)(layers), bytes_of(layers)
    wasm = program_of(text, "program_c(layers)")
    here = f"{platform.machine()}-linux-musl"
    path = native(text, "bare")
    output, _ = run_here(path, here, codes.tobytes())
    rows["C program"] = (path.stat().st_size - numbers, numbers, "any with a C compiler")
    said["C program"] = np.frombuffer(output or b"", np.uint8) - ord("0")
    engine = package_bytes("wasmtime")
    rows["the same, wasmtime"] = (engine + len(wasm) - numbers, numbers, "x86-64, ARM; browsers")
    said["the same, wasmtime"] = np.frombuffer(run_here(_kept(wasm), "wasm32-wasi", codes.tobytes())[0], np.uint8) - 48
    timed = {name: lambda call=call: call(x[:1]) for name, call in calls.items()} | {"C program": runner(path)}
    compared = compare(timed, rounds=ROUNDS, time_limit_s=15)
    shown = []
    for name, (runtime, model, where) in rows.items():
        right = f"{(said[name] == labels).mean():.1%}" if name in said and len(said[name]) == len(labels) else ""
        shown.append({"runtime": name, "its bytes": in_words(runtime), "the model's": in_words(model), "right": right,
                      "time over eager": _time(compared, name, len(x)), "runs on": where})  # fmt: skip
    tables.show(shown, f"One network, 450 test digits; {compared.rounds} rounds. {compared.hardware}")
    sizes = {name: row[0] for name, row in rows.items()}
    large, small = max(sizes, key=sizes.get), min(sizes, key=sizes.get)
    return {"largest runtime": f"{large}, {in_words(sizes[large])}", "smallest": f"{small}, {in_words(sizes[small])}"}


def in_words(size: int) -> str:
    """Return bytes as a person says them."""
    for unit, one in (("MB", 10**6), ("kB", 10**3)):
        if size >= one:
            return f"{size / one:.3g} {unit}"
    return f"{size} bytes"


def _of_pytorch(net: torch.nn.Module, x: torch.Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
    import torch

    path = new_path("digits.ts")
    with quiet(), torch.no_grad():
        traced = torch.jit.trace(net, x[:1])
        traced.save(str(path))
        loaded = torch.jit.load(str(path))
    size = sum(each.numel() * each.element_size() for each in net.parameters())
    rows = {
        "eager PyTorch": (package_bytes("torch"), size, PC),
        "TorchScript (LibTorch)": (package_bytes("torch", "lib"), path.stat().st_size, PC),
    }
    return rows, {"eager PyTorch": _eager(net), "TorchScript (LibTorch)": _eager(loaded)}


def _of_onnx(net: torch.nn.Module, x: torch.Tensor, calls: dict[str, Any]) -> dict[str, Any]:
    import torch

    from course_utils.export import to_onnx
    from course_utils.runtime import session

    path = to_onnx(net, x[:1], new_path("digits.onnx"))
    opened = session(path, threads=1)
    (name,) = (each.name for each in opened.get_inputs())
    calls["ONNX Runtime"] = lambda given: torch.from_numpy(opened.run(None, {name: given.numpy()})[0])
    return {"ONNX Runtime": (package_bytes("onnxruntime"), Path(path).stat().st_size, f"{PC}, phones, browsers")}


def _of_executorch(net: torch.nn.Module, x: torch.Tensor, calls: dict[str, Any], export: Export) -> dict[str, Any]:
    if importlib.util.find_spec("executorch") is None:
        return {}
    try:
        path = export(net, x[:1], new_path("digits.pte"))
    except NotImplementedError:
        print("Exercise 14.2 is not written yet: ExecuTorch is left out.")
        return {}
    calls["ExecuTorch"] = method_of(path)
    return {"ExecuTorch": (package_bytes("executorch"), path.stat().st_size, PHONES)}


def _eager(net: torch.nn.Module) -> Callable[[torch.Tensor], torch.Tensor]:
    import torch

    def call(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return net(x)

    return call


def _images() -> tuple[torch.Tensor, np.ndarray]:
    import torch

    codes, labels = pixels()
    return torch.from_numpy(codes.reshape(-1, 1, 8, 8)).float() / 16, labels


def _kept(program: bytes) -> Path:
    path = new_path("digits.wasm")
    path.write_bytes(program)
    return path


def _time(compared: Any, name: str, digits: int) -> str:
    if name == compared.first:
        return "1"
    if name not in compared.timings:
        return ""
    ratio = compared.ratio(name)
    if name != "C program":
        return str(ratio)
    value, low, high = (each / (TIMES * digits) for each in ratio)
    return f"{value:.2g} ({low:.2g} to {high:.2g})"
