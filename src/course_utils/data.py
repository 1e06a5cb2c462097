"""Handwritten digits, split into training and test images: small ones that are always there, and MNIST."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from course_utils.errors import CourseError
from course_utils.withheld import resting_in

if TYPE_CHECKING:
    import numpy as np
    import torch

SIZES = (8, 16, 28)
TESTED = 450  # of the 1,797 small digits
SEED = 0  # of their split
MNIST_TRAINED = 60_000  # of the 70,000: MNIST comes in the order of its own split


@dataclass(frozen=True)
class Digits:
    """Images of digits and what they show, as NumPy arrays or as tensors.

    Images are (n, 1, size, size) float32 from 0 (paper) to 1 (ink), labels are (n,) int64 from 0 to 9.
    """

    train_images: np.ndarray | torch.Tensor
    train_labels: np.ndarray | torch.Tensor
    test_images: np.ndarray | torch.Tensor
    test_labels: np.ndarray | torch.Tensor


@resting_in("16", "some of these digits are what entries are judged by; train on those that entry is given.")
def digits(size: int = 8, as_tensors: bool = False) -> Digits:
    """Return scikit-learn's 1,797 digits: 1,347 to train on, 450 to test on, each digit with its share in both.

    They come with scikit-learn, as 8×8 images with 17 grey levels. Larger ones are interpolated bilinearly
    (``torch.nn.functional.interpolate``, ``align_corners=False``). Every call gives the same split, in new arrays.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998), its test set.

    Args:
        size: 8, 16 or 28 pixels a side.
        as_tensors: return torch tensors instead of NumPy arrays.

    Raises:
        ValueError: another size.
    """
    if size not in SIZES:
        raise ValueError(f"size is {size!r}; it must be one of {', '.join(map(str, SIZES))}")
    images, labels, train, test = _small_digits()
    if size != images.shape[-1]:
        images = _resized(images, size)
    return _packed(images[train], labels[train], images[test], labels[test], as_tensors)


def mnist(as_tensors: bool = False) -> Digits:
    """Return MNIST, 60,000 images to train on and 10,000 to test on, 28×28, loaded by scikit-learn from OpenML.

    The first call downloads about 15 MB, which scikit-learn keeps (in ``SCIKIT_LEARN_DATA``, else in the home folder).

    Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998).

    Raises:
        CourseError: pandas, which reads the file, is not installed, or there is no connection.
    """
    import warnings

    import numpy as np
    from sklearn.datasets import fetch_openml

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A network error occurred")  # said once, below
            loaded = fetch_openml("mnist_784", version=1, as_frame=False, parser="pandas", n_retries=1)
    except ImportError as error:
        raise CourseError(
            "MNIST: it is read with pandas, which is not installed; run `pip install 'lean-inference[mnist]'`."
        ) from error
    except OSError as error:
        raise CourseError(
            f"MNIST: it could not be fetched from openml.org ({error}); go online once, or use digits(28), which needs "
            "no connection."
        ) from error
    images = loaded.data.astype(np.float32).reshape(-1, 1, 28, 28) / np.float32(255)
    labels = loaded.target.astype(np.int64)
    cut = MNIST_TRAINED
    return _packed(images[:cut], labels[:cut], images[cut:], labels[cut:], as_tensors)


@cache
def _small_digits() -> tuple[np.ndarray, ...]:
    # images (1797, 1, 8, 8), labels, and the places of training and test images
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    loaded = load_digits()
    images = (loaded.images[:, None] / 16).astype(np.float32)
    labels = loaded.target.astype(np.int64)
    train, test = train_test_split(np.arange(len(labels)), test_size=TESTED, stratify=labels, random_state=SEED)
    return images, labels, train, test


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    import torch

    small = torch.from_numpy(images)
    return torch.nn.functional.interpolate(small, size=(size, size), mode="bilinear", align_corners=False).numpy()


def _packed(*parts: np.ndarray | bool) -> Digits:
    *arrays, as_tensors = parts
    if as_tensors:
        import torch

        return Digits(*map(torch.from_numpy, arrays))
    return Digits(*arrays)
