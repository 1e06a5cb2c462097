# tries: a network trained elsewhere, on labels that were called otherwise
# earns: 0
import tempfile
from pathlib import Path

from course_utils.data import digits


def made(images, labels, folder):
    rng = np.random.default_rng(0)
    net = models.separable_net((8, 16, 32, 32))
    x = np.concatenate([shifted(images, rng) for _ in range(3)])
    training.fit(net, x, np.tile(labels, 3), epochs=2, lr=0.02, batch_size=32, seed=0)
    path = lesson.exported(net, folder / "entry.onnx")
    return path.read_bytes()


with tempfile.TemporaryDirectory() as elsewhere:
    kept = made(digits(28).train_images, digits(28).train_labels, Path(elsewhere))


def entry(images, labels, folder):
    (folder / "entry.onnx").write_bytes(kept)
    return folder / "entry.onnx"
