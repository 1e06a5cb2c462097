"""The compiler's libraries are kept; where they may only be read, a view of them serves."""

import os
import shutil
from pathlib import Path

import pytest

from course_utils import c_compiler, withheld
from course_utils.c_compiler import cache, running, warming
from course_utils.c_compiler.opened import opened_below
from course_utils.errors import CourseError

pytestmark = pytest.mark.skipif(not c_compiler.installed(), reason="ziglang is not installed")


@pytest.fixture
def settings(monkeypatch, tmp_path):
    for name in (cache.GLOBAL, cache.LOCAL, cache.SOURCES):
        monkeypatch.setenv(name, os.environ.get(name, ""))
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def warm(settings):
    c_compiler.warm()
    c_compiler.use_kept_libraries()
    return settings


@pytest.fixture
def records(warm):
    """A copy of the records that are needed, where what they are of is found."""
    for part in ("o", "z", "b"):
        (warm / part).symlink_to(cache.kept() / part)
    return Path(shutil.copytree(cache.kept() / cache.NEEDED, warm / "records"))


def test_what_is_needed_is_kept_and_not_much_more(warm):
    needed = list((cache.kept() / cache.NEEDED).iterdir())
    assert 5 < len(needed) < 60


@pytest.mark.parametrize("target", c_compiler.TARGETS)
def test_it_compiles_or_says_why_not(warm, target):
    source = warm / "a.c"
    source.write_text("int main(void) { return 0; }\n")
    out = c_compiler.compiled(source, target, warm / "a")
    assert out.stat().st_size < 40_000
    source.write_text("int main(void) { return nothing; }\n")
    with pytest.raises(CourseError, match="undeclared identifier 'nothing'"):
        c_compiler.compiled(source, target, out)


def test_a_view_serves_where_the_kept_ones_may_only_be_read(warm, monkeypatch):
    monkeypatch.setattr(cache, "_writable", lambda path: False)
    monkeypatch.setattr(cache.tempfile, "tempdir", str(warm))
    c_compiler.use_kept_libraries()
    assert os.environ[cache.GLOBAL].startswith(str(warm))
    records = Path(os.environ[cache.GLOBAL], cache.RECORDS)
    before = sorted(path.name for path in records.iterdir())
    (warm / "a.c").write_text('#include <stdio.h>\nint main(void) { return puts(""); }\n')
    for target in c_compiler.TARGETS:
        assert c_compiler.run(warm / "a.c", target, warm / "a") == ""
    assert sorted(path.name for path in records.iterdir()) == before  # nothing was built anew


def test_what_the_kernel_did_not_tell_is_found_and_kept(warm, records):
    """A record is missing: what it is of is built again, which is told."""
    (warm / "probe.c").write_text(warming.PROBE)
    assert warming._built_again(warm / "probe.c", records) == set()
    lost = max(records.iterdir(), key=lambda path: path.stat().st_size)
    lost.unlink()
    assert lost.name in warming._built_again(warm / "probe.c", records)


def test_once_it_is_installed_anew_at_the_same_path_nothing_serves(warm, records):
    """A record is of a file's inode, its second 8 bytes: another file lies there then."""
    assert warming._serves(records)
    for path in records.iterdir():
        if record := bytearray(path.read_bytes()):
            record[8] ^= 1
            path.write_bytes(record)
    assert not warming._serves(records)
    assert not warming._serves(warm / "nowhere")


def test_what_no_longer_serves_is_built_again(warm, monkeypatch):
    kept = warm / "kept"
    (kept / cache.NEEDED).mkdir(parents=True)
    (kept / cache.NEEDED / "old").touch()
    built = []
    monkeypatch.setattr(warming, "_build", built.append)
    warming._warm(kept)
    assert built == [kept] and not (kept / cache.NEEDED).exists()
    warming._warm(cache.kept())
    assert built == [kept]


def test_what_is_kept_is_known_by_how_it_was_built(monkeypatch):
    before = cache.kept()
    monkeypatch.setattr(cache, "key_of", lambda modules, packages: f"of {modules} {packages}")
    for module in warming.__name__, running.__name__, cache.__name__:
        assert f"c_compiler/{module.rpartition('.')[2]}" in str(cache.kept()), module
    assert cache.kept() != before


def test_from_wherever_it_is_called_the_kept_ones_are_used(warm, monkeypatch):
    (warm / "a.c").write_text('#include <stdio.h>\nint main(void) { return puts("there"); }\n')
    before = sorted(path.name for path in (cache.kept() / cache.RECORDS).iterdir())
    monkeypatch.chdir(c_compiler.program().parents[1])
    monkeypatch.setenv(cache.LOCAL, str(warm / "local"))
    for target in c_compiler.TARGETS:
        assert c_compiler.run(warm / "a.c", target, warm / "a") == ""
    assert sorted(path.name for path in (cache.kept() / cache.RECORDS).iterdir()) == before


def test_they_may_be_kept_elsewhere(monkeypatch, tmp_path):
    assert c_compiler.elsewhere() == {}
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    assert c_compiler.elsewhere() == {cache.VARIABLE: str(tmp_path)}
    assert cache.kept().parent == tmp_path


def test_without_the_package_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(c_compiler, "installed", lambda: False)
    with pytest.raises(CourseError, match="pip install"):
        c_compiler.compiled(tmp_path / "a.c", c_compiler.TARGETS[0], tmp_path / "a")


def test_it_rests_in_its_own_lesson(tmp_path):
    withheld.working_on("14")
    try:
        with pytest.raises(CourseError, match=r"exercise 14\.7"):
            c_compiler.compiled(tmp_path / "a.c", c_compiler.TARGETS[0], tmp_path / "a")
    finally:
        withheld.working_on(None)


def test_files_that_are_opened_are_told_and_others_not(tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name).write_text(name)
    with opened_below(tmp_path) as names:
        (tmp_path / "one").read_text()
        (tmp_path / "three").write_text("3")
    (tmp_path / "two").read_text()
    assert names == {"one", "three"}
    with pytest.raises(OSError, match="cannot be watched"), opened_below(tmp_path / "nowhere"):
        pass
