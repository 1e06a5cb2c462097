"""The layers of an engine, read from the log of its build: what was fused, in which types, on which stream."""

from __future__ import annotations

import re
from dataclasses import dataclass

from course_utils.withheld import answer_to

TYPE = re.compile(r"Datatype: (\w+)")
ORIGIN = re.compile(r"\[ONNX Layer: ([^\x1f]+)\]")  # a name may have brackets in it
LINE = re.compile(
    r"^Name: (?P<name>.+?), LayerType: (?P<kind>\w*), Inputs: \[(?P<inputs>.*?)\], Constants: \[(?P<constants>.*)\], "
    r"Outputs: \[(?P<outputs>.*)\], TacticName: (?P<tactic>.*?), StreamId: (?P<stream>\d+), Metadata: ?(?P<origins>.*)$"
)
# Their ends, not work: a shape that is computed, one stream that waits for another.
HOUSEKEEPING = ("shape_call", "signal", "wait")


@dataclass(frozen=True)
class EngineLayer:
    """One layer of an engine.

    Attributes:
        kind: TensorRT's word for it: correlation (a convolution), gemm, kgen (a generated kernel), …
        inputs, outputs: types, such as Float, Half, Int8.
        constants: types of the weights in it.
        tactic: the kernel chosen; empty, or a stub, where it is chosen on the user's machine.
        stream: the CUDA stream it runs on; 0 is the caller's.
        nodes: names of the ONNX nodes fused into it, as TensorRT orders them.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    constants: tuple[str, ...]
    outputs: tuple[str, ...]
    tactic: str
    stream: int
    nodes: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether it computes something, rather than a shape, a signal or a wait."""
        return self.kind not in HOUSEKEEPING


@answer_to("7.4")
def layers(log: str) -> list[EngineLayer]:
    """Return the engine's layers from a build's verbose log, in order; none where the build told no details.

    TensorRT lists them once, in the message that begins with ``Layers:``, if the build's ``profiling_verbosity`` is
    DETAILED.

    Args:
        log: the whole log, or that message.
    """
    found: list[EngineLayer] = []
    listing = False
    for line in log.split("\n"):  # not splitlines: TensorRT separates nodes by control characters
        if line == "Layers:":
            listing, found = True, []
        elif listing and (match := LINE.match(line)):
            found.append(_layer(match))
        elif listing and not line.startswith("Name: "):
            listing = False
    return found


def _layer(match: re.Match[str]) -> EngineLayer:
    types = {key: tuple(TYPE.findall(match[key])) for key in ("inputs", "constants", "outputs")}
    return EngineLayer(
        name=match["name"],
        kind=match["kind"],
        tactic=match["tactic"],
        stream=int(match["stream"]),
        nodes=tuple(ORIGIN.findall(match["origins"])),
        **types,
    )
