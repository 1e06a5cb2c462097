"""What this core can do is measured once, kept by processor, and measured again where what was kept is no good."""

from __future__ import annotations

import json

import pytest

from course_utils.hardware import Processor, kept_peaks


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return the folder, and how often was measured."""
    times = []
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setattr(kept_peaks, "peaks", lambda: times.append(1) or {"float32": 2e9, "int8": 5e9})
    monkeypatch.setattr(kept_peaks, "SECONDS", 0.01)
    return tmp_path, times


def test_it_is_measured_once(kept):
    folder, times = kept
    first = kept_peaks.machine()
    assert kept_peaks.machine() == first and len(times) == 1
    assert first["float32"] == 2e9 and first["memory"] > 1e8 and first["cache"] > 1e8
    assert len(list(folder.glob("peaks-*.json"))) == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", json.dumps({"float32": 1.0}), "null"])
def test_what_was_kept_and_is_no_good_is_measured_again(kept, text):
    folder, times = kept
    good = kept_peaks.machine()
    (path,) = folder.glob("peaks-*.json")
    path.write_text(text)
    assert kept_peaks.machine().keys() == good.keys() and len(times) == 2


def test_another_processor_has_its_own(kept, monkeypatch):
    _, times = kept
    kept_peaks.machine()
    monkeypatch.setattr(kept_peaks, "processor", lambda: Processor("another", "ARM", ()))
    kept_peaks.machine()
    assert len(times) == 2


def test_a_folder_that_cannot_be_written_costs_time_and_no_more(kept, monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert kept_peaks.machine()["int8"] == 5e9
    assert "cannot be kept" in capsys.readouterr().out
