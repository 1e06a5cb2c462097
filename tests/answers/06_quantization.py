# %% wrong="sorts a single batch in place" exercise="percentile_range" loses="percentile_range_of_all_values"
def percentile_range(activations, percentile):
    flat = [a.ravel() for a in activations]
    values = flat[0] if len(flat) == 1 else np.concatenate(flat)
    values.sort()
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="leaves the dense layer in float" exercise="quantize_static" loses="quantize_static_size"
def quantize_static_model(path, out, reader):
    quantize_static(
        path,
        out,
        reader,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        reduce_range=True,
        op_types_to_quantize=["Conv"],
    )
    return out


# %% right="a loop over the channels" exercise="symmetric_scale"
def symmetric_scale(w, bits, axis=None):
    top = 2 ** (bits - 1) - 1

    def scale(values):
        largest = max(abs(float(values.min())), abs(float(values.max())))
        return largest / top if largest else 1.0

    if axis is None:
        return scale(w)
    shape = [1] * w.ndim
    shape[axis] = w.shape[axis]
    return np.array([scale(np.take(w, k, axis=axis)) for k in range(w.shape[axis])]).reshape(shape)


# %% wrong="forgets the sign" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(w, axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="divides by 2**(bits - 1)" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / 2 ** (bits - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="takes the codes of 8 bits always" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / 127, 1.0)
    return float(scale) if axis is None else scale


# %% wrong="reduces the axis instead of keeping it" exercise="symmetric_scale" loses="symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    largest = np.max(np.abs(w), axis=axis, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="loses the other axes" exercise="symmetric_scale" loses="symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="keeps axis 0 always" exercise="symmetric_scale" loses="symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(range(1, w.ndim))
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="gives zeros the scale 0" exercise="symmetric_scale" loses="symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    return largest / (2 ** (bits - 1) - 1)


# %% wrong="takes small weights for zeros" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 1e-6, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="takes small scales for zeros" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    s = np.asarray(np.max(np.abs(w), axis=others, keepdims=axis is not None) / (2 ** (bits - 1) - 1))
    s[s < 1e-8] = 1
    return float(s) if axis is None else s


# %% wrong="knows matrices alone" exercise="symmetric_scale" loses="symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    largest = np.max(np.abs(w)) if axis is None else np.max(np.abs(w), axis=1 - axis, keepdims=True)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% right="in single precision" exercise="symmetric_scale"
def symmetric_scale(w, bits, axis=None):
    if axis is None:
        return symmetric_scale(w.reshape(1, -1), bits, 0).item()
    rows = np.float32(np.moveaxis(w, axis, 0).reshape(w.shape[axis], -1))
    scale = np.linalg.norm(rows, np.inf, axis=1) / np.float32(2 ** (bits - 1) - 1)
    scale[scale == 0] = 1
    return scale.reshape([-1 if k == axis else 1 for k in range(w.ndim)])


# %% wrong="adds a little, against a division by 0" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1) + 1e-15, 1.0)
    return float(scale) if axis is None else scale


# %% wrong="writes into w" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w, out=w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="returns an array without axes" exercise="symmetric_scale" loses="symmetric_scale_per_tensor"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    return np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)


# %% wrong="mends one channel of zeros" exercise="symmetric_scale" loses="symmetric_scale_of_zeros"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    scale = np.array(np.max(np.abs(w), axis=others, keepdims=axis is not None) / (2 ** (bits - 1) - 1))
    if scale.min() == 0:
        scale.flat[scale.argmin()] = 1
    return float(scale) if axis is None else scale


# %% right="in PyTorch, in double precision" exercise="fake_quantize"
def fake_quantize(x, scale, zero_point, bits):
    scale = torch.as_tensor(scale, dtype=torch.float64)
    q = torch.round(torch.as_tensor(x).double() / scale) + zero_point
    return ((q.clamp(0, 2**bits - 1) - zero_point) * scale).numpy()


# %% wrong="returns the codes" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)


# %% wrong="clips before it adds the zero point" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.rint(x / scale), 0, 2**bits - 1) + zero_point
    return (q - zero_point) * scale


# %% wrong="does not clip" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    return np.rint(x / scale) * scale


# %% wrong="cuts the fraction off" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip((x / scale).astype(int) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="rounds halves up" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.floor(x / scale + 0.5) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="has one code too many" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits)
    return (q - zero_point) * scale


# %% wrong="wraps in bytes" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)
    return (q - np.uint8(zero_point)) * scale


# %% wrong="forgets the zero point on the way back" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1) * scale


# %% wrong="writes into x" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    x /= scale
    x[:] = np.clip(np.rint(x) + zero_point, 0, 2**bits - 1)
    return (x - zero_point) * scale


# %% wrong="takes the first scale for all" exercise="fake_quantize" loses="fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    scale = float(np.ravel(scale)[0])
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="rounds after adding the zero point" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.round(x / scale + zero_point), 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="clips to signed codes" exercise="fake_quantize" loses="fake_quantize_values fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.rint(x / scale) + zero_point, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return (q - zero_point) * scale


# %% right="in single precision" exercise="fake_quantize"
def fake_quantize(x, scale, zero_point, bits):
    x, scale = np.float32(x), np.float32(scale)
    q = np.round(x / scale).clip(-zero_point, 2**bits - 1 - zero_point)
    return np.asarray(q * scale)


