"""A program has two streams and what it is given, and nothing else; instructions are counted."""

import pytest

from course_utils import web_assembly

pytest.importorskip("wasmtime")

ECHO = """(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\08\\00\\00\\00")
  (func (export "_start")
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))
    (drop (call $write (i32.const {out}) (i32.const 0) (i32.const 1) (i32.const 8)))))"""
ENDLESS = '(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))'
EXITS = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 5))))"""
OPENS = """(module (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1) (func (export "_start") (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)))))"""
GROWS = """(module (memory (export "memory") 1)
  (func (export "_start") (if (i32.eq (memory.grow (i32.const 2000)) (i32.const -1)) (then unreachable))))"""
STRAYS = """(module (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $read (i32.const 0) (i32.const -8) (i32.const 9) (i32.const -1)))))"""


def made(text):
    import wasmtime

    return bytes(wasmtime.wat2wasm(text))


def test_what_comes_in_goes_out():
    ran = web_assembly.run(made(ECHO.format(out=1)), b"digits and more")
    assert (ran.output, ran.status, ran.why) == (b"digits a", 0, "")
    assert web_assembly.run(made(ECHO.format(out=1))).output == b""
    assert web_assembly.run(made(ECHO.format(out=2)), b"digits").output == b""  # its error stream is not kept


def test_instructions_are_counted_and_always_the_same():
    fuel = {web_assembly.run(made(ECHO.format(out=1)), b"x" * count).fuel for count in (0, 3, 9)}
    assert len(fuel) == 1
    assert 0 < fuel.pop() < 100


def test_what_does_not_end_is_stopped():
    ran = web_assembly.run(made(ENDLESS), fuel=10_000)
    assert (ran.status, ran.fuel) == (None, 10_000)
    assert "fuel" in ran.why


def test_a_program_that_exits_has_its_status():
    assert web_assembly.run(made(EXITS)).status == 5


def test_files_cannot_be_opened():
    ran = web_assembly.run(made(OPENS))
    assert ran.status is None
    assert "path_open" in ran.why


def test_memory_has_a_bound():
    assert web_assembly.run(made(GROWS)).status is None
    assert web_assembly.run(made(GROWS), memory=1 << 28).status == 0


def test_a_stray_pointer_harms_the_program_alone():
    ran = web_assembly.run(made(STRAYS))
    assert ran.status is None
    assert ran.why


@pytest.mark.parametrize("program", [b"", b"\0asm", b"\x7fELF" * 9])
def test_what_is_no_program_is_refused(program):
    with pytest.raises(ValueError, match="no program that could be run here"):
        web_assembly.run(program)
