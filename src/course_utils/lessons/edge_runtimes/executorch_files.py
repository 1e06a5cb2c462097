"""A .pte file looked into, and run by ExecuTorch's own runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import expect
from course_utils.quiet import quiet

if TYPE_CHECKING:
    import torch


def run_pte(path: Path, x: torch.Tensor) -> torch.Tensor:
    """Return what the method forward of a .pte file gives for one input, by ExecuTorch's runtime.

    Raises:
        Unmet: the runtime does not take the file, or not this input.
    """
    try:
        with quiet():  # it remarks on the processor
            return method_of(path)(x.clone())
    except (RuntimeError, ValueError, TypeError) as error:
        said = str(error).splitlines()[0]
        expect.true(False, f"{Path(path).name} run by ExecuTorch", expected="its outputs", got=said)


def method_of(path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return a function that runs the method forward of a .pte file, loaded once."""
    import torch

    with quiet():
        from executorch.runtime import Runtime

        program = Runtime.get().load_program(Path(path).read_bytes())
        method = program.load_method("forward")
    return lambda x, _kept=program: torch.as_tensor(method.execute([x])[0]).clone()


def inside(path: Path) -> dict[str, Any]:
    """Return what a .pte file has its processor do: "delegates", their names in the order they are called; "kernels".

    Raises:
        Unmet: it is no such file.
    """
    try:
        with quiet():
            from executorch.exir._serialize._program import deserialize_pte_binary

            read = deserialize_pte_binary(Path(path).read_bytes())
    except Exception as error:  # whatever a strange file does to a reader
        expect.true(False, f"{Path(path).name}", expected="a .pte file", got=f"{type(error).__name__}: {error}")
    program = getattr(read, "program", read)
    plan = next((plan for plan in program.execution_plan if plan.name == "forward"), program.execution_plan[0])
    steps = [step.instr_args for chain in plan.chains for step in chain.instructions]
    delegates = [plan.delegates[step.delegate_index].id for step in steps if type(step).__name__ == "DelegateCall"]
    kernels = [plan.operators[step.op_index].name for step in steps if type(step).__name__ == "KernelCall"]
    return {"delegates": delegates, "kernels": kernels}
