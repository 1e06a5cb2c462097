"""The services' network in whole numbers, compiled: it keeps the floor, and its text is what C takes."""

import json
import platform
import re
import subprocess

import numpy as np
import pytest
import torch
from sample_course import ROOT

from course_utils import c_compiler
from course_utils.data import digits
from course_utils.images.in_c import network_header
from course_utils.training import trained

POINT = 0.01
MAIN = """#include <stdio.h>
#include "model.h"
int main(void) {
    float pixels[PIXELS];
    double probabilities[CLASSES];
    model_open("");
    while (fread(pixels, sizeof *pixels, PIXELS, stdin) == PIXELS) {
        model_predict(pixels, probabilities);
        for (int i = 0; i < CLASSES; i++) printf("%.9g%c", probabilities[i], i < CLASSES - 1 ? ',' : '\\n');
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def header():
    return network_header(trained("cnn"), digits(16).train_images)


@pytest.fixture(scope="module")
def probabilities(header, tmp_path_factory):
    """What the compiled network says of all test digits, (n, 10)."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "network.h").write_text(header)
    (folder / "main.c").write_text(f'{MAIN}#include "{ROOT}/docker/serving/bare/model.c"\n')
    includes = (
        f"-I{folder}",
        f"-I{ROOT / 'docker' / 'serving' / 'server'}",
        "-std=gnu11",
        "-Wall",
        "-Wextra",
        "-Werror",
    )
    program = folder / "program"
    said = c_compiler.run(folder / "main.c", f"{platform.machine()}-linux-musl", program, *includes)
    assert said == ""
    given = np.ascontiguousarray(digits(16).test_images, np.float32).tobytes()
    lines = subprocess.run([program], input=given, capture_output=True, check=True).stdout.decode().splitlines()
    return np.array([json.loads(f"[{line}]") for line in lines])


def test_it_keeps_the_floor_and_the_labels_that_the_services_are_asked_for(probabilities):
    given = digits(16)
    with torch.inference_mode():
        expected = trained("cnn")(torch.from_numpy(given.test_images)).softmax(1).numpy()
    assert probabilities.shape == expected.shape
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    right = [(each.argmax(axis=1) == given.test_labels).mean() for each in (probabilities, expected)]
    assert right[0] >= right[1] - POINT
    np.testing.assert_array_equal(probabilities[:100].argmax(axis=1), expected[:100].argmax(axis=1))
    assert abs(probabilities - expected).max() < 0.1


def test_every_number_fits_its_type(header):
    arrays = re.findall(r"static const (int8_t|int32_t) (\w+)\[\] = {([^}]*)}", header)
    assert [name for _, name, _ in arrays if name.startswith("conv1")] == [
        f"conv1_{part}" for part in ("weights", "biases", "multipliers")
    ]
    for kind, name, text in arrays:
        values = np.array(json.loads(f"[{text}]"))
        most = 127 if kind == "int8_t" else 2**31 - 1
        assert abs(values).max() <= most, name
        assert abs(values).max() >= most / 4 or name.endswith("biases"), name  # else it wastes bits