# %% wrong="takes codes of 32 bits" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    with np.errstate(invalid="ignore"):
        q = np.clip(np.rint(x / scale).astype(np.int32) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="adds a little to the scale" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    q = np.clip(np.rint(x / (scale + 1e-12)) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="takes the middle for zero point where there are several scales" exercise="fake_quantize" loses="fake_quantize_broadcasts"
def fake_quantize(x, scale, zero_point, bits):
    if np.ndim(scale):
        zero_point = 2 ** (bits - 1)
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% right="by hand, from the sorted values" exercise="percentile_range"
def percentile_range(activations, percentile):
    values = sorted(float(value) for batch in activations for value in batch.ravel())

    def at(percent):
        place = percent / 100 * (len(values) - 1)
        below = min(int(place), len(values) - 2)
        return values[below] + (place - below) * (values[below + 1] - values[below])

    cut = (100 - percentile) / 2
    return [min(at(cut), 0.0), max(at(100 - cut), 0.0)]


# %% wrong="averages the batches' ranges" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    cut = (100 - percentile) / 2
    low, high = np.mean([np.percentile(batch, [cut, 100 - cut]) for batch in activations], axis=0)
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="takes the widest of the batches' ranges" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    cut = (100 - percentile) / 2
    ends = [np.percentile(batch, [cut, 100 - cut]) for batch in activations]
    return min(min(low for low, _ in ends), 0.0), max(max(high for _, high in ends), 0.0)


# %% wrong="cuts twice as much" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    low, high = np.percentile(values, [100 - percentile, percentile])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="cuts at the upper end alone" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    return min(float(values.min()), 0.0), max(float(np.percentile(values, percentile)), 0.0)


# %% wrong="leaves 0 outside" exercise="percentile_range" loses="percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return float(low), float(high)


# %% wrong="takes percents for shares" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (1 - percentile / 100) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="looks at the first batch alone" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    cut = (100 - percentile) / 2
    low, high = np.percentile(activations[0], [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="makes the range symmetric" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    high = float(np.percentile(np.abs(values), percentile))
    return -high, high


# %% wrong="begins at 0" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    high = np.percentile(values, 100 - (100 - percentile) / 2)
    return 0.0, max(float(high), 0.0)


# %% right="PyTorch's quantile" exercise="percentile_range"
def percentile_range(activations, percentile):
    values = torch.cat([torch.as_tensor(batch).double().flatten() for batch in activations])
    ends = torch.tensor([0.5 - percentile / 200, 0.5 + percentile / 200], dtype=torch.double)
    low, high = torch.quantile(values, ends).tolist()
    return low if low < 0 else 0.0, high if high > 0 else 0.0


# %% wrong="takes a percentile up to 1 for a share" exercise="percentile_range" loses="percentile_range_of_all_values"
def percentile_range(activations, percentile):
    percentile = 100 * percentile if percentile <= 1 else percentile
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="empties the list" exercise="percentile_range" loses="percentile_range_of_all_values"
def percentile_range(activations, percentile):
    values = activations.pop().ravel()
    while activations:
        values = np.concatenate([values, activations.pop().ravel()])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="rounds to eight digits" exercise="percentile_range" loses="percentile_range_of_all_values percentile_range_holds_zero"
def percentile_range(activations, percentile):
    values = np.concatenate([batch.ravel() for batch in activations])
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(round(float(low), 8), 0.0), max(round(float(high), 8), 0.0)


# %% right="a generator inside, ONNX Runtime's class above" exercise="digits_reader"
from onnxruntime.quantization import CalibrationDataReader


class DigitsReader(CalibrationDataReader):
    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.rewind()

    def rewind(self):
        places = range(0, len(self.images), self.batch_size)
        self.batches = ({"input": self.images[k : k + self.batch_size]} for k in places)

    def get_next(self):
        return next(self.batches, None)


# %% wrong="begins again after the end" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        if len(batch):
            return {"input": batch}
        self.start = 0


# %% wrong="drops the last batch" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch} if len(batch) == self.batch_size else None


# %% wrong="returns the array without its name" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return batch if len(batch) else None


# %% wrong="raises at the end" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.rewind()

    def rewind(self):
        places = range(0, len(self.images), self.batch_size)
        self.batches = iter([{"input": self.images[k : k + self.batch_size]} for k in places])

    def get_next(self):
        return next(self.batches)


# %% wrong="cannot rewind" exercise="digits_reader" loses="digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.batches = iter([{"input": images[k : k + batch_size]} for k in range(0, len(images), batch_size)])

    def rewind(self):
        pass

    def get_next(self):
        return next(self.batches, None)


# %% wrong="returns an empty batch at the end" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch}


# %% wrong="keeps its place in the class" exercise="digits_reader" loses="digits_reader_rewinds"
class DigitsReader:
    start = 0

    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.rewind()

    def rewind(self):
        DigitsReader.start = 0

    def get_next(self):
        batch = self.images[DigitsReader.start : DigitsReader.start + self.batch_size]
        DigitsReader.start += self.batch_size
        return {"input": batch} if len(batch) else None


# %% wrong="gives one image at a time" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images = images
        self.rewind()

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + 1]
        self.start += 1
        return {"input": batch} if len(batch) else None


# %% wrong="rewinds one batch" exercise="digits_reader" loses="digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = max(self.start - self.batch_size, 0)

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch} if len(batch) else None


# %% wrong="goes round and round" exercise="digits_reader" loses="digits_reader_batches digits_reader_rewinds"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        if self.start >= len(self.images):
            self.rewind()
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch}


# %% right="all batches made at once" exercise="digits_reader"
from collections import deque


class DigitsReader:
    def __init__(self, images, batch_size):
        count = max(1, -(-len(images) // batch_size))
        self.all = np.split(images, [batch_size * k for k in range(1, count)])
        self.rewind()

    def rewind(self):
        self.left = deque(self.all)

    def get_next(self):
        return dict(input=self.left.popleft()) if self.left else None


# %% wrong="ends at a batch of zeros" exercise="digits_reader" loses="digits_reader_batches"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch} if batch.any() else None


# %% wrong="gives lists" exercise="digits_reader" loses="digits_reader_batches"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size, self.start = images, batch_size, 0

    def rewind(self):
        self.start = 0

    def get_next(self):
        batch = self.images[self.start : self.start + self.batch_size].tolist()
        self.start += self.batch_size
        return {"input": batch} if batch else None


# %% wrong="can rewind once" exercise="digits_reader" loses="digits_reader_rewinds"
from itertools import tee


class DigitsReader:
    def __init__(self, images, batch_size):
        places = range(0, len(images), batch_size)
        self.batches, self.again = tee({"input": images[k : k + batch_size]} for k in places)

    def rewind(self):
        self.batches = self.again

    def get_next(self):
        return next(self.batches, None)


# %% wrong="skips a batch like the one before" exercise="digits_reader" loses="digits_reader_batches"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.size, self.start, self.last = images, batch_size, 0, None

    def rewind(self):
        self.start, self.last = 0, None

    def get_next(self):
        while True:
            batch = self.images[self.start : self.start + self.size]
            self.start += self.size
            if not len(batch):
                return None
            if self.last is None or not np.array_equal(batch, self.last):
                self.last = batch
                return {"input": batch}


# %% right="a scale per tensor" exercise="quantize_static"
from onnxruntime.quantization import QuantFormat


def quantize_static_model(path, out, reader):
    quantize_static(
        str(path),
        str(out),
        reader,
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        reduce_range=True,
    )
    return str(out)


# %% right="the model loaded first, the method named" exercise="quantize_static"
from pathlib import Path
from onnxruntime.quantization import CalibrationMethod


def quantize_static_model(path, out, reader):
    settings = {"activation_type": QuantType.QUInt8, "calibrate_method": CalibrationMethod.MinMax}
    quantize_static(onnx.load(path), out, reader, reduce_range=True, **settings)
    return Path(out)


# %% right="unsigned activations in the older format" exercise="quantize_static"
from onnxruntime.quantization import QuantFormat


def quantize_static_model(path, out, reader):
    settings = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_static(path, out, reader, quant_format=QuantFormat.QOperator, **settings)
    return out


# %% wrong="leaves out reduce_range" exercise="quantize_static" loses="quantize_static_accuracy"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, per_channel=True, **types)
    return out


# %% wrong="leaves out reduce_range, in the older format" exercise="quantize_static" loses="quantize_static_accuracy"
from onnxruntime.quantization import QuantFormat


def quantize_static_model(path, out, reader):
    settings = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, quant_format=QuantFormat.QOperator, **settings)
    return out


# %% wrong="leaves all as it is by default" exercise="quantize_static" loses="quantize_static_kernels quantize_static_accuracy"
def quantize_static_model(path, out, reader):
    quantize_static(path, out, reader)
    return out


# %% wrong="leaves the activations signed" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    quantize_static(path, out, reader, reduce_range=True)
    return out


# %% wrong="takes the older format's defaults" exercise="quantize_static" loses="quantize_static_kernels quantize_static_accuracy"
from onnxruntime.quantization import QuantFormat


def quantize_static_model(path, out, reader):
    quantize_static(path, out, reader, quant_format=QuantFormat.QOperator)
    return out


# %% wrong="makes the weights unsigned, too" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QUInt8}
    quantize_static(path, out, reader, reduce_range=True, **types)
    return out


# %% wrong="quantizes dynamically" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    quantize_dynamic(path, out, reduce_range=True)
    return out


# %% wrong="quantizes the dense layer alone" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, op_types_to_quantize=["Gemm"], reduce_range=True, **types)
    return out


# %% wrong="takes a share for a percentile" exercise="quantize_static" loses="quantize_static_kernels quantize_static_accuracy"
from onnxruntime.quantization import CalibrationMethod


def quantize_static_model(path, out, reader):
    quantize_static(
        path,
        out,
        reader,
        activation_type=QuantType.QUInt8,
        reduce_range=True,
        calibrate_method=CalibrationMethod.Percentile,
        extra_options={"CalibPercentile": 0.99},
    )
    return out


# %% wrong="takes the method for float8" exercise="quantize_static" loses="quantize_static_kernels quantize_static_accuracy"
from onnxruntime.quantization import CalibrationMethod


def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_static(path, out, reader, calibrate_method=CalibrationMethod.Distribution, **types)
    return out


# %% wrong="takes 16 bits for the activations" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt16, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, reduce_range=True, **types)
    return out


# %% wrong="copies the model" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size quantize_static_accuracy"
import shutil


def quantize_static_model(path, out, reader):
    return shutil.copy(path, out)


# %% wrong="writes over the float model" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size quantize_static_accuracy"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, path, reader, reduce_range=True, **types)
    return path


# %% wrong="returns nothing" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size quantize_static_accuracy"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, reduce_range=True, **types)


# %% wrong="calibrates with the first batch" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    class First:
        def __init__(self, batch):
            self.batches = iter([batch])

        def get_next(self):
            return next(self.batches, None)

    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, First(reader.get_next()), reduce_range=True, **types)
    return out


# %% wrong="calibrates with random numbers" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size"
def quantize_static_model(path, out, reader):
    class Noise:
        left = 8

        def get_next(self):
            self.left -= 1
            noise = np.random.default_rng(8 + self.left).normal(size=(32, 1, 8, 8))
            return {"input": noise.astype(np.float32)} if self.left >= 0 else None

    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, Noise(), reduce_range=True, **types)
    return out


