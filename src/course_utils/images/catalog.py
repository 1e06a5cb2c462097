"""The course's images: where each is made from, and what it must keep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from course_utils.errors import CourseError

BASE = "python:3.11-slim-bookworm"
MEGABYTE = 10**6
IN_C = {"edited": "server/server.c"}
PACKAGE = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "src", "docker/requirements.py")


@dataclass(frozen=True)
class Image:
    """One image: its name, its Dockerfile, and what is known of it before it is built.

    family: the framework inside; images of one family with and without CUDA differ in that alone.
    context: the folder that it is built from, below the course's root; only ``needs`` are sent.
    arguments: build arguments that make it this image.
    edited: the file of the context that an ordinary edit changes.
    serves: whether it answers with digits on port 8000.
    options: of ``docker run``, that it does not run without.
    budget: bytes that it may have unpacked, or None.
    """

    name: str
    family: str
    dockerfile: str
    context: str = "docker/serving"
    needs: tuple[str, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    edited: str = "app/service.py"
    serves: bool = True
    options: tuple[str, ...] = ()
    budget: int | None = None

    @property
    def tag(self) -> str:
        return f"lean-inference/{self.name}"

    @property
    def cuda(self) -> bool:
        return self.arguments.get("CUDA") == "1"


def _service(name: str, family: str, folder: str, needs: tuple[str, ...] = (), **more: object) -> Image:
    return Image(name, family, f"{folder}/Dockerfile", needs=needs or ("app", "closure.py", folder), **more)


def _course(name: str, *needs: str) -> Image:
    needs = (*PACKAGE, f"docker/{name}", *needs)
    edited = "src/course_utils/__init__.py"
    return Image(name, name, f"docker/{name}/Dockerfile", ".", needs, edited=edited, serves=False)


IMAGES = {
    image.name: image
    for image in (
        _service("torch-cuda", "torch", "torch", arguments={"CUDA": "1"}),
        _service("onnx-cuda", "onnx", "onnx", arguments={"CUDA": "1"}),
        _service("torch", "torch", "torch", arguments={"CUDA": "0"}),
        _service("onnx", "onnx", "onnx", arguments={"CUDA": "0"}, budget=260 * MEGABYTE),
        _service("lean", "onnx", "lean", needs=("app", "closure.py", "lean", "onnx"), budget=120 * MEGABYTE),
        _service("native", "onnx", "native", needs=("closure.py", "native", "server"), **IN_C, budget=36 * MEGABYTE),
        _service("bare", "none", "bare", needs=("bare", "server"), **IN_C, budget=MEGABYTE),
        _service("ray", "ray", "ray", needs=("app", "ray"), options=("--tmpfs", "/tmp")),
        _course("lab", "notebooks", "nbgrader_config.py"),
        _course("lesson"),
        _course("grader"),
    )
}
SMALL_SERVICES = ("torch", "onnx", "lean", "native", "bare")


def for_lesson(image: Image, lesson: str) -> Image:
    """Return the image "lesson" for one lesson, named by its folder; any other image as it is."""
    if image.name != "lesson":
        return image
    return replace(image, arguments={"LESSON": lesson}, needs=(*image.needs, f"notebooks/{lesson}"))


def chosen(names: tuple[str, ...]) -> list[Image]:
    """Return the images named; for no name the services without CUDA.

    Raises:
        CourseError: there is no such image.
    """
    for name in names:
        if name not in IMAGES:
            raise CourseError(f"{name}: no image of that name; there are: {', '.join(IMAGES)}.")
    return [IMAGES[name] for name in names or SMALL_SERVICES]
