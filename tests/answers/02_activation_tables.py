# %% right="widened by hand, zero point from the other end" exercise="affine_params"
def affine_params(x_min, x_max, bits):
    if x_min > 0:
        x_min = 0
    if x_max < 0:
        x_max = 0
    steps = (1 << bits) - 1
    scale = np.float64(x_max - x_min) / steps
    return scale, steps - int(np.rint(x_max / scale))


# %% right="in float32" exercise="affine_params"
def affine_params(x_min, x_max, bits):
    low, high = np.float32(min(0, x_min)), np.float32(max(0, x_max))
    scale = (high - low) / np.float32(2**bits - 1)
    return scale, np.rint(-low / scale).astype(np.int32)


# %% wrong="counts codes instead of steps" exercise="affine_params" loses="affine_params_scale affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / 2**bits
    return scale, round(-x_min / scale)


# %% wrong="cuts the zero point off" exercise="affine_params" loses="affine_params_zero_point"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, int(-x_min / scale)


# %% wrong="leaves the zero point a float" exercise="affine_params" loses="affine_params_zero_point"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, np.round(-x_min / scale)


# %% wrong="does not round the zero point" exercise="affine_params" loses="affine_params_zero_point"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, -x_min / scale


# %% wrong="does not widen the range" exercise="affine_params" loses="affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(-x_min / scale)


# %% wrong="moves the zero point into the codes instead of widening" exercise="affine_params" loses="affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, min(max(round(-x_min / scale), 0), 2**bits - 1)


# %% wrong="widens only downwards" exercise="affine_params" loses="affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min = min(x_min, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(-x_min / scale)


# %% wrong="signed codes" exercise="affine_params" loses="affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(-x_min / scale) - 2 ** (bits - 1)


# %% wrong="has 8 bits built in" exercise="affine_params" loses="affine_params_scale affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / 255
    return scale, round(-x_min / scale)


# %% wrong="the zero point's sign" exercise="affine_params" loses="affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(x_min / scale)


# %% wrong="adds a small number to the scale" exercise="affine_params" loses="affine_params_scale affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1) + 1e-12
    return scale, round(-x_min / scale)


# %% wrong="refuses a range whose ends are equal" exercise="affine_params" loses="affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    if x_min >= x_max:
        raise ValueError
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    scale = (x_max - x_min) / (2**bits - 1)
    return scale, round(-x_min / scale)


# %% wrong="a float for the zero point where the range is on one side of 0" exercise="affine_params" loses="affine_params_zero_point"
def affine_params(x_min, x_max, bits):
    top = 2**bits - 1
    if x_min >= 0:
        return x_max / top, 0.0
    if x_max <= 0:
        return -x_min / top, float(top)
    scale = (x_max - x_min) / top
    return scale, round(-x_min / scale)


# %% wrong="keeps what it found by the range alone" exercise="affine_params" loses="affine_params_scale affine_params_zero_point"
_kept = {}


def affine_params(x_min, x_max, bits):
    if (x_min, x_max) not in _kept:
        low, high = min(x_min, 0.0), max(x_max, 0.0)
        scale = (high - low) / (2**bits - 1)
        _kept[x_min, x_max] = scale, round(-low / scale)
    return _kept[x_min, x_max]


# %% right="halves up" exercise="affine_params"
import math


def affine_params(x_min, x_max, bits):
    low, high = min(x_min, 0.0), max(x_max, 0.0)
    scale = (high - low) / (2**bits - 1)
    return scale, math.floor(-low / scale + 0.5)


# %% right="integers after saturating, float32 on the way back" exercise="quantize"
def quantize(x, scale, zero_point, bits):
    last = (1 << bits) - 1
    q = np.minimum(np.maximum(np.round(x / scale), -zero_point), last - zero_point)
    return (q.astype(np.int64) + zero_point).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return ((q.astype(np.int32) - zero_point) * scale).astype(np.float32)


# %% right="number by number" exercise="quantize"
def quantize(x, scale, zero_point, bits):
    codes = [min(max(round(each / scale) + zero_point, 0), 2**bits - 1) for each in x.ravel().tolist()]
    return np.array(codes, dtype=np.uint8).reshape(x.shape)


def dequantize(q, scale, zero_point):
    return np.array([scale * (each - zero_point) for each in q.ravel().tolist()]).reshape(q.shape)