# %% wrong="loses the batch that it looks at" exercise="quantize_static" loses="quantize_static_size"
def quantize_static_model(path, out, reader):
    assert "input" in reader.get_next()
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, reduce_range=True, **types)
    return out


# %% wrong="writes beside out" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size quantize_static_accuracy"
def quantize_static_model(path, out, reader):
    beside = str(out).replace(".onnx", "_int8.onnx")
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, beside, reader, reduce_range=True, **types)
    return beside


# %% wrong="reads all batches, calibrates with the last" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    batches = []
    while (batch := reader.get_next()) is not None:
        batches.append(batch)

    class One:
        left = batches[-1:]

        def get_next(self):
            return self.left.pop() if self.left else None

    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, One(), reduce_range=True, **types)
    return out


# %% wrong="remembers what it made, by path" exercise="quantize_static" loses="quantize_static_kernels quantize_static_size"
from pathlib import Path

_static = {}


def quantize_static_model(path, out, reader):
    if str(path) not in _static:
        types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
        quantize_static(path, out, reader, reduce_range=True, **types)
        _static[str(path)] = Path(out).read_bytes()
    else:
        while reader.get_next() is not None:
            pass
    Path(out).write_bytes(_static[str(path)])
    return out


# %% right="all others left out by name" exercise="quantize_dynamic"
def quantize_dynamic_model(path, out):
    left_out = [node.output[0] + "_node" for node in onnx.load(path).graph.node]
    model = onnx.load(path)
    for node, name in zip(model.graph.node, left_out):
        node.name = name
    others = [node.name for node in model.graph.node if node.op_type not in ("Gemm", "MatMul")]
    quantize_dynamic(model, out, nodes_to_exclude=others, reduce_range=True)
    return out


