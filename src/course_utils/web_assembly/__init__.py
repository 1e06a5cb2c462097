"""WebAssembly programs run where they can do no harm: no files, no network, and no more than they are given.

An instruction costs one unit of fuel, the same on every processor and at every run. So fuel judges speed without a
clock.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from course_utils.web_assembly.streams import Ended, Streams

FUEL = 2_000_000_000  # about a second
MEMORY = 64 << 20
TELLING = "wasm trap", "unknown import"  # what the line begins with that says why a program was stopped


@dataclass(frozen=True)
class Ran:
    """What a program did.

    Attributes:
        output: what it wrote to its standard output, up to a bound.
        fuel: instructions that it took.
        status: what it ended with; None where it was stopped.
        why: why it was stopped, in words; empty where it ended by itself.
    """

    output: bytes
    fuel: int
    status: int | None
    why: str = ""


def run(program: bytes, given: bytes = b"", fuel: int = FUEL, memory: int = MEMORY) -> Ran:
    """Run a WASI program with ``given`` on its standard input.

    Args:
        fuel: instructions that it may take; memory: bytes that it may use.

    Raises:
        ValueError: it is no such program, in words of wasmtime.
    """
    import wasmtime

    engine = wasmtime.Engine(_bounded(wasmtime))
    store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
    store.set_limits(memory_size=memory)
    store.set_fuel(fuel)
    streams = Streams(given)
    try:
        module = wasmtime.Module(engine, program)
        streams.define(wasmtime, linker)
        linker.define_unknown_imports_as_traps(module)
        exports = linker.instantiate(store, module).exports(store)
        streams.memory, start = exports["memory"], exports["_start"]
    except (wasmtime.WasmtimeError, wasmtime.Trap, KeyError) as error:
        raise ValueError(f"no program that could be run here: {str(error).splitlines()[0]}") from None
    status, why = _call(wasmtime, start, store, streams)
    return Ran(bytes(streams.output), fuel - store.get_fuel(), status, why)


def _call(wasmtime: Any, start: Any, store: Any, streams: Streams) -> tuple[int | None, str]:
    try:
        start(store)
    except Ended:
        return streams.status, ""
    except (IndexError, struct.error):
        return None, "it asked to read or write outside its memory"
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return None, next((line for line in lines if line.startswith(TELLING)), lines[0])
    return 0, ""


def _bounded(wasmtime: Any) -> Any:
    """Return a configuration that needs neither threads nor gigabytes of addresses."""
    settings = wasmtime.Config()
    settings.consume_fuel = True
    settings.parallel_compilation = False
    settings.memory_reservation = 0
    settings.memory_guard_size = 0
    settings.memory_reservation_for_growth = 1 << 20
    settings.memory_init_cow = False
    return settings
