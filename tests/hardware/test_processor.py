"""What a processor can do with bytes: asked of the processor itself, told in every record."""

import pytest

from course_utils.hardware import Processor, hardware, hardware_line, processor


def a_processor(architecture, *isa):
    return Processor("any", architecture, isa)


@pytest.mark.parametrize(
    ("cpu", "kind", "saturates"),
    [
        (a_processor("x86-64", "avx2"), "x86-64 without VNNI", True),
        (a_processor("x86-64", "avx2", "avx_vnni"), "x86-64 with VNNI", False),
        (a_processor("x86-64", "avx2", "avx512f", "avx512_vnni"), "x86-64 with VNNI", False),
        (a_processor("x86-64", "avx2", "avx512f"), "x86-64 without VNNI", True),
        (a_processor("ARM"), "ARM without dot product", False),
        (a_processor("ARM", "asimddp"), "ARM with dot product", False),
        (a_processor("riscv64"), "riscv64", False),
    ],
)
def test_the_kind_is_what_the_flags_say(cpu, kind, saturates):
    assert (cpu.kind, cpu.saturates) == (kind, saturates)


def test_every_record_names_processor_kind_and_flags():
    found, cpu = hardware(), processor()
    assert (found["cpu"], found["kind"], found["isa"]) == (cpu.name, cpu.kind, list(cpu.isa))
    assert f"{cpu.name} ({cpu.kind})" in hardware_line() and cpu.name


@pytest.mark.isa
def test_the_flags_are_numpys_own_where_numpy_knows_them():
    from numpy._core._multiarray_umath import __cpu_features__ as numpys

    known = {"avx2": "AVX2", "avx512f": "AVX512F", "avx512_vnni": "AVX512VNNI", "asimddp": "ASIMDDP"}
    assert {ours: ours in processor().isa for ours in known} == {ours: numpys[theirs] for ours, theirs in known.items()}