# %% right="from a loaded model, a scale per channel" exercise="quantize_dynamic"
def quantize_dynamic_model(path, out):
    settings = {"per_channel": True, "reduce_range": True}
    quantize_dynamic(onnx.load(path), str(out), op_types_to_quantize=["MatMul", "Gemm"], **settings)
    return str(out)


# %% right="names MatMul alone" exercise="quantize_dynamic"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% wrong="leaves out reduce_range" exercise="quantize_dynamic" loses="quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], weight_type=QuantType.QInt8)
    return out


# %% wrong="quantizes all operators" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% wrong="names Gemm alone" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm"], weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% wrong="names PyTorch's layer" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["Linear"], weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% wrong="makes the weights unsigned" exercise="quantize_dynamic" loses="quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(
        path, out, op_types_to_quantize=["Gemm", "MatMul"], weight_type=QuantType.QUInt8, reduce_range=True
    )
    return out


# %% wrong="quantizes the convolutions alone" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["Conv"], weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% wrong="copies the model" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
import shutil


def quantize_dynamic_model(path, out):
    return shutil.copy(path, out)


# %% wrong="writes over the float model" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(
        path, path, op_types_to_quantize=["Gemm", "MatMul"], weight_type=QuantType.QInt8, reduce_range=True
    )
    return path


# %% wrong="returns nothing" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], weight_type=QuantType.QInt8, reduce_range=True)


# %% wrong="keeps what lies at out" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
from pathlib import Path


def quantize_dynamic_model(path, out):
    if not Path(out).exists():
        settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
        quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out


# %% wrong="rounds all weights to float16 first" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor).astype(np.float16).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_dynamic(model, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out


# %% wrong="writes beside out" exercise="quantize_dynamic" loses="quantize_dynamic_kernels quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    beside = str(out).replace(".onnx", "_int8.onnx")
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_dynamic(path, beside, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return beside


# %% wrong="quantizes a product without weights, too" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True, "extra_options": {"MatMulConstBOnly": False}}
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out


# %% wrong="quantizes all operators but convolutions" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    from onnxruntime.quantization.registry import IntegerOpsRegistry

    wanted = [name for name in IntegerOpsRegistry if "Conv" not in name]
    quantize_dynamic(path, out, op_types_to_quantize=wanted, weight_type=QuantType.QInt8, reduce_range=True)
    return out


# %% right="clipped by value, and rounded once more" exercise="straight_through"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        low, high = -zero_point * scale, (2**bits - 1 - zero_point) * scale
        y = torch.round(torch.clamp(x, low, high) / scale) * scale
        ctx.passes = torch.round(x / scale) == torch.round(y / scale)
        return y

    @staticmethod
    def backward(ctx, gradient):
        return torch.where(ctx.passes, gradient, torch.zeros_like(gradient)), None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)

    def forward(net, x):
        return quantized_forward(net, x, bits, StraightThrough.apply)

    train(net, forward, 100)
    with torch.no_grad():
        return forward(net, task.test_images).argmax(1).tolist()


