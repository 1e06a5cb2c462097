"""What lesson 12 shows: figures with words, a film that is real, and what stands in where something is not there."""

from __future__ import annotations

import queue
import re
import threading

import numpy as np
import pytest
from threaded_answers import stage, unwritten

from course_utils import withheld
from course_utils.lessons import input_pipelines as lesson
from course_utils.lessons.input_pipelines import copying, film, showing, stages, waiting
from course_utils.lessons.input_pipelines.queues import draw_queues


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own, begun; few frames."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(film, "COUNT", 8)
    monkeypatch.setattr(film, "EACH", 2)
    monkeypatch.setattr(showing, "COUNT", 8)
    monkeypatch.setattr(showing, "FEW", (0, 3))
    lesson.begin()
    yield tmp_path
    withheld.working_on(None)


@pytest.fixture
def no_pyav(monkeypatch):
    monkeypatch.setattr(film, "has_pyav", lambda: False)


def pictures(said: str) -> list[str]:
    """The alt texts of the pictures in what was displayed; outside a notebook that is printed."""
    return re.findall(r'<img alt="([^"]+)"[^>]*src="data:image/png;base64,', said)


def test_the_film_is_real_and_shows_the_digits_where_it_says(capsys):
    pytest.importorskip("av")
    made = lesson.open_film()
    assert made.path.stat().st_size > 1_000 and capsys.readouterr().out == ""
    frames = list(made.frames())
    assert len(frames) == len(made.labels) == 8 and set(made.labels) == set(film.DIGITS)
    assert {frame.shape for frame in frames} == {(480, 640, 3)} and frames[0].dtype == np.uint8
    for number, frame in enumerate(frames):
        row, column = film.place(number)
        outside = frame.copy()
        outside[row : row + 56, column : column + 56] = 0
        assert frame.max() > 200 and outside.max() < 150
    assert next(made.frames()).shape == (480, 640, 3)


def test_without_pyav_frames_are_painted_and_it_is_said(capsys, no_pyav):
    made = lesson.open_film()
    assert made.path is None and "lean-inference[pipelines]" in capsys.readouterr().out
    assert len(list(made.frames())) == 8
    lesson.show_stages(made)
    said = capsys.readouterr().out
    assert "Not run" in said and "gst-launch-1.0 -q filesrc" in said and len(pictures(said)) == 1


def test_gstreamer_is_run_where_it_is_installed(capsys, monkeypatch, tmp_path):
    ran = []

    class Ended:
        returncode, stderr = 0, ""

    monkeypatch.setattr(showing.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(showing.subprocess, "run", lambda command, **settings: ran.append(command) or Ended())
    monkeypatch.setattr(showing, "_draw_frames", lambda film: None)
    lesson.show_stages(film.Film(tmp_path / "a.mp4", ()))
    assert "it ended well" in capsys.readouterr().out
    assert ran[0][:2] == ["/usr/bin/gst-launch-1.0", "-q"] and ran[0][-1] == "fakesink"


def test_preprocessing_is_drawn_beside_the_usual_way(capsys, no_pyav):
    assert lesson.draw_early(stages.own_preprocess, lesson.open_film()) == pytest.approx(12, abs=0.2)
    said = capsys.readouterr().out
    assert len(pictures(said)) == 1 and "yours over the usual way" in said
    assert lesson.draw_early(unwritten, lesson.open_film()) > 11
    assert lesson.draw_early(lambda frame: frame, lesson.open_film()) > 11
    assert "12.1 is not written" in capsys.readouterr().out


def test_the_edge_is_where_padding_hurts(capsys, no_pyav):
    def fold(weight, bias, mean, std):
        return weight / std[:, None, None], bias - np.einsum("ochw,c->o", weight, mean / std)

    said = lesson.draw_padding(fold, lesson.open_film())
    edge, inside, mended = (float(each) for each in re.findall(r"\d[\d.e-]*\d", said))
    assert edge > 0.1 and inside < 1e-9 and mended < 1e-9
    assert len(pictures(capsys.readouterr().out)) == 1
    assert lesson.draw_padding(unwritten, lesson.open_film()) == "not measured"
    assert lesson.draw_padding(lambda *arrays: None, lesson.open_film()) == "not measured"


def test_the_queue_before_the_slow_stage_is_full(capsys):
    before = re.findall(r"(\d\.\d) before", draw_queues(stage))
    assert float(before[1]) > 1 > float(before[2])
    assert len(pictures(capsys.readouterr().out)) == 1
    assert draw_queues(unwritten) == "not measured"


def test_a_digit_is_found_wherever_it_is():
    frame = np.zeros((3, 240, 320), np.float32)
    for row, column in ((0, 0), (212, 292), (100, 7)):
        picture = frame.copy()
        picture[:, row : row + 28, column : column + 28] = 1
        found = stages._start(picture[0].max(1), 240), stages._start(picture[0].max(0), 320)
        assert found == (row, column)
    assert stages._start(np.zeros(240), 240) == 0


def test_waiting_is_drawn_by_a_clock_that_is_moved(capsys):
    def all_there(get, most, wait, clock):
        item = get()
        while item is not lesson.END:
            batch, until = [item], clock() + wait
            while len(batch) < most and until > clock():
                try:
                    item = get(timeout=until - clock())
                except queue.Empty:
                    break
                if item is lesson.END:
                    break
                batch.append(item)
            yield batch
            item = item if item is lesson.END else get()

    first = lesson.draw_waiting(all_there)
    assert 4 < first < 6 and lesson.draw_waiting(all_there) == first
    assert len(pictures(capsys.readouterr().out)) == 2
    assert waiting.waited(all_there, [0.0, 0.5, 3.0], 8, 1.0) == (2, [1.0, 0.5, 0.0])
    assert np.isnan(lesson.draw_waiting(unwritten))


def test_buffers_are_played_through_and_transfers_are_said(capsys):
    def finished(copy, compute, n, buffers):
        return n * (copy + compute) if buffers == 1 else copy + (n - 1) * max(copy, compute) + compute

    assert lesson.draw_buffers(finished) == pytest.approx(25, abs=0.1)
    assert "1: 20 ms, 2: 16 ms" in pictures(capsys.readouterr().out)[0]
    for buffers, end in ((1, 20), (2, 16), (3, 16)):
        assert copying.played(buffers)[-1][1] + copying.COMPUTE == end
    assert np.isnan(lesson.draw_buffers(unwritten))
    lesson.show_transfers()
    assert "pinned" in capsys.readouterr().out


@pytest.mark.gpu
def test_on_a_gpu_copies_are_measured():
    assert set(copying._measured()) == {"pageable", "pinned", "mapped (zero-copy)"}


def test_threads_do_not_outlive_a_figure():
    before = threading.active_count()
    draw_queues(stage)
    assert threading.active_count() <= before
