"""What is in the images, and what is not: looked up in the real ones."""

from __future__ import annotations

import subprocess
import tarfile

import pytest
from sample_course import make_sample

from course_utils.images.weighing import weigh

NAMES = ("onnx", "lean", "native", "bare", "lesson", "grader")
READ_ONLY = ("--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp")


def files(engine, tag: str) -> set[str]:
    """Every path in an image."""
    container = engine.run("create", tag)
    try:
        with (
            engine.start("export", container, stdout=subprocess.PIPE) as export,
            tarfile.open(fileobj=export.stdout, mode="r|") as archive,
        ):
            return {member.name for member in archive}
    finally:
        engine.run("rm", "--force", container)


def in_container(engine, *arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    command = [engine.client, "run", *READ_ONLY, *arguments]
    return subprocess.run(command, input=script, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("name", NAMES)
def test_not_root_telemetry_off_labelled_and_watched(engine, built, name):
    config = engine.inspect(built(name).tag)["Config"]
    assert config["User"].startswith("10001")
    assert "ORT_DISABLE_TELEMETRY=1" in config["Env"] or name == "bare"  # which has no ONNX Runtime
    assert config["Labels"]["org.opencontainers.image.title"] == f"lean-inference {name}"
    assert config["Healthcheck"]["Test"]


@pytest.mark.parametrize("name", NAMES)
def test_no_cache_and_no_trace_of_the_machine_that_built_it(engine, built, name):
    paths = files(engine, built(name).tag)
    traces = ("run/secrets/", "root/.cache", "home/student/.cache", "etc/pip.conf", "root/.config", "tmp/", "build/")
    assert not [path for path in paths if path.startswith(traces) and not path.endswith("/")]
    history = engine.run("history", "--no-trunc", "--format", "{{.CreatedBy}}", built(name).tag)
    assert "index-url" not in history.lower()
    assert "proxy" not in history.lower()


@pytest.mark.parametrize("name", ["lean", "native", "bare"])
def test_only_what_is_needed(engine, built, name):
    paths = files(engine, built(name).tag)
    programs = {path.rpartition("/")[2] for path in paths}
    assert not programs & {"pip", "gcc", "cc", "sh", "bash", "apt-get", "dpkg", "perl"}
    assert not [path for path in paths if "/pip/" in path or "/test/" in path]
    if name == "native":
        assert len([path for path in paths if path.endswith(".so") or ".so." in path]) < 12


def test_the_weight_adds_up(engine, built):
    tag = built("onnx").tag
    record = weigh(engine, tag)
    assert record["unpacked_bytes"] == pytest.approx(engine.inspect(tag)["Size"], rel=1e-3)
    assert record["download_bytes"] == sum(layer["size"] for layer in record["manifest"]["layers"])
    assert record["unpacked_bytes"] == sum(layer["unpacked_bytes"] for layer in record["layers"])
    assert sum(size for _, size in record["files"]) == pytest.approx(record["unpacked_bytes"], rel=2e-2)
    assert record["config"]["rootfs"]["diff_ids"] == engine.inspect(tag)["RootFS"]["Layers"]
    assert [layer["from_base"] for layer in record["layers"]] == [True, False, False, False, False]
    assert record["layers"][3]["step"].startswith("RUN ")
    assert any(
        path.endswith("onnxruntime_pybind11_state.cpython-311-x86_64-linux-gnu.so") for path, _ in record["files"]
    )


NOTEBOOK = """
import nbformat, nbclient
notebook = nbformat.read("lesson/xor_and_adam.ipynb", 4)
nbclient.NotebookClient(notebook, timeout=60, allow_errors=True).execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            print("ERROR", output.ename, output.evalue)
print("cells", sum(cell.cell_type == "code" for cell in notebook.cells))
"""


def test_a_lesson_finds_all_it_imports(engine, built):
    home = ("--tmpfs", "/home/student:uid=10001")
    done = in_container(engine, *home, built("lesson").tag, "python", "-", script=NOTEBOOK)
    assert done.returncode == 0, done.stderr
    errors = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("ERROR")}
    assert "NotImplementedError" in errors, "the student's cells are still to be written"
    assert not errors & {"ModuleNotFoundError", "ImportError", "FileNotFoundError", "OSError", "PermissionError"}


def test_a_lesson_holds_nothing_else(engine, built):
    paths = files(engine, built("lesson").tag)
    assert [path for path in paths if path.endswith(".ipynb")] == ["course/lesson/xor_and_adam.ipynb"]
    packages = {
        path.split("/")[5] for path in paths if path.startswith("usr/local/lib/python3.11/") and path.count("/") > 4
    }
    assert "torch" in packages
    assert not packages & {"onnxruntime", "tensorrt_rtx", "sklearn", "nbgrader"}
    assert not [path for path in paths if "course_staff" in path]


def test_the_grader_grades_what_is_mounted(engine, built, tmp_path):
    from course_staff.authoring.release import release

    course = make_sample(tmp_path / "course")
    (lesson,) = course.authored()
    release(lesson, False)
    folder = course.root / "grading" / "submitted" / "ada" / lesson.id
    folder.mkdir(parents=True)
    notebook = lesson.release.read_text()
    (folder / lesson.release.name).write_text(notebook)
    for path in (course.root, *course.root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    mounted = ("--volume", f"{course.root}:/course")
    done = in_container(engine, *mounted, built("grader").tag, "grade", "01", "--sandbox", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ada: 0 of 20" in done.stdout
    assert "1 of 1 graded" in done.stdout