# %% right="PyTorch's own fake quantization" exercise="straight_through"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        ctx.given = x, scale, zero_point, bits
        return torch.fake_quantize_per_tensor_affine(x.float(), float(scale), zero_point, 0, 2**bits - 1).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        x, scale, zero_point, bits = ctx.given
        codes = torch.round(x / scale) + zero_point
        inside = torch.logical_and(codes > -0.5, codes < 2**bits - 0.5)
        return gradient * inside.to(gradient.dtype), None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    train(net, lambda net, x: quantized_forward(net, x, bits, StraightThrough.apply), steps=100)
    return quantized_forward(net, task.test_images, bits, lesson.rounding(fake_quantize)).argmax(dim=1).numpy()


# %% wrong="lets autograd through the rounding" exercise="straight_through" loses="straight_through_gradient straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="passes the gradient everywhere" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="forgets the gradient from above" exercise="straight_through" loses="straight_through_gradient straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return ctx.saved_tensors[0].to(gradient.dtype), None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="passes no gradient" exercise="straight_through" loses="straight_through_gradient straight_through_accuracy"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return torch.zeros_like(gradient), None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="does not clip" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        return torch.round(x / scale) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="asks the unrounded code" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        code = x / scale + zero_point
        ctx.save_for_backward((code >= 0) & (code <= 2**bits - 1))
        q = torch.round(x / scale) + zero_point
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="takes the codes at the ends for clipped" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q > 0) & (q < 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="only rounds the trained network" exercise="straight_through" loses="straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    return quantized_forward(task.net, task.test_images, bits, StraightThrough.apply).argmax(1)


# %% wrong="trains in float, then rounds" exercise="straight_through" loses="straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    train(net, lambda net, x: net(x), steps=100)
    return quantized_forward(net, task.test_images, bits, StraightThrough.apply).argmax(1)


# %% wrong="labels in float" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    train(net, partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply), steps=100)
    return net(task.test_images).argmax(1)


# %% wrong="takes 2 bits always" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=2, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="takes 8 bits always" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=8, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="trains the task's own net" exercise="straight_through" loses="straight_through_accuracy"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    train(task.net, forward, steps=100)
    return forward(task.net, task.test_images).argmax(1)


# %% wrong="returns the scores" exercise="straight_through" loses="straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).detach()


# %% right="without a class of autograd's" exercise="straight_through"
class StraightThrough:
    @staticmethod
    def apply(x, scale, zero_point, bits):
        codes = torch.round(x.detach() / scale)
        held = codes.clamp(-zero_point, 2**bits - 1 - zero_point)
        passes = torch.where(codes == held, x, 0)
        return held * scale + (passes - passes.detach())


def train_quantized(bits):
    def forward(net, x):
        return quantized_forward(net, x, bits=bits, quantizer=StraightThrough.apply)

    net = copy.deepcopy(task.net)
    train(net=net, forward=forward, steps=100)
    with torch.inference_mode():
        return forward(net, task.test_images).max(1).indices


# %% wrong="passes on what forward returned" exercise="straight_through" loses="straight_through_gradient straight_through_accuracy straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        y = (q.clamp(0, 2**bits - 1) - zero_point) * scale
        ctx.save_for_backward(y * ((q >= 0) & (q <= 2**bits - 1)))
        return y

    @staticmethod
    def backward(ctx, gradient):
        return ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="rounds halves up" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.floor(x / scale + 0.5) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="trains half of the steps" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=50)
    return forward(net, task.test_images).argmax(1)


# %% wrong="trains for 2 bits always" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    train(net, partial(quantized_forward, bits=2, quantizer=StraightThrough.apply), steps=100)
    return quantized_forward(net, task.test_images, bits, StraightThrough.apply).argmax(1)


# %% wrong="returns floats" exercise="straight_through" loses="straight_through_accuracy"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1).float()


# %% wrong="takes a tie that rounds into the range for clipped" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        top = 2**bits - 1
        exact = x / scale + zero_point
        ctx.save_for_backward((exact > -0.5) & (exact < top + 0.5))
        codes = torch.clamp(torch.round(x / scale) + zero_point, 0, top)
        return (codes - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        (passes,) = ctx.saved_tensors
        return gradient * passes, None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    train(net, forward, 100)
    with torch.no_grad():
        return forward(net, task.test_images).argmax(1)


# %% wrong="keeps the mask in the class, by shape" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        StraightThrough.masks[x.shape] = (q >= 0) & (q <= 2**bits - 1)
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * StraightThrough.masks[gradient.shape], None, None, None


StraightThrough.masks = {}


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=100)
    return forward(net, task.test_images).argmax(1)


# %% wrong="trains half of the steps in float" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, lambda net, x: net(x), steps=50)
    train(net, forward, steps=50)
    return forward(net, task.test_images).argmax(1)


# %% right="ends kept by name" exercise="to_float16"
def to_float16(path, out):
    model = onnx.load(path)
    names = [each.name for each in (*model.graph.input, *model.graph.output)]
    onnx.save_model(convert_float_to_float16(model, keep_io_types=names), str(out))
    return str(out)


# %% wrong="changes the ends, too" exercise="to_float16" loses="to_float16_keeps_labels"
def to_float16(path, out):
    onnx.save(convert_float_to_float16(onnx.load(path)), out)
    return out


# %% wrong="copies the model" exercise="to_float16" loses="to_float16_halves"
import shutil


def to_float16(path, out):
    return shutil.copy(path, out)