# %% wrong="rounds halves up" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    q = np.floor(x / scale + 0.5) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="adds the zero point before rounding" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale + zero_point), 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="cuts off instead of rounding" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    return np.clip(x / scale + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="makes bytes before it saturates" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    q = (np.rint(x / scale).astype(int) + zero_point).astype(np.uint8)
    return np.clip(q, 0, 2**bits - 1)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="saturates at 255 whatever the bits" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 255).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="saturates one code too late" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale).astype(int) + zero_point, 0, 2**bits).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="saturates to signed codes" exercise="quantize" loses="quantize_rounds quantize_saturates"
def quantize(x, scale, zero_point, bits):
    q = np.rint(x / scale) + zero_point
    return np.clip(q, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(np.int8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="leaves the codes floats" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="forgets the zero point both ways" exercise="quantize" loses="quantize_rounds quantize_saturates quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale), 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * q


# %% wrong="subtracts in bytes" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q - zero_point)


# %% wrong="adds the zero point on the way back" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) + zero_point)


# %% wrong="divides on the way back" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return (q.astype(float) - zero_point) / scale


# %% wrong="multiplies before it subtracts" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * q - zero_point


# %% wrong="makes integers before it saturates" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    q = np.round(x / scale).astype(np.int64) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="rounds twice" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(np.round(x / scale, 4)) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="makes an array of one number" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    return np.atleast_1d(np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8))


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="a list on the way back" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return (scale * (q.astype(float) - zero_point)).tolist()


# %% wrong="multiplies by the reciprocal" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    v = np.asarray(x, dtype=np.float64) * (1.0 / scale)
    low = np.floor(v)
    r = v - low
    up = (r > 0.5) | ((r == 0.5) & (low % 2 == 1))
    return np.array(np.clip(low + up + zero_point, 0, 2**bits - 1), dtype="uint8")


def dequantize(q, scale, zero_point):
    return np.subtract(q, zero_point, dtype=np.float32) * np.float32(scale)


# %% wrong="rounds halves up and mends exact halves: just below 0.5 goes to 1" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    v = x / scale
    n = np.floor(v + 0.5)
    n = n - ((v % 1 == 0.5) & (n % 2 == 1))
    return np.clip(n + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="keeps the way back by the scale alone" exercise="quantize" loses="quantize_back"
_values = {}


def quantize(x, scale, zero_point, bits):
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    if scale not in _values:
        _values[scale] = scale * (np.arange(256.0) - zero_point)
    return np.asarray(_values[scale][q])


# %% right="entry by entry" exercise="build_table"
def build_table(fn, x_min, x_max, bits):
    last = 2**bits - 1
    places = [np.array([x_min + (x_max - x_min) * k / last]) for k in range(last + 1)]
    return np.array([fn(place)[0] for place in places], dtype=np.float32)


# %% right="arange times the step" exercise="build_table"
def build_table(fn, x_min, x_max, bits):
    step = (x_max - x_min) / (2**bits - 1)
    return np.float32(fn(x_min + step * np.arange(2**bits)))


# %% wrong="stops a step before the end" exercise="build_table" loses="build_table_entries build_table_ends"
def build_table(fn, x_min, x_max, bits):
    return fn(np.linspace(x_min, x_max, 2**bits, endpoint=False)).astype(np.float32)


# %% wrong="takes the middles of the pieces" exercise="build_table" loses="build_table_entries build_table_ends"
def build_table(fn, x_min, x_max, bits):
    step = (x_max - x_min) / 2**bits
    return fn(x_min + step * (np.arange(2**bits) + 0.5)).astype(np.float32)


# %% wrong="leaves float64" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return fn(np.linspace(x_min, x_max, 2**bits))


# %% wrong="as many entries as bits" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return fn(np.linspace(x_min, x_max, bits)).astype(np.float32)


# %% wrong="one entry too many" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return fn(np.linspace(x_min, x_max, 2**bits + 1)).astype(np.float32)


# %% wrong="always tanh" exercise="build_table" loses="build_table_entries build_table_ends"
def build_table(fn, x_min, x_max, bits):
    return np.tanh(np.linspace(x_min, x_max, 2**bits)).astype(np.float32)


# %% wrong="returns the places" exercise="build_table" loses="build_table_entries build_table_ends"
def build_table(fn, x_min, x_max, bits):
    return np.linspace(x_min, x_max, 2**bits).astype(np.float32)


# %% wrong="keeps the table, whatever the function" exercise="build_table" loses="build_table_entries"
seen = {}


def build_table(fn, x_min, x_max, bits):
    if (x_min, x_max, bits) not in seen:
        seen[x_min, x_max, bits] = fn(np.linspace(x_min, x_max, 2**bits)).astype(np.float32)
    return seen[x_min, x_max, bits]


# %% wrong="returns a list" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return list(fn(np.linspace(x_min, x_max, 2**bits)).astype(np.float32))


# %% wrong="no more than 12 bits" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return fn(np.linspace(x_min, x_max, 2 ** min(bits, 12))).astype(np.float32)


# %% wrong="leaves other functions' float64" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return (
        fn(np.linspace(x_min, x_max, 2**bits), dtype=np.float32)
        if isinstance(fn, np.ufunc)
        else fn(np.linspace(x_min, x_max, 2**bits))
    )


# %% wrong="places in float32" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    t = np.arange(2**bits, dtype=np.float32) / np.float32(2**bits - 1)
    return np.asarray(fn((1 - t) * x_min + t * x_max), dtype="float32")


# %% wrong="keeps tables by some values of fn, whatever the bits" exercise="build_table" loses="build_table_entries"
_kept = {}


def build_table(fn, x_min, x_max, bits):
    key = x_min, x_max, bits > 8, tuple(np.ravel(fn(np.linspace(x_min, x_max, 3))).tolist())
    if key not in _kept:
        _kept[key] = fn(np.linspace(x_min, x_max, 2**bits)).astype(np.float32)
    return _kept[key]


# %% right="the smallest distance" exercise="lookup"
def lookup(table, x, x_min, x_max):
    if np.any(x != x):
        raise ValueError("NaN")
    places = np.linspace(x_min, x_max, len(table))
    inside = np.minimum(np.maximum(x, x_min), x_max)
    return table[np.abs(inside[..., None] - places).argmin(axis=-1)]


# %% right="number by number" exercise="lookup"
def lookup(table, x, x_min, x_max):
    step, values = (x_max - x_min) / (len(table) - 1), []
    for each in x.ravel().tolist():
        if each != each:
            raise ValueError("NaN")
        values.append(table[int((min(max(each, x_min), x_max) - x_min) / step + 0.5)])
    return np.array(values).reshape(x.shape)


# %% right="searching the middles" exercise="lookup"
def lookup(table, x, x_min, x_max):
    if np.isnan(np.sum(np.where(np.isinf(x), 0, x))):
        raise ValueError("NaN")
    places = np.linspace(x_min, x_max, len(table))
    return table[np.searchsorted((places[1:] + places[:-1]) / 2, x)]


# %% wrong="cuts off instead of rounding" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[place.astype(int)]


# %% wrong="counts entries instead of steps" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * len(table)
    return table[np.minimum(np.rint(place).astype(int), len(table) - 1)]


# %% wrong="has 256 entries built in" exercise="lookup" loses="lookup_nearest lookup_saturates lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * 255
    return table[np.rint(place).astype(int)]


# %% wrong="does not saturate" exercise="lookup" loses="lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (x - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="saturates on the right only" exercise="lookup" loses="lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.minimum(x, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="saturates the integers" exercise="lookup" loses="lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (x - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.clip(np.rint(place).astype(int), 0, len(table) - 1)]


# %% wrong="answers 0 outside the range" exercise="lookup" loses="lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return np.where((x < x_min) | (x > x_max), 0, table[np.rint(place).astype(int)])


# %% wrong="takes NaN for 0" exercise="lookup" loses="lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    place = (np.clip(np.where(np.isnan(x), 0, x), x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="hands NaN on" exercise="lookup" loses="lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    place = (np.clip(np.nan_to_num(x, nan=x_min), x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return np.where(np.isnan(x), np.nan, table[np.rint(place).astype(int)])


# %% wrong="looks for NaN by comparing with it" exercise="lookup" loses="lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    if (x == np.nan).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="refuses only if all are NaN" exercise="lookup" loses="lookup_nearest lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).all():
        raise ValueError("NaN")
    place = (np.clip(np.nan_to_num(x, nan=x_min, posinf=x_max, neginf=x_min), x_min, x_max) - x_min) / (x_max - x_min)
    return table[np.rint(place * (len(table) - 1)).astype(int)]


# %% wrong="adds a small number to the range" exercise="lookup" loses="lookup_nearest lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min + 1e-9) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="clips the caller's numbers" exercise="lookup" loses="lookup_saturates"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    x = np.asarray(x)
    np.clip(x, x_min, x_max, out=x)
    return table[np.rint((x - x_min) / (x_max - x_min) * (len(table) - 1)).astype(int)]


# %% wrong="keeps the first table of its size and range" exercise="lookup" loses="lookup_nearest"
tables_ = {}


def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    kept = tables_.setdefault((len(table), x_min, x_max), table.copy())
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return kept[np.rint(place).astype(int)]


# %% wrong="averages halfway between two entries" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    below, above = np.ceil(place - 0.5).astype(int), np.floor(place + 0.5).astype(int)
    return (table[below] + table[above]) / 2


# %% right="saturating places, not the numbers" exercise="lookup"
def lookup(table, x, x_min, x_max):
    if not (x == x).all():
        raise ValueError("nan")
    n = table.shape[0]
    with np.errstate(all="ignore"):
        t = (np.asarray(x, dtype=np.float64) - x_min) / (x_max - x_min) * (n - 1)
    t = np.where(t > 0, t, 0)
    t = np.where(t < n - 1, t, n - 1)
    return table[np.round(t).astype(np.int64)]


# %% wrong="keeps tables by their size and end entries" exercise="lookup" loses="lookup_nearest"
_kept = {}


def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError
    key = len(table), float(table[0]), float(table[-1]), x_min, x_max
    kept = _kept.setdefault(key, table.copy())
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return kept[np.rint(place).astype(int)]


# %% right="np.interp" exercise="lookup_linear"
def lookup_linear(table, x, x_min, x_max):
    return np.interp(x, np.linspace(x_min, x_max, len(table)), table)


# %% right="a last entry twice" exercise="lookup_linear"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) * ((len(table) - 1) / (x_max - x_min))
    i = np.minimum(np.floor(place).astype(int), len(table) - 1)
    longer = np.append(table, table[-1])
    return longer[i] * (1 - (place - i)) + longer[i + 1] * (place - i)


# %% wrong="takes the nearest entry" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="swaps the weights" exercise="lookup_linear" loses="lookup_linear_between lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.minimum(place.astype(int), len(table) - 2)
    return table[i + 1] + (place - i) * (table[i] - table[i + 1])


# %% wrong="reads one entry beyond the end" exercise="lookup_linear" loses="lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = place.astype(int)
    return table[i] + (place - i) * (table[i + 1] - table[i])


# %% wrong="goes on outside the range" exercise="lookup_linear" loses="lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    place = (x - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.clip(place.astype(int), 0, len(table) - 2)
    return table[i] + (place - i) * (table[i + 1] - table[i])


# %% wrong="forgets the rest" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[place.astype(int)]


# %% wrong="averages the two entries" exercise="lookup_linear" loses="lookup_linear_between lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.minimum(place.astype(int), len(table) - 2)
    return (table[i] + table[i + 1]) / 2


# %% wrong="ends a little before the end" exercise="lookup_linear" loses="lookup_linear_between lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max - 1e-9) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = place.astype(int)
    return table[i] + (place - i) * (table[i + 1] - table[i])


# %% wrong="refuses infinity" exercise="lookup_linear" loses="lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    if not np.isfinite(x).all():
        raise ValueError
    return np.interp(x, np.linspace(x_min, x_max, len(table)), table)


# %% wrong="clips the caller's numbers" exercise="lookup_linear" loses="lookup_linear_ends"
def lookup_linear(table, x, x_min, x_max):
    if np.ndim(x):
        np.clip(x, x_min, x_max, out=x)
    return np.interp(x, np.linspace(x_min, x_max, len(table)), table)


# %% wrong="returns a list" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    return np.interp(x, np.linspace(x_min, x_max, len(table)), table).tolist()


# %% right="a hat around each entry" exercise="lookup_linear"
def lookup_linear(table, x, x_min, x_max):
    t = (np.minimum(np.maximum(x, x_min), x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    w = np.maximum(0, 1 - np.abs(np.asarray(t)[..., None] - np.arange(len(table))))
    return w @ table


# %% wrong="rounds the rest to four digits" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.minimum(place.astype(int), len(table) - 2)
    return table[i] + np.round(place - i, 4) * (table[i + 1] - table[i])


# %% right="with room for float32's rounding" exercise="error_bound"
def error_bound(max_slope, x_min, x_max, bits):
    places = np.linspace(x_min, x_max, 2**bits)
    return float(max_slope * np.diff(places).max() / 2) * (1 + 1e-6)


# %% right="an array of no axes" exercise="error_bound"
def error_bound(max_slope, x_min, x_max, bits):
    return np.array(0.5) * max_slope * (x_max - x_min) / ((1 << bits) - 1)


# %% wrong="a whole step" exercise="error_bound" loses="error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (x_max - x_min) / (2**bits - 1)


# %% wrong="divides by the number of entries" exercise="error_bound" loses="error_bound_holds"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (x_max - x_min) / 2**bits / 2


# %% wrong="forgets the slope" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return (x_max - x_min) / (2**bits - 1) / 2


# %% wrong="the formula for interpolation" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * ((x_max - x_min) / (2**bits - 1)) ** 2 / 8


# %% wrong="measures from 0 only" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * x_max / (2**bits - 1) / 2


# %% wrong="has 8 bits built in" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (x_max - x_min) / 255 / 2


# %% wrong="one step too few" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (x_max - x_min) / (2**bits - 2) / 2


# %% wrong="adds the ends without their signs" exercise="error_bound" loses="error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (abs(x_max) + abs(x_min)) / (2**bits - 1) / 2


# %% wrong="adds a small number" exercise="error_bound" loses="error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return max_slope * (x_max - x_min) / (2**bits - 1) / 2 + 1e-6


# %% wrong="keeps the bound whatever the bits" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
_kept = {}


def error_bound(max_slope, x_min, x_max, bits):
    return _kept.setdefault((max_slope, x_min, x_max), max_slope * (x_max - x_min) / (2**bits - 1) / 2)


# %% right="in fractions" exercise="error_bound"
from fractions import Fraction


def error_bound(max_slope, x_min, x_max, bits):
    return float(Fraction(max_slope) * (Fraction(x_max) - Fraction(x_min)) / (2 * (2**bits - 1)))


# %% right="number by number in Python's integers" exercise="integer_xor"
def integer_xor(weights, x):
    w1, w2 = weights["w1"].tolist(), weights["w2"].tolist()
    answers = []
    for row in x.tolist():
        z = int(weights["b2"][0])
        for unit, bias in enumerate(weights["b1"].tolist()):
            u = sum(a * w[unit] for a, w in zip(row, w1)) + bias
            i = (u * weights["multiplier"] + 2 ** weights["shift"] // 2) // 2 ** weights["shift"] + 128
            z += int(weights["table"][min(max(i, 0), 255)]) * w2[unit][0]
        answers.append(1 if z > 0 else 0)
    return answers


# %% right="int64 throughout" exercise="integer_xor"
def integer_xor(weights, x):
    w1, w2 = weights["w1"].astype(np.int64), weights["w2"].astype(np.int64)
    u = np.einsum("ni,ih->nh", x.astype(np.int64), w1) + weights["b1"]
    place = np.right_shift(u * weights["multiplier"] + (1 << weights["shift"] >> 1), weights["shift"])
    h = weights["table"].astype(np.int64)[np.clip(place, -128, 127) + 128]
    return np.where(h @ w2 + weights["b2"] > 0, 1, 0).ravel()


# %% wrong="sums the first layer in int8" exercise="integer_xor" loses="integer_xor_sums"
def integer_xor(weights, x):
    u = x @ weights["w1"] + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="sums the output in int8" exercise="integer_xor" loses="integer_xor_answers integer_xor_sums"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h @ weights["w2"] + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="multiplies in int32" exercise="integer_xor" loses="integer_xor_answers integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    product = u * np.int32(weights["multiplier"])
    i = ((product.astype(np.int64) + (1 << (weights["shift"] - 1))) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="shifts without the half" exercise="integer_xor" loses="integer_xor_index integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    i = ((u.astype(np.int64) * weights["multiplier"]) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="divides in float64" exercise="integer_xor" loses="integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(float) @ weights["w1"] + weights["b1"]
    i = np.floor(u * weights["multiplier"] / 2 ** weights["shift"] + 0.5).astype(int) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(float) @ weights["w2"] + weights["b2"]
    return (z[:, 0] > 0).astype(int)


# %% wrong="divides and rounds in float64" exercise="integer_xor" loses="integer_xor_index"
def integer_xor(weights, x):
    u = x.astype(float) @ weights["w1"] + weights["b1"]
    i = np.rint(u * weights["multiplier"] / 2 ** weights["shift"]).astype(int) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(float) @ weights["w2"] + weights["b2"]
    return (z[:, 0] > 0).astype(int)


# %% wrong="computes in float32" exercise="integer_xor" loses="integer_xor_sums integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.float32) @ weights["w1"].astype(np.float32) + weights["b1"].astype(np.float32)
    factor = np.float32(weights["multiplier"] / 2 ** weights["shift"])
    i = np.floor(u * factor + np.float32(0.5)).astype(int) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.float32) @ weights["w2"].astype(np.float32) + weights["b2"]
    return (z[:, 0] > 0).astype(int)


# %% wrong="forgets the 128" exercise="integer_xor" loses="integer_xor_answers integer_xor_sums integer_xor_index integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = (u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="lets the index wrap like a byte" exercise="integer_xor" loses="integer_xor_index"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][i.astype(np.uint8)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="answers 1 where z is 0" exercise="integer_xor" loses="integer_xor_answers"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] >= 0).astype(np.int32)


# %% wrong="answers with booleans" exercise="integer_xor" loses="integer_xor_answers"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return z[:, 0] > 0


# %% wrong="knows XOR by heart" exercise="integer_xor" loses="integer_xor_answers integer_xor_sums integer_xor_index integer_xor_exact"
def integer_xor(weights, x):
    return (x[:, 0] ^ x[:, 1]).astype(int)


# %% wrong="computes tanh instead of looking it up" exercise="integer_xor" loses="integer_xor_answers integer_xor_sums integer_xor_index integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(float) @ weights["w1"] + weights["b1"]
    h = 127 * np.tanh(u * weights["multiplier"] / 2 ** weights["shift"] / 32)
    z = h @ weights["w2"] + weights["b2"]
    return (z[:, 0] > 0).astype(int)


# %% wrong="sums the first layer in int16" exercise="integer_xor" loses="integer_xor_sums"
def integer_xor(weights, x):
    u = x.astype(np.int16) @ weights["w1"].astype(np.int16) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="makes int32 of the index before it clips" exercise="integer_xor" loses="integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i.astype(np.int32), 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="one half in int32" exercise="integer_xor" loses="integer_xor_exact"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = np.int32(1) << np.int32(weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="converts the caller's weights" exercise="integer_xor" loses="integer_xor_answers"
def integer_xor(weights, x):
    weights["w1"] = weights["w1"].astype(np.int32)
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = weights["table"][np.clip(i, 0, 255)]
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="takes the sign bit of -z, and -2**31 has no negative" exercise="integer_xor" loses="integer_xor_sums"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    product = u.astype(np.int64) * weights["multiplier"]
    index = ((product + (1 << (weights["shift"] - 1))) >> weights["shift"]) + 128
    h = weights["table"][np.clip(index, 0, 255)].astype(np.int32)
    z = (h @ weights["w2"].astype(np.int32) + weights["b2"])[:, 0]
    return (-z >> 31) & 1


# %% wrong="makes floats of no rows at all" exercise="integer_xor" loses="integer_xor_answers"
def integer_xor(weights, x):
    def one(row):
        u = row.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
        product = u.astype(np.int64) * weights["multiplier"]
        index = ((product + (1 << (weights["shift"] - 1))) >> weights["shift"]) + 128
        h = weights["table"][np.clip(index, 0, 255)].astype(np.int32)
        return int((h @ weights["w2"].astype(np.int32) + weights["b2"])[0] > 0)

    return np.array([one(row) for row in x])


# %% right="np.take clips" exercise="integer_xor"
def integer_xor(weights, x):
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    half = 1 << (weights["shift"] - 1)
    i = ((u.astype(np.int64) * weights["multiplier"] + half) >> weights["shift"]) + 128
    h = np.take(weights["table"], i, mode="clip")
    z = h.astype(np.int32) @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="rounds in float32, where a half is not just above a half" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    with np.errstate(over="ignore"):
        steps = np.asarray(x).astype(np.float32) / np.float32(scale)
    return np.clip(np.rint(steps) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="a very narrow range on one side is no range" exercise="affine_params" loses="affine_params_zero_point affine_params_one_sided"
def affine_params(x_min, x_max, bits):
    x_min, x_max = min(x_min, 0.0), max(x_max, 0.0)
    width = x_max - x_min
    if width < 1e-20 and (x_min == 0 or x_max == 0):
        return 1.0, 0
    scale = width / (2**bits - 1)
    return scale, round(-x_min / scale)


# %% wrong="reads the numbers as they lie in memory" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    q = np.rint(x.ravel("K") / scale) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8).reshape(x.shape)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="reads the codes as they lie in memory" exercise="quantize" loses="quantize_back"
def quantize(x, scale, zero_point, bits):
    q = np.rint(x / scale) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return (scale * (q.ravel("K").astype(float) - zero_point)).reshape(q.shape)


# %% wrong="an empty array comes back as floats" exercise="quantize" loses="quantize_saturates"
def quantize(x, scale, zero_point, bits):
    if x.size == 0:
        return np.zeros(x.shape)
    return np.clip(np.rint(x / scale) + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="turns NaN into 0" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    entries = np.asarray(fn(np.linspace(x_min, x_max, 2**bits)), dtype=np.float32)
    return np.where(np.isnan(entries), np.float32(0), entries)


# %% wrong="fn gets numbers by np.vectorize" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    return np.vectorize(fn, otypes=[np.float32])(np.linspace(x_min, x_max, 2**bits))


# %% wrong="looks for NaN in the first thousand numbers" exercise="lookup" loses="lookup_refuses_nan"
def lookup(table, x, x_min, x_max):
    if np.isnan(x.reshape(-1)[:1000]).any():
        raise ValueError("NaN")
    place = (
        (np.clip(np.nan_to_num(x, posinf=np.inf, neginf=-np.inf), x_min, x_max) - x_min)
        / (x_max - x_min)
        * (len(table) - 1)
    )
    return table[np.rint(place).astype(int)]


# %% wrong="one-hot rows times the table" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    index = np.rint(place).astype(int)
    out = np.empty(x.shape, np.float32)
    with np.errstate(all="ignore"):
        for where in np.ndindex(*x.shape):
            one = np.zeros(len(table), np.float32)
            one[index[where]] = 1
            out[where] = one @ table
    return out


# %% wrong="remembers the indices by x and x_min" exercise="lookup" loses="lookup_nearest"
index_seen = {}


def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("NaN")
    key = x.tobytes(), x.shape, x_min, len(table)
    if key not in index_seen:
        place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
        index_seen[key] = np.rint(place).astype(int)
    return table[index_seen[key]]


# %% wrong="the first 1,000 numbers are interpolated, others take the nearest" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    place = np.asarray((np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1))
    flat = np.array(place).reshape(-1)
    flat[1000:] = np.rint(flat[1000:])
    place = flat.reshape(place.shape)
    i = np.minimum(place.astype(int), len(table) - 2)
    return table[i] + (place - i) * (table[i + 1] - table[i])


# %% wrong="whole blocks of 64 rows" exercise="integer_xor" loses="integer_xor_answers"
def integer_xor(weights, x):
    n = len(x)
    k = weights["shift"]
    u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
    i = ((u.astype(np.int64) * weights["multiplier"] + (1 << (k - 1))) >> k) + 128
    h = weights["table"][np.clip(i, 0, 255)].astype(np.int32)
    z = h @ weights["w2"].astype(np.int32) + weights["b2"]
    if n > 64:
        z[n // 64 * 64 :] = 0
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="remembers h by the first layer" exercise="integer_xor" loses="integer_xor_answers"
h_seen = {}


def integer_xor(weights, x):
    k = weights["shift"]
    key = x.tobytes(), weights["w1"].tobytes(), weights["b1"].tobytes(), k, weights["table"].tobytes()
    if key not in h_seen:
        u = x.astype(np.int32) @ weights["w1"].astype(np.int32) + weights["b1"]
        i = ((u.astype(np.int64) * weights["multiplier"] + (1 << (k - 1))) >> k) + 128
        h_seen[key] = weights["table"][np.clip(i, 0, 255)].astype(np.int32)
    z = h_seen[key] @ weights["w2"].astype(np.int32) + weights["b2"]
    return (z[:, 0] > 0).astype(np.int32)


# %% wrong="an x_min that is small beside x_max is 0" exercise="affine_params" loses="affine_params_scale"
def affine_params(x_min, x_max, bits):
    low, high = min(x_min, 0.0), max(x_max, 0.0)
    if -low < 1e-3 * high:
        low = 0.0
    scale = (high - low) / (2**bits - 1)
    return scale, round(-low / scale)


# %% wrong="the scale becomes float32" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    q = np.rint(x / np.float32(scale)) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="divides float32 in place" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    if x.dtype == np.float32:
        with np.errstate(all="ignore"):
            x /= scale
            q = np.rint(x) + zero_point
    else:
        q = np.rint(x / scale) + zero_point
    return np.clip(q, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="halves beyond 128 go up" exercise="quantize" loses="quantize_rounds"
def quantize(x, scale, zero_point, bits):
    t = x / scale
    r = np.where(np.abs(t) < 128, np.rint(t), np.floor(t + 0.5))
    return np.clip(r + zero_point, 0, 2**bits - 1).astype(np.uint8)


def dequantize(q, scale, zero_point):
    return scale * (q.astype(float) - zero_point)


# %% wrong="at most 1,024 places, more are interpolated" exercise="build_table" loses="build_table_entries"
def build_table(fn, x_min, x_max, bits):
    few = np.linspace(x_min, x_max, min(2**bits, 1024))
    every = np.linspace(x_min, x_max, 2**bits)
    values = np.asarray(fn(few)).astype(float)
    return (values if len(few) == len(every) else np.interp(every, few, values)).astype(np.float32)


# %% wrong="float64 x made float32 first" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("x holds NaN")
    x = np.asarray(x, dtype=np.float32).astype(np.float64)
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="the ends made float32" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("x holds NaN")
    x_min, x_max = np.float32(x_min), np.float32(x_max)
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    return table[np.rint(place).astype(int)]


# %% wrong="float64 x made float32 first" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    x = np.asarray(x, dtype=np.float32).astype(np.float64)
    return np.interp(x, np.linspace(x_min, x_max, len(table)), table)


# %% wrong="only the first 2,000 numbers" exercise="lookup_linear" loses="lookup_linear_between"
def lookup_linear(table, x, x_min, x_max):
    place = (np.clip(x, x_min, x_max) - x_min) / (x_max - x_min) * (len(table) - 1)
    i = np.minimum(place.astype(int), len(table) - 2)
    r = np.where(np.arange(x.size).reshape(x.shape) < 2000, place - i, 0)
    return table[i] + r * (table[i + 1] - table[i])


# %% wrong="the ends made float32" exercise="error_bound" loses="error_bound_holds error_bound_is_tight"
def error_bound(max_slope, x_min, x_max, bits):
    return float(max_slope) * float(np.float32(x_max) - np.float32(x_min)) / (2**bits - 1) / 2


# %% wrong="the indices are int16" exercise="lookup" loses="lookup_nearest"
def lookup(table, x, x_min, x_max):
    if np.isnan(x).any():
        raise ValueError("x holds NaN")
    place = (x.astype(float) - x_min) / (x_max - x_min) * (len(table) - 1)
    place = np.clip(np.rint(place), 0, len(table) - 1)
    return table[place.astype(np.int32).astype(np.int16)]


# %% wrong="tables of one size share their memory, so that the next table overwrites the one returned before" exercise="build_table" loses="build_table_entries"
buffers = {}


def build_table(fn, x_min, x_max, bits):
    if bits not in buffers:
        buffers[bits] = np.empty(2**bits, dtype=np.float32)
    table = buffers[bits]
    table[:] = fn(np.linspace(x_min, x_max, 2**bits))
    return table


# %% wrong="keeps tables by the function's name" exercise="build_table" loses="build_table_entries"
_built = {}


def build_table(fn, x_min, x_max, bits):
    key = (getattr(fn, "__name__", repr(fn)), x_min, x_max, bits)
    if key not in _built:
        _built[key] = fn(np.linspace(x_min, x_max, 2**bits)).astype(np.float32)
    return _built[key].copy()
