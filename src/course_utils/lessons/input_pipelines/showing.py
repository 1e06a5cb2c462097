"""The stages of DeepStream beside those of this lesson, the same in one line of GStreamer, and frames of the film."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from course_utils import plots, tables
from course_utils.lessons.input_pipelines.film import COUNT, HEIGHT, SIDE, WIDTH, place
from course_utils.lessons.input_pipelines.stages import frames_of

if TYPE_CHECKING:
    from course_utils.lessons.input_pipelines.film import Film

STAGES = (
    ("capture", "nvurisrcbin, v4l2src", "filesrc", "a film made here, a file"),
    ("decode", "nvv4l2decoder", "decodebin", "PyAV (FFmpeg)"),
    ("preprocess", "nvvideoconvert, nvdspreprocess", "videoconvert, videoscale", "12.1"),
    ("batch", "nvstreammux", "—", "12.5"),
    ("infer", "nvinfer (TensorRT)", "—", "ONNX Runtime"),
    ("track", "nvtracker", "—", "the mean of three places"),
    ("display or store", "nvdsosd, nveglglessink, filesink", "fakesink", "packed by zlib"),
    ("between any two", "queue", "queue", "queue.Queue (12.3, 12.4)"),
)
FEW = (0, 27, 54, 81)
SECONDS = 30


def show_stages(film: Film) -> None:
    """Show a table of the stages, four frames, and the pipeline for GStreamer, run where GStreamer is installed."""
    heads = ("stage", "in DeepStream", "in GStreamer", "here")
    tables.show([dict(zip(heads, row, strict=True)) for row in STAGES])
    _draw_frames(film)
    line = gstreamer(film)
    print(f"The front of it for GStreamer:\n  {line}\n{_tried(film, line)}")


def gstreamer(film: Film) -> str:
    """Return the command that decodes, converts and halves the film in GStreamer, a thread on each side of a queue."""
    halved = f"video/x-raw,format=RGB,width={WIDTH // 2},height={HEIGHT // 2}"
    source = film.path.as_posix() if film.path else "work12/digits.mp4"
    queue = "queue max-size-buffers=4"
    parts = (f"filesrc location={source}", "decodebin", queue, "videoconvert", "videoscale", halved, queue, "fakesink")
    return "gst-launch-1.0 -q " + " ! ".join(parts)


def _tried(film: Film, line: str) -> str:
    program = shutil.which("gst-launch-1.0")
    if program is None or film.path is None:
        return f"Not run: {'the film' if program else 'gst-launch-1.0'} is not here."
    ended = subprocess.run([program, *line.split()[1:]], capture_output=True, text=True, timeout=SECONDS, check=False)
    return "Run here: it ended well." if ended.returncode == 0 else f"Run here: {ended.stderr.strip()[:300]}"


def _draw_frames(film: Film) -> None:
    numbers = [number for number in FEW if number < COUNT]
    frames = frames_of(film, max(numbers) + 1)
    fig, axes = plots.figure(columns=len(numbers), width=7.5, height=1.75)
    for panel, number in zip(axes, numbers, strict=True):
        panel.imshow(frames[number][::2, ::2])
        row, column = (part / 2 for part in place(number))
        across = [column + SIDE / 2 * corner for corner in (0, 1, 1, 0, 0)]
        down = [row + SIDE / 2 * corner for corner in (0, 0, 1, 1, 0)]
        panel.plot(across, down, color=plots.YELLOW, linewidth=1)
        panel.set(title=f"frame {number}: {film.labels[number]}")
        panel.set_axis_off()
    said = ", ".join(f"{film.labels[number]} in frame {number}" for number in numbers)
    plots.show(fig, f"Frames of the film, each with a bright handwritten digit at another place: {said}.")