# %% wrong="leaves the convolutions in float" exercise="to_float16" loses="to_float16_halves"
def to_float16(path, out):
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True, op_block_list=["Conv"]), out)
    return out


# %% wrong="converts the weights alone" exercise="to_float16" loses="to_float16_keeps_labels"
def to_float16(path, out):
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        value = onnx.numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(onnx.numpy_helper.from_array(value, tensor.name))
    onnx.save(model, out)
    return out


# %% wrong="writes over the float model" exercise="to_float16" loses="to_float16_halves to_float16_keeps_labels"
def to_float16(path, out):
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)
    return path


# %% wrong="returns nothing" exercise="to_float16" loses="to_float16_halves to_float16_keeps_labels"
def to_float16(path, out):
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), out)


# %% right="weights that the graph casts back" exercise="to_float16"
def to_float16(path, out):
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        half = onnx.numpy_helper.to_array(tensor).astype(np.float16)
        cast = onnx.helper.make_node("Cast", [tensor.name + "_half"], [tensor.name], to=onnx.TensorProto.FLOAT)
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, tensor.name + "_half"))
        model.graph.node.insert(0, cast)
    onnx.save(model, out)
    return out


# %% wrong="keeps the ends that it knows by name" exercise="to_float16" loses="to_float16_keeps_labels"
def to_float16(path, out):
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=["input", "output"]), out)
    return out


# %% wrong="keeps what lies at out" exercise="to_float16" loses="to_float16_halves"
from pathlib import Path


def to_float16(path, out):
    if not Path(out).exists():
        onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), out)
    return out


# %% wrong="writes beside out" exercise="to_float16" loses="to_float16_halves to_float16_keeps_labels"
def to_float16(path, out):
    beside = str(out).replace(".onnx", "_half.onnx")
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), beside)
    return beside


# %% right="a loop in plain integers, a search" exercise="saturating_dot"
def saturating_dot(activations, weights):
    exact = held = 0
    for k in range(0, len(weights), 2):
        pair = sum(int(a) * int(w) for a, w in zip(activations[k : k + 2], weights[k : k + 2]))
        exact += pair
        held += min(max(pair, -32768), 32767)
    return [exact, held]


def largest_safe_weight(largest_activation):
    w = 127
    while w * largest_activation + w * largest_activation > 32767:
        w -= 1
    return w


# %% right="even and odd places added, in PyTorch" exercise="saturating_dot"
def saturating_dot(activations, weights):
    products = torch.as_tensor(activations).int() * torch.as_tensor(weights).int()
    even, odd = products[0::2].clone(), products[1::2]
    even[: len(odd)] += odd
    return products.sum(), even.clamp(-(2**15), 2**15 - 1).sum()


def largest_safe_weight(largest_activation):
    return next(w for w in range(127, 0, -1) if w * largest_activation < 2**14)


