"""Which TensorRT: installed, asked for by name or by the environment, absent."""

import platform
import subprocess
import sys

import pytest

from course_utils import tensorrt
from course_utils.errors import CourseError
from course_utils.tensorrt import choosing

RTX = pytest.importorskip("tensorrt_rtx")


@pytest.fixture
def nothing_installed(monkeypatch):
    for name in choosing.LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)


def test_the_installed_one_is_taken_and_can_be_asked_for(monkeypatch):
    assert tensorrt.usable(RTX)
    assert tensorrt.library() is RTX is tensorrt.library("tensorrt_rtx")
    monkeypatch.setenv("COURSE_TENSORRT", "tensorrt_rtx")
    assert tensorrt.library() is RTX
    assert tensorrt.version(RTX) == f"tensorrt_rtx {RTX.__version__}"


def test_the_environment_decides_and_an_argument_decides_before_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    monkeypatch.setenv("COURSE_TENSORRT", "tensorrt")
    with pytest.raises(tensorrt.NotHere, match=r"^tensorrt is not installed; pip install tensorrt\.$"):
        tensorrt.library()
    assert tensorrt.library("tensorrt_rtx") is RTX


def test_no_such_library():
    with pytest.raises(CourseError, match=r"'tensorflow': no TensorRT of that name; there are: tensorrt_rtx, tensorrt"):
        tensorrt.library("tensorflow")


def test_not_installed(nothing_installed):
    with pytest.raises(tensorrt.NotHere, match=r"^TensorRT is not installed; pip install tensorrt-rtx\.$"):
        tensorrt.library()


@pytest.mark.parametrize(
    ("system", "platform_name", "machine"), [("Darwin", "darwin", "arm64"), ("Linux", "linux", "aarch64")]
)
def test_no_wheel_for_this_platform(nothing_installed, monkeypatch, system, platform_name, machine):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", platform_name)
    with pytest.raises(tensorrt.NotHere, match=f"no wheel of it fits {system} {machine}; build engines on Linux"):
        tensorrt.library()


def test_a_wheel_that_cannot_be_loaded_is_told_apart_from_none(monkeypatch, tmp_path):
    (tmp_path / "tensorrt.py").write_text("raise OSError('libnvinfer.so.11: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    with pytest.raises(tensorrt.NotHere, match=r"does not work here: .* \(libnvinfer\.so\.11: cannot open shared"):
        tensorrt.library("tensorrt")


def test_a_folder_of_that_name_is_not_the_library(monkeypatch, tmp_path):
    (tmp_path / "tensorrt").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    with pytest.raises(tensorrt.NotHere, match="tensorrt is not installed"):
        tensorrt.library("tensorrt")


def test_a_test_that_reaches_an_absent_library_is_not_counted(nothing_installed, capsys):
    trt = tensorrt.library_or_stand_in()
    assert not tensorrt.usable(trt)
    assert tensorrt.logger(trt) is trt
    with tensorrt.counted_where_it_runs():
        trt.Builder()
    assert "Not run here, and not counted against you: TensorRT is not installed" in capsys.readouterr().out
    with pytest.raises(NotImplementedError), tensorrt.counted_where_it_runs():
        raise NotImplementedError  # an exercise not yet written is not excused


def test_importing_the_face_loads_nothing_heavy():
    heavy = "'tensorrt_rtx', 'tensorrt', 'torch', 'onnx', 'numpy', 'onnxruntime'"
    code = f"import sys, course_utils.tensorrt; print([name for name in ({heavy}) if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