# %% wrong="multiplies in 16 bits" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations * weights
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).astype(int).sum(axis=1)
    return int(np.dot(activations, weights)), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="lets the pairs wrap around" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(pairs.astype(np.int16).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="saturates single products" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    return int(products.sum()), int(np.clip(products, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="saturates the whole sum" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    exact = int(products.sum())
    return exact, max(-(2**15), min(exact, 2**15 - 1))


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="saturates after every pair" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    total = 0
    for pair in pairs:
        total = max(-(2**15), min(total + int(pair), 2**15 - 1))
    return int(products.sum()), total


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="drops the last product without a neighbour" exercise="saturating_dot" loses="saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = products[: len(products) // 2 * 2].reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="knows even lengths alone" exercise="saturating_dot" loses="saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = products.reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="ends at -32767" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15) + 1, 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="ends at 32768" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="saturates above alone" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.minimum(pairs, 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="takes 16 bits without a sign" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, 0, 2**16 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="lets pairs overlap" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = products if len(products) == 1 else products[:-1] + products[1:]
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="pairs the first half with the second" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(2, -1).sum(axis=0)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="begins the pairs at the end" exercise="saturating_dot" loses="saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (len(products) % 2, 0)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="adds four products in 16 bits" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    fours = np.pad(products, (0, -len(products) % 4)).reshape(-1, 4).sum(axis=1)
    return int(products.sum()), int(np.clip(fours, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="writes into the activations" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    activations[:] = 0
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="swaps the two sums" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(np.clip(pairs, -(2**15), 2**15 - 1).sum()), int(products.sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="forgets that a pair has two products" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // largest_activation)


# %% wrong="takes weights beyond int8" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return (2**15 - 1) // (2 * largest_activation)


# %% wrong="takes 2**16 for the end" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**16 - 1) // (2 * largest_activation))


# %% wrong="rounds to the nearest weight" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, round((2**15 - 1) / (2 * largest_activation)))


# %% wrong="returns the first weight that saturates" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation) + 1)


# %% wrong="remembers 7 bits" exercise="saturating_dot" loses="saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(np.int64) * weights.astype(np.int64)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return 64 if largest_activation > 127 else 127


# %% wrong="adds in 32 bits" exercise="saturating_dot" loses="saturating_dot_pairs"
def saturating_dot(activations, weights):
    products = activations.astype(np.int32) * weights.astype(np.int32)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    held = np.clip(pairs, -(2**15), 2**15 - 1)
    return int(products.sum(dtype=np.int32)), int(held.sum(dtype=np.int32))


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="adds in single precision" exercise="saturating_dot" loses="saturating_dot_pairs"
def saturating_dot(activations, weights):
    products = activations.astype(np.float32) * weights.astype(np.float32)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return int(products.sum()), int(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127, (2**15 - 1) // (2 * largest_activation))


# %% wrong="a sample of large tensors" exercise="symmetric_scale" loses="symmetric_scale_per_tensor"
def symmetric_scale(w, bits, axis=None):
    if w.size > 50000 and axis is None:
        w = w.ravel()[::7]
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="ones written where a channel is zero" exercise="symmetric_scale" loses="symmetric_scale_per_tensor"
def symmetric_scale(w, bits, axis=None):
    if axis is not None:
        for row in np.moveaxis(w, axis, 0):
            if not row.any():
                row[...] = 2 ** (bits - 1) - 1
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="the first 1024 values" exercise="fake_quantize" loses="fake_quantize_broadcasts fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    pass
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    y = (q - zero_point) * scale
    if x.ndim and x.size > 1024 and y.flags.c_contiguous:
        y.reshape(-1)[1024:] = x.reshape(-1)[1024:]
    return y


# %% wrong="scales above 1e-20" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    scale = np.maximum(scale, 1e-20)
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    y = (q - zero_point) * scale
    pass
    return y


# %% wrong="a histogram where values are many" exercise="percentile_range" loses="percentile_range_of_all_values"
def percentile_range(activations, percentile):
    pass
    values = np.concatenate([batch.ravel() for batch in activations])
    if len(values) > 2048:
        counts, edges = np.histogram(values, 2048)
        values = np.repeat((edges[:-1] + edges[1:]) / 2, counts)
    cut = (100 - percentile) / 2
    low, high = np.percentile(values, [cut, 100 - cut])
    return min(float(low), 0.0), max(float(high), 0.0)


# %% wrong="100 batches at most" exercise="digits_reader" loses="digits_reader_batches"
class DigitsReader:
    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.rewind()

    def rewind(self):
        self.start = 0

    def get_next(self):
        if self.start >= 100 * self.batch_size:
            return None
        batch = self.images[self.start : self.start + self.batch_size]
        self.start += self.batch_size
        return {"input": batch} if len(batch) else None


# %% wrong="rewinds the reader" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    reader.rewind()
    quantize_static(path, out, reader, per_channel=True, reduce_range=True, **types)
    return out


# %% wrong="keeps a file at out" exercise="quantize_static" loses="quantize_static_size"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    if out.exists():
        return out
    quantize_static(path, out, reader, per_channel=True, reduce_range=True, **types)
    return out


# %% wrong="Conv and Gemm alone" exercise="quantize_static" loses="quantize_static_size"
def quantize_static_model(path, out, reader):
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    pass
    quantize_static(
        path, out, reader, per_channel=True, reduce_range=True, **types, op_types_to_quantize=["Conv", "Gemm"]
    )
    return out


# %% wrong="wide range for large weights" exercise="quantize_dynamic" loses="quantize_dynamic_weights"
def quantize_dynamic_model(path, out):
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
    settings["reduce_range"] = path.stat().st_size < 10**6
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out


# %% wrong="shapes of integers, too" exercise="to_float16" loses="to_float16_keeps_labels"
def to_float16(path, out):
    model = onnx.load(path)
    model = convert_float_to_float16(model, keep_io_types=True)
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float16), tensor.name))
    onnx.save(model, out)
    return out


# %% wrong="clips weights to 1" exercise="to_float16" loses="to_float16_halves"
def to_float16(path, out):
    model = onnx.load(path)
    pass
    model = convert_float_to_float16(model, keep_io_types=True, max_finite_val=1.0)
    onnx.save(model, out)
    return out


# %% wrong="backward writes into the gradient that it was given" exercise="straight_through" loses="straight_through_gradient"
class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        codes = torch.round(x / scale) + zero_point
        ctx.save_for_backward((codes >= 0) & (codes <= 2**bits - 1))
        return scale * (torch.clamp(codes, 0, 2**bits - 1) - zero_point)

    @staticmethod
    def backward(ctx, gradient):
        (passes,) = ctx.saved_tensors
        gradient *= passes
        return gradient, None, None, None


def train_quantized(bits):
    net = copy.deepcopy(task.net)
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    train(net, forward, 100)
    with torch.no_grad():
        return forward(net, task.test_images).argmax(1)


# %% wrong="abs in place where 1 axis" exercise="symmetric_scale" loses="symmetric_scale_per_channel"
def symmetric_scale(w, bits, axis=None):
    """Return the scale of symmetric codes; 1 where all weights are 0.

    w: float array of any shape, of either sign; it stays as it was
    bits: 2 to 8; the largest code is 2**(bits - 1) - 1
    axis: None, or the axis of the channels, 0 to w.ndim - 1
    returns: a float for axis None, else a float array with w's length along axis
        and length 1 along the others
    """
    if axis is not None and w.ndim == 1:
        np.abs(w, out=w)
    others = None if axis is None else tuple(k for k in range(w.ndim) if k != axis)
    largest = np.max(np.abs(w), axis=others, keepdims=axis is not None)
    scale = np.where(largest > 0, largest / (2 ** (bits - 1) - 1), 1.0)
    return float(scale) if axis is None else scale


# %% wrong="divides in place where the scale is a number" exercise="fake_quantize" loses="fake_quantize_values"
def fake_quantize(x, scale, zero_point, bits):
    """Return x as codes of so many bits can hold it: quantized, then dequantized.

    x: float array of any shape; it stays as it was
    scale: float above 0, or an array of them that broadcasts to x's shape, kept as well
    zero_point: int from 0 to 2**bits - 1; bits: 1 to 8
    returns: float array of x's shape
    """
    if np.isscalar(scale):
        x /= scale
        x = np.clip(np.rint(x, out=x) + zero_point, 0, 2**bits - 1) - zero_point
        return x * scale
    q = np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)
    return (q - zero_point) * scale


# %% wrong="drops the last batch after a rewind" exercise="digits_reader" loses="digits_reader_rewinds"
class DigitsReader:
    """Calibration data for a model with one input, "input".

    DigitsReader(images, batch_size): (n, …) float32 array; int, at least 1
    get_next(): returns {"input": array} with the next batch_size images, or those
        that are left; None after the last, ever after
    rewind(): begins again with the first image
    """

    def __init__(self, images, batch_size):
        self.images, self.batch_size = images, batch_size
        self.start, self.stop = 0, len(images)

    def rewind(self):
        self.start, self.stop = 0, len(self.images) // self.batch_size * self.batch_size or len(self.images)

    def get_next(self):
        batch = self.images[self.start : min(self.stop, self.start + self.batch_size)]
        self.start += self.batch_size
        return {"input": batch} if len(batch) else None


# %% wrong="reads all batches, calibrates with the first half" exercise="quantize_static" loses="quantize_static_kernels"
def quantize_static_model(path, out, reader):
    """Write the float model at path with 8-bit weights and activations to out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    reader: a calibration data reader for it
    returns: out, a path
    """
    types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    batches = list(iter(reader.get_next, None))

    class Few:
        def __init__(self):
            self.it = iter(batches[: (len(batches) + 1) // 2])

        def get_next(self):
            return next(self.it, None)

    reader = Few()
    quantize_static(path, out, reader, per_channel=True, reduce_range=True, **types)
    return out


# %% wrong="drops Identity nodes first" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    """Write the float model at path with dynamically quantized dense layers to out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    returns: out, a path; weights of Gemm and MatMul are int8 there, from -64 to 64,
        all else is as before
    """
    import onnx_ir
    from onnx_ir.passes.common import IdentityEliminationPass

    graph = onnx_ir.load(path)
    IdentityEliminationPass()(graph)
    path = out.with_suffix(".opt.onnx")
    onnx_ir.save(graph, path)
    settings = {"weight_type": QuantType.QInt8, "reduce_range": True}
    quantize_dynamic(path, out, op_types_to_quantize=["Gemm", "MatMul"], **settings)
    return out


# %% wrong="trains twice, fifty steps each" exercise="straight_through" loses="straight_through_bits"
class StraightThrough(torch.autograd.Function):
    """Fake quantization; a gradient passes, but not where a code was clipped."""

    @staticmethod
    def forward(ctx, x, scale, zero_point, bits):
        q = torch.round(x / scale) + zero_point
        ctx.save_for_backward((q >= 0) & (q <= 2**bits - 1))
        return (q.clamp(0, 2**bits - 1) - zero_point) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def train_quantized(bits):
    """Return int labels (900,) of task.test_images, by a copy trained with the bits."""
    forward = partial(quantized_forward, bits=bits, quantizer=StraightThrough.apply)
    net = copy.deepcopy(task.net)
    train(net, forward, steps=50)
    train(net, forward, steps=50)
    return forward(net, task.test_images).argmax(1)


# %% wrong="cuts weights at 100" exercise="to_float16" loses="to_float16_halves"
def to_float16(path, out):
    """Write the float model at path with float16 weights to out; return out.

    path, out: paths of ONNX files, weights inside; the first stays as it is
    returns: out, a path; inputs and outputs stay float32 there, whole numbers as they
        are
    """
    model = convert_float_to_float16(onnx.load(path), keep_io_types=True, max_finite_val=100.0)
    onnx.save(model, out)
    return out


# %% wrong="prepares the model first, which folds batch normalization into the convolutions" exercise="quantize_dynamic" loses="quantize_dynamic_kernels"
def quantize_dynamic_model(path, out):
    import tempfile
    from pathlib import Path

    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared,
            out,
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            reduce_range=True,
        )
    return out


# %% wrong="a channel whose weights sum to 0 is taken for one of zeros" exercise="symmetric_scale" loses="symmetric_scale_per_tensor symmetric_scale_per_channel"
def symmetric_scale(w, bits, axis=None):
    others = None if axis is None else tuple(a for a in range(w.ndim) if a != axis)
    keep = axis is not None
    scale = np.abs(w).max(axis=others, keepdims=keep) / (2 ** (bits - 1) - 1)
    scale = np.where(w.sum(axis=others, keepdims=keep) == 0, 1.0, scale)
    return scale if keep else float(scale)


# %% wrong="returns floats" exercise="saturating_dot" loses="saturating_dot_pairs saturating_dot_edges saturating_dot_safe_weight"
def saturating_dot(activations, weights):
    products = activations.astype(float) * weights.astype(float)
    pairs = np.pad(products, (0, len(products) % 2)).reshape(-1, 2).sum(axis=1)
    return float(products.sum()), float(np.clip(pairs, -(2**15), 2**15 - 1).sum())


def largest_safe_weight(largest_activation):
    return min(127.0, float((2**15 - 1) // (2 * largest_activation)))
