# %% right="as loops, NaN by hand" exercise="disagreements"
def disagreements(traced, module, inputs):
    found = []
    for x in inputs:
        due = module(x)
        try:
            got = traced(x)
        except Exception:
            found.append(x)
            continue
        if got.shape != due.shape:
            found.append(x)
            continue
        same = (got == due) | (torch.isnan(got) & torch.isnan(due))
        same |= (got - due).abs() <= 1e-5
        if not bool(same.all()):
            found.append(x)
    return found


# %% wrong="the inputs on which they agree" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    return [x for x in inputs if torch.allclose(traced(x), module(x))]


# %% wrong="allclose as it comes, with a relative tolerance and no NaN" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            got = traced(x)
        except Exception:
            return False
        return got.shape == module(x).shape and torch.allclose(got, module(x))

    return [x for x in inputs if not agree(x)]


# %% wrong="the largest difference, whatever the shapes" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            return torch.allclose(traced(x), module(x), rtol=0, atol=1e-5, equal_nan=True)
        except Exception:
            return False

    return [x for x in inputs if not agree(x)]


# %% wrong="an error of the trace is let through" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        got, due = traced(x), module(x)
        return got.shape == due.shape and torch.allclose(got, due, rtol=0, atol=1e-5, equal_nan=True)

    return [x for x in inputs if not agree(x)]


# %% wrong="only RuntimeErrors are caught" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            got = traced(x)
        except RuntimeError:
            return False
        due = module(x)
        return got.shape == due.shape and torch.allclose(got, due, rtol=0, atol=1e-5, equal_nan=True)

    return [x for x in inputs if not agree(x)]


# %% wrong="the places of the inputs" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            got, due = traced(x), module(x)
        except Exception:
            return False
        return got.shape == due.shape and torch.allclose(got, due, rtol=0, atol=1e-5, equal_nan=True)

    return [k for k, x in enumerate(inputs) if not agree(x)]


# %% wrong="stops at the first" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    for x in inputs:
        try:
            got, due = traced(x), module(x)
            if got.shape == due.shape and torch.allclose(got, due, rtol=0, atol=1e-5, equal_nan=True):
                continue
        except Exception:
            pass
        return [x]
    return []


# %% wrong="looks at the mean difference" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            got, due = traced(x), module(x)
        except Exception:
            return False
        if got.shape != due.shape:
            return False
        return bool(((got - due).mean().abs() <= 1e-5) | torch.isnan(due).all())

    return [x for x in inputs if not agree(x)]


# %% wrong="NaN never agrees" exercise="disagreements" loses="disagreements_found"
def disagreements(traced, module, inputs):
    def agree(x):
        try:
            got, due = traced(x), module(x)
        except Exception:
            return False
        return got.shape == due.shape and torch.allclose(got, due, rtol=0, atol=1e-5)

    return [x for x in inputs if not agree(x)]


# %% right="modes noted and put back, written through a file" exercise="to_executorch"
def to_executorch(model, example, path):
    modes = {module: module.training for module in model.modules()}
    try:
        program = torch.export.export(model.eval(), (example,))
    finally:
        for module, mode in modes.items():
            module.training = mode
    edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    with Path(path).open("wb") as file:
        edge.to_executorch().write_to_file(file)
    return str(path)


# %% wrong="exports in the mode that it finds" exercise="to_executorch" loses="to_executorch_runs"
def to_executorch(model, example, path):
    program = torch.export.export(copy.deepcopy(model), (example,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    Path(path).write_bytes(lowered.to_executorch().buffer)
    return Path(path)


# %% wrong="leaves the model in eval mode" exercise="to_executorch" loses="to_executorch_runs"
def to_executorch(model, example, path):
    program = torch.export.export(model.eval(), (example,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    Path(path).write_bytes(lowered.to_executorch().buffer)
    return Path(path)


# %% wrong="puts the whole model back into training" exercise="to_executorch" loses="to_executorch_runs"
def to_executorch(model, example, path):
    was = model.training
    program = torch.export.export(model.eval(), (example,))
    model.train(was)
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    Path(path).write_bytes(lowered.to_executorch().buffer)
    return Path(path)


# %% wrong="no partitioner" exercise="to_executorch" loses="to_executorch_delegates"
def to_executorch(model, example, path):
    program = torch.export.export(copy.deepcopy(model).eval(), (example,))
    lowered = to_edge_transform_and_lower(program)
    Path(path).write_bytes(lowered.to_executorch().buffer)
    return Path(path)


# %% wrong="writes the exported program, not ExecuTorch's" exercise="to_executorch" loses="to_executorch_runs to_executorch_delegates"
def to_executorch(model, example, path):
    torch.export.save(torch.export.export(copy.deepcopy(model).eval(), (example,)), path)
    return Path(path)


# %% wrong="returns the bytes" exercise="to_executorch" loses="to_executorch_runs to_executorch_delegates"
def to_executorch(model, example, path):
    program = torch.export.export(copy.deepcopy(model).eval(), (example,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    return lowered.to_executorch().buffer


# %% right="by logarithms, mended where they miss" exercise="fixed_point"
def fixed_point(scale):
    shift = 30 - math.floor(math.log2(scale))
    while math.ldexp(scale, shift) >= 2**31:
        shift -= 1
    while math.ldexp(scale, shift) < 2**30:
        shift += 1
    multiplier = int(np.floor(math.ldexp(scale, shift) + 0.5))
    return (multiplier >> 1, shift - 1) if multiplier >> 31 else (multiplier, shift)


# %% right="doubling and halving" exercise="fixed_point"
def fixed_point(scale):
    shift = 0
    while round(scale) >= 2**31:
        scale, shift = scale / 2, shift - 1
    while round(scale * 2) < 2**31:
        scale, shift = scale * 2, shift + 1
    return np.int64(round(scale)), shift


# %% wrong="cut off" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    return int(part * 2**31), 31 - power


# %% wrong="2**31 is left a multiplier" exercise="fixed_point" loses="fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    return round(part * 2**31), 31 - power


# %% wrong="2**31 is cut down to the largest int32" exercise="fixed_point" loses="fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    return min(round(part * 2**31), 2**31 - 1), 31 - power


# %% wrong="30 bits" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    return round(part * 2**30), 30 - power


# %% wrong="a fixed shift of 31" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    return round(scale * 2**31), 31


# %% wrong="the power of two the other way round" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    return round(part * 2**31), power - 31


# %% wrong="only for scales below 1" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    shift = 31
    while scale * 2**shift < 2**30:
        shift += 1
    return round(scale * 2**shift), shift


# %% wrong="floats" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    multiplier = float(round(part * 2**31))
    if multiplier == 2**31:
        return 2.0**30, 30 - power
    return multiplier, 31 - power


# %% wrong="in float32" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    part, power = np.frexp(np.float32(scale))
    multiplier = int(np.rint(float(part) * 2**31))
    if multiplier == 2**31:
        return 2**30, int(30 - power)
    return multiplier, int(31 - power)


# %% wrong="the shift stays where 2**31 is halved" exercise="fixed_point" loses="fixed_point_edges"
def fixed_point(scale):
    part, power = math.frexp(scale)
    multiplier = round(part * 2**31)
    if multiplier == 2**31:
        multiplier = 2**30
    return multiplier, 31 - power


# %% right="less than a half for the negative ones" exercise="requantize"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = (p + (1 << (shift - 1)) - (p < 0)) >> shift
    return np.minimum(np.maximum(q + zero_point, -128), 127).astype(np.int8)


# %% right="number by number, in Python's own" exercise="requantize"
def requantize(sums, multiplier, shift, zero_point):
    def one(s):
        q, rest = divmod(abs(s) * multiplier, 2**shift)
        q += 2 * rest >= 2**shift
        return min(max((q if s >= 0 else -q) + zero_point, -128), 127)

    return np.array([one(int(s)) for s in sums.flat], np.int8).reshape(sums.shape)


# %% wrong="halves up" exercise="requantize" loses="requantize_rounds requantize_exact"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = (p + (1 << (shift - 1))) >> shift
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="in float64, halves to even" exercise="requantize" loses="requantize_rounds requantize_exact"
def requantize(sums, multiplier, shift, zero_point):
    q = np.rint(sums.astype(float) * multiplier / 2**shift)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="in float64, halves away from zero" exercise="requantize" loses="requantize_exact"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(float) * multiplier / 2.0**shift
    q = np.sign(p) * np.floor(np.abs(p) + 0.5)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="an int32 product" exercise="requantize" loses="requantize_rounds requantize_exact requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = (sums * np.int32(multiplier)).astype(np.int64)
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="no half is added" exercise="requantize" loses="requantize_rounds requantize_exact"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * (np.abs(p) >> shift)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="int8 wraps" exercise="requantize" loses="requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return (q + zero_point).astype(np.int8)


# %% wrong="the zero point after saturating" exercise="requantize" loses="requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(np.clip(q, -128, 127) + zero_point, -128, 127).astype(np.int8)


# %% wrong="the zero point is rounded with the sum" exercise="requantize" loses="requantize_rounds requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(object) * multiplier + (zero_point << shift)
    q = [(abs(int(v)) + (1 << (shift - 1))) >> shift for v in p.flat]
    q = np.sign(np.array([int(v > 0) - int(v < 0) for v in p.flat], np.int64)) * np.array(q, np.int64)
    return np.clip(q.reshape(sums.shape), -128, 127).astype(np.int8)


# %% wrong="no zero point" exercise="requantize" loses="requantize_rounds requantize_exact requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q, -128, 127).astype(np.int8)


# %% wrong="saturates to the symmetric range" exercise="requantize" loses="requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q + zero_point, -127, 127).astype(np.int8)


# %% wrong="int64 codes" exercise="requantize" loses="requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q + zero_point, -128, 127)


# %% wrong="rounded twice, as a doubling high multiplication does" exercise="requantize" loses="requantize_rounds requantize_exact"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    if shift > 31:
        high = (p + (1 << 30)) >> 31
        rest = shift - 31
        q = np.sign(high) * ((np.abs(high) + (1 << (rest - 1))) >> rest)
    else:
        q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    return np.clip(q + zero_point, -128, 127).astype(np.int8)


# %% wrong="writes into sums" exercise="requantize" loses="requantize_rounds requantize_saturates"
def requantize(sums, multiplier, shift, zero_point):
    p = sums.astype(np.int64) * multiplier
    q = np.sign(p) * ((np.abs(p) + (1 << (shift - 1))) >> shift)
    q = np.clip(q + zero_point, -128, 127)
    sums[...] = q
    return q.astype(np.int8)


# %% right="many short lines, a function that is not static, products in int64" exercise="dense_c"
def c_array(name, values):
    kind = "int8_t" if values.dtype == np.int8 else "int32_t"
    lines = [f"const {kind} {name}[{values.size}] = {{"]
    lines += [f"    {int(each)}," if each > -(2**31) else "    (-2147483647 - 1)," for each in values.flat]
    return "\n".join([*lines, "};", ""])


def dense_c(name, d_in, d_out, relu):
    lines = [
        "#include <stdint.h>",
        f"static int8_t {name}_code(int64_t sum, int64_t m, int k, int z)",
        "{",
        "    int64_t one = 1;",
        "    int64_t p = sum * m;",
        "    int64_t q = (p + (one << (k - 1)) - (p < 0)) >> k;",
        "    q += z;",
        "    if (q < -128) return -128;",
        "    if (q > 127) return 127;",
        "    return (int8_t)q;",
        "}",
        f"void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier,",
        "    int shift, int zero_point, int8_t *y)",
        "{",
        f"    int i = {d_out};",
        "    while (i-- > 0) {",
        "        int64_t sum = b[i];",
        f"        for (int j = {d_in - 1}; j >= 0; --j) sum += (int32_t)x[j] * (int32_t)w[i * {d_in} + j];",
        f"        int8_t v = {name}_code(sum, multiplier, shift, zero_point);",
        f"        y[i] = {int(relu)} && v < zero_point ? zero_point : v;",
        "    }",
        "}",
    ]
    return "\n".join(lines) + "\n"


# %% right="written out, with pointers that move" exercise="dense_c"
def c_array(name, values):
    kind = {1: "int8_t", 4: "int32_t"}[values.itemsize]
    return f"static {kind} const {name}[] = {{ {str(values.reshape(-1).tolist())[1:-1]} }};"


def dense_c(name, d_in, d_out, relu):
    sums = " + ".join(f"x[{j}] * w[{j}]" for j in range(d_in))
    low = "zero_point" if relu else "INT8_MIN"
    return (
        f"\nstatic inline void {name}(const int8_t *x, const int8_t *w, const int32_t *b, "
        "const int32_t multiplier, const int shift, const int zero_point, int8_t *y)\n{"
        f"for (const int32_t *end = b + {d_out}; b < end; ++b, w += {d_in}) {{"
        f"int64_t p = (int64_t)(*b + {sums}) * multiplier; int64_t a = p < 0 ? -p : p;"
        "a = (a + (INT64_C(1) << (shift - 1))) >> shift; if (p < 0) a = -a; a += zero_point;"
        f"if (a < {low}) a = {low}; if (a > INT8_MAX) a = INT8_MAX; *y++ = (int8_t)a; }} }}\n"
    )


# %% wrong="a helper that every layer defines anew" exercise="dense_c" loses="dense_c_sums dense_c_rounds dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static int64_t rescaled(int64_t p, int shift)
{{
    int64_t half = (int64_t)1 << (shift - 1);
    return p < 0 ? -((half - p) >> shift) : (p + half) >> shift;
}}
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t q = rescaled((int64_t)sum * multiplier, shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="every array is int8_t" exercise="dense_c" loses="dense_c_arrays"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const int8_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="arrays that are not constant" exercise="dense_c" loses="dense_c_arrays"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="NumPy's own way of writing an array" exercise="dense_c" loses="dense_c_arrays"
def c_array(name, values):
    numbers = str(values.ravel())[1:-1].replace(" ", ",")
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="weights column by column" exercise="dense_c" loses="dense_c_sums dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[j * {d_out} + i] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="a product of 32 bits" exercise="dense_c" loses="dense_c_sums dense_c_rounds dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="in doubles" exercise="dense_c" loses="dense_c_rounds"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        double p = (double)sum * multiplier / (double)((int64_t)1 << shift);
        int64_t q = (int64_t)(p < 0 ? p - 0.5 : p + 0.5) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="halves up" exercise="dense_c" loses="dense_c_rounds"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = ((p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="a half of 32 bits" exercise="dense_c" loses="dense_c_sums dense_c_rounds dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "zero_point" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = 1u << ((shift - 1) & 31);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="nothing saturates" exercise="dense_c" loses="dense_c_sums dense_c_rounds dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "if (q < zero_point) q = zero_point;" if relu else ""
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        {low}
        y[i] = q;
    }}
}}
"""


# %% wrong="relu at code 0" exercise="dense_c" loses="dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    low = "0" if relu else "-128"
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < {low} ? {low} : q > 127 ? 127 : q;
    }}
}}
"""


# %% wrong="relu always" exercise="dense_c" loses="dense_c_sums dense_c_rounds dense_c_relu"
def c_array(name, values):
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    return f"""
static void {name}(const int8_t *x, const int8_t *w, const int32_t *b, int32_t multiplier, int shift, int zero_point, int8_t *y)
{{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = q < zero_point ? zero_point : q > 127 ? 127 : q;
    }}
}}
"""


# %% right="getchar, one function for all layers" exercise="program_c"
def program_c(layers):
    text = "#include <stdio.h>\n#include <stdint.h>\n#include <string.h>\n"
    text += """
static int8_t a[1024], c[1024];
static void layer(const int8_t *w, const int32_t *b, int in, int out, int64_t m, int k, int z, int low)
{
    for (int i = 0; i < out; i++) {
        int32_t s = b[i];
        for (int j = 0; j < in; j++) s += a[j] * w[i * in + j];
        int64_t p = s * m;
        p = ((p + ((int64_t)1 << (k - 1)) - (p < 0)) >> k) + z;
        c[i] = p > 127 ? 127 : p < low ? low : p;
    }
    memcpy(a, c, out);
}
"""
    calls = ""
    for k, layer in enumerate(layers):
        out, inputs = layer["weights"].shape
        text += f"const int8_t w{k}[] = {{{', '.join(str(int(v)) for v in layer['weights'].flat)}}};\n"
        text += f"const int32_t b{k}[] = {{{', '.join(str(int(v)) for v in layer['biases'].flat)}}};\n"
        low = layer["zero_point"] if layer["relu"] else -128
        calls += f"layer(w{k}, b{k}, {inputs}, {out}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, {low});\n"
    return (
        text
        + f"""
int main(void)
{{
    for (;;) {{
        for (int j = 0; j < 64; j++) {{
            int byte = getchar();
            if (byte == EOF) return 0;
            a[j] = (int8_t)byte;
        }}
        {calls}
        int best = 0;
        for (int i = {out} - 1; i >= 0; i--) if (a[i] >= a[best]) best = i;
        printf("%d", best);
    }}
}}
"""
    )


# %% wrong="a line for each digit" exercise="program_c" loses="program_c_labels program_c_input program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + 'printf("%d\\n", best); } return 0; }\n'


# %% wrong="one digit alone" exercise="program_c" loses="program_c_labels program_c_input program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n    if (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls))
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="a char that takes byte 255 for the end" exercise="program_c" loses="program_c_labels program_c_input program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n    for (;;) {\n")
    parts.append("for (int j = 0; j < 64; j++) { signed char c = getchar(); if (c == EOF) return 0; x0[j] = c; }\n")
    parts += calls
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="the last of equals" exercise="program_c" loses="program_c_labels program_c_input"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] >= {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="answers for a rest of the input as well" exercise="program_c" loses="program_c_input"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) > 0) {\n" + "".join(calls))
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="memory from the heap" exercise="program_c" loses="program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t *x{k + 1} = malloc({d_out}); dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="a float finds the largest" exercise="program_c" loses="program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(
        f"int best = 0; float most = -1e9f; for (int i = 0; i < {d_out}; i++) {{ float v = {last}[i] * 0.37f; if (v > most) {{ most = v; best = i; }} }}\n"
    )
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="two layers, whatever comes" exercise="program_c" loses="program_c_labels program_c_input"
def program_c(layers):
    layers = [layers[0], layers[-1]]
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 0; }\n"


# %% wrong="ends with a status of its own" exercise="program_c" loses="program_c_labels program_c_input program_c_is_bare"
def program_c(layers):
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        calls.append(
            f"int8_t x{k + 1}[{d_out}]; dense{k}(x{k}, w{k}, b{k}, {layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, x{k + 1});\n"
        )
    last = f"x{len(layers)}"
    parts.append(
        "int main(void)\n{\n    int8_t x0[64];\n    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls)
    )
    parts.append(f"int best = 0; for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;\n")
    return "".join(parts) + "putchar('0' + best); } return 1; }\n"


# %% right="check_call's way, by another name" exercise="build"
import os as _os


def build(source, target, out):
    known = {"x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"}
    if target not in known:
        raise ValueError(target)
    arguments = ["cc", "-O2", "-static", "-s", f"-target {target}", _os.fspath(source), "-o", _os.fspath(out)]
    arguments[4:5] = arguments[4].split()
    try:
        subprocess.run(
            [sys.executable, "-m", "ziglang", *arguments],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf8",
        )
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"not compiled: {error.stdout}") from None
    return str(out)


# %% wrong="goes on where the compiler failed" exercise="build" loses="build_refuses"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s", "-static"]
    subprocess.run([*command, str(source), "-o", str(out)], capture_output=True)
    return Path(out)


# %% wrong="CalledProcessError, without the compiler's words" exercise="build" loses="build_refuses"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s", "-static"]
    subprocess.run([*command, str(source), "-o", str(out)], capture_output=True, check=True)
    return Path(out)


# %% wrong="a RuntimeError without the compiler's words" exercise="build" loses="build_refuses"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s", "-static"]
    done = subprocess.run([*command, str(source), "-o", str(out)], capture_output=True)
    if done.returncode:
        raise RuntimeError("it does not compile")
    return Path(out)


# %% wrong="any target" exercise="build" loses="build_refuses"
def build(source, target, out):
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s", "-static"]
    done = subprocess.run([*command, str(source), "-o", str(out)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Path(out)


# %% wrong="refuses warnings" exercise="build" loses="build_refuses"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s", "-static"]
    done = subprocess.run([*command, str(source), "-o", str(out)], capture_output=True, text=True)
    if done.stderr:
        raise RuntimeError(done.stderr)
    return Path(out)


# %% wrong="always for x86-64" exercise="build" loses="build_targets build_refuses"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-O2", "-s", "-static"]
    done = subprocess.run([*command, str(source), "-o", str(out)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Path(out)


# %% wrong="an object file, not a program" exercise="build" loses="build_targets"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = [sys.executable, "-m", "ziglang", "cc", "-c", "-target", target, "-O2"]
    done = subprocess.run([*command, str(source), "-o", str(out)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Path(out)


# %% wrong="a command of one string, split at blanks" exercise="build" loses="build_targets"
def build(source, target, out):
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(target)
    command = f"{sys.executable} -m ziglang cc -target {target} -O2 -s -static {source} -o {out}"
    done = subprocess.run(command.split(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Path(out)


# %% right="an input at a time, and none that is 0" exercise="tuned_c"
def tuned_c(layers):
    parts = ["#include <stdint.h>\n#include <stdio.h>\n"]
    body = ""
    for k, layer in enumerate(layers):
        out, inputs = layer["weights"].shape
        by_input = np.ascontiguousarray(layer["weights"].T)
        parts.append(f"static const int8_t w{k}[] = {{{', '.join(map(str, by_input.ravel().tolist()))}}};\n")
        sums = "".join(f"int32_t s{k}_{i} = {int(b)};\n" for i, b in enumerate(layer["biases"]))
        adds = "".join(f"s{k}_{i} += v * w[{i}];\n" for i in range(out))
        body += f"{sums}for (int j = 0; j < {inputs}; j++) {{ int32_t v = x{k}[j]; if (!v) continue;\n"
        body += f"const int8_t *w = w{k} + j * {out};\n{adds}}}\nint8_t x{k + 1}[{out}];\n"
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low = zero if layer["relu"] else -128
        for i in range(out):
            body += f"p = (int64_t)s{k}_{i} * {m}; p = ((p + {1 << (shift - 1)}LL - (p < 0)) >> {shift}) + {zero};\n"
            body += f"x{k + 1}[{i}] = p < {low} ? {low} : p > 127 ? 127 : p;\n"
    last = f"x{len(layers)}"
    return "".join(parts) + (
        "int main(void) { int8_t x0[64]; int64_t p; while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {out}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% right="two rows in a product of 64 bits" exercise="tuned_c"
def tuned_c(layers):
    body = ""
    for k, layer in enumerate(layers):
        w, b = layer["weights"].astype(object), [int(v) for v in layer["biases"]]
        out, inputs = w.shape
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low = zero if layer["relu"] else -128
        body += (
            f"int8_t x{k + 1}[{out}]; int64_t v{k}[{inputs}]; for (int j = 0; j < {inputs}; j++) v{k}[j] = x{k}[j];\n"
        )

        def end(name, i, k=k, m=m, shift=shift, zero=zero, low=low):
            text = f"p = (int64_t){name} * {m}; p = (p < 0 ? -(({1 << (shift - 1)}LL - p) >> {shift}) : (p + {1 << (shift - 1)}LL) >> {shift}) + {zero};\n"
            return text + f"x{k + 1}[{i}] = p < {low} ? {low} : p > 127 ? 127 : p;\n"

        for i in range(0, out - 1, 2):
            pairs = [int(w[i, j]) + (int(w[i + 1, j]) << 32) for j in range(inputs)]
            terms = "".join(f" + (uint64_t){v}LL * (uint64_t)v{k}[{j}]" for j, v in enumerate(pairs) if v)
            body += f"t = (uint64_t){b[i]}LL + ((uint64_t){b[i + 1]}LL << 32){terms};\n"
            body += "lo = (int32_t)(uint32_t)t; hi = (int32_t)(uint32_t)((t - (uint64_t)(int64_t)lo) >> 32);\n"
            body += end("lo", i) + end("hi", i + 1)
        if out % 2:
            terms = "".join(f" + {int(w[out - 1, j])} * x{k}[{j}]" for j in range(inputs))
            body += f"lo = {b[-1]}{terms};\n" + end("lo", out - 1)
    last = f"x{len(layers)}"
    return (
        "#include <stdint.h>\n#include <stdio.h>\nint main(void) { int8_t x0[64]; int64_t p; uint64_t t; int32_t lo, hi;\n"
        "while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {out}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% wrong="the plain program again" exercise="tuned_c" loses="tuned_c_is_quick"
def tuned_c(layers):
    return program_c(layers)


# %% wrong="leaves small weights out" exercise="tuned_c" loses="tuned_c_is_exact tuned_c_is_quick"
def tuned_c(layers):
    kept = []
    for layer in layers:
        weights = layer["weights"].copy()
        weights[np.abs(weights.astype(int)) < 9] = 0
        kept.append(layer | {"weights": weights})
    return _unrolled(kept)


def _unrolled(layers, end=None, argmax=">"):
    body = ""
    for k, layer in enumerate(layers):
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low, half = zero if layer["relu"] else -128, 1 << (shift - 1)
        body += f"int8_t x{k + 1}[{len(layer['biases'])}];\n"
        for i, row in enumerate(layer["weights"].tolist()):
            terms = "".join(f" + {w} * x{k}[{j}]" for j, w in enumerate(row) if w)
            rounded = end or "(p < 0 ? -((HALF - p) >> SHIFT) : (p + HALF) >> SHIFT)"
            rounded = rounded.replace("HALF", str(half)).replace("SHIFT", str(shift))
            body += f"s = {layer['biases'][i]}{terms}; p = (int64_t)s * {m}; q = {rounded} + {zero};\n"
            body += f"x{k + 1}[{i}] = q < {low} ? {low} : q > 127 ? 127 : q;\n"
    last = f"x{len(layers)}"
    return (
        "#include <stdint.h>\n#include <stdio.h>\nint main(void) { int8_t x0[64]; int64_t p, q; int32_t s;\n"
        "while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {i + 1}; i++) if ({last}[i] {argmax} {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% wrong="cuts off instead of rounding" exercise="tuned_c" loses="tuned_c_is_exact tuned_c_is_quick"
def tuned_c(layers):
    body = ""
    for k, layer in enumerate(layers):
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low = zero if layer["relu"] else -128
        body += f"int8_t x{k + 1}[{len(layer['biases'])}];\n"
        for i, row in enumerate(layer["weights"].tolist()):
            terms = "".join(f" + {w} * x{k}[{j}]" for j, w in enumerate(row) if w)
            body += f"s = {layer['biases'][i]}{terms}; q = ((int64_t)s * {m} >> {shift}) + {zero};\n"
            body += f"x{k + 1}[{i}] = q < {low} ? {low} : q > 127 ? 127 : q;\n"
    last = f"x{len(layers)}"
    return (
        "#include <stdint.h>\n#include <stdio.h>\nint main(void) { int8_t x0[64]; int64_t p, q; int32_t s;\n"
        "while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {i + 1}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% wrong="picks the label from sums that are not rounded" exercise="tuned_c" loses="tuned_c_is_exact"
def tuned_c(layers):
    body = ""
    for k, layer in enumerate(layers):
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low, half = zero if layer["relu"] else -128, 1 << (shift - 1)
        final = k + 1 == len(layers)
        body += f"{'int32_t' if final else 'int8_t'} x{k + 1}[{len(layer['biases'])}];\n"
        for i, row in enumerate(layer["weights"].tolist()):
            terms = "".join(f" + {w} * x{k}[{j}]" for j, w in enumerate(row) if w)
            if final:
                body += f"x{k + 1}[{i}] = {layer['biases'][i]}{terms};\n"
                continue
            body += f"s = {layer['biases'][i]}{terms}; p = (int64_t)s * {m};\n"
            body += f"q = (p < 0 ? -(({half} - p) >> {shift}) : (p + {half}) >> {shift}) + {zero};\n"
            body += f"x{k + 1}[{i}] = q < {low} ? {low} : q > 127 ? 127 : q;\n"
    last = f"x{len(layers)}"
    return (
        "#include <stdint.h>\n#include <stdio.h>\nint main(void) { int8_t x0[64]; int64_t p, q; int32_t s;\n"
        "while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {i + 1}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% wrong="sums of 16 bits" exercise="tuned_c" loses="tuned_c_is_exact tuned_c_is_quick"
def tuned_c(layers):
    body = ""
    for k, layer in enumerate(layers):
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low, half = zero if layer["relu"] else -128, 1 << (shift - 1)
        body += f"int8_t x{k + 1}[{len(layer['biases'])}];\n"
        for i, row in enumerate(layer["weights"].tolist()):
            terms = "".join(f" + {w} * x{k}[{j}]" for j, w in enumerate(row) if w)
            body += f"s = {layer['biases'][i]}{terms}; p = (int64_t)s * {m};\n"
            body += f"q = (p < 0 ? -(({half} - p) >> {shift}) : (p + {half}) >> {shift}) + {zero};\n"
            body += f"x{k + 1}[{i}] = q < {low} ? {low} : q > 127 ? 127 : q;\n"
    last = f"x{len(layers)}"
    return (
        "#include <stdint.h>\n#include <stdio.h>\nint main(void) { int8_t x0[64]; int64_t p, q; int16_t s;\n"
        "while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {i + 1}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )


# %% wrong="children put in eval alone" exercise="to_executorch" loses="to_executorch_runs"
def to_executorch(model, example, path):
    """Write a module as a file for ExecuTorch, and return its path.

    model: a torch.nn.Module of one input and one output, in either mode
    example: float32 tensor, an input
    path: of the file, in a folder that is there
    """
    net = copy.deepcopy(model)
    for part in net.children():
        part.eval()
    program = torch.export.export(net, (example,))
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    path = Path(path)
    path.write_bytes(lowered.to_executorch().buffer)
    return path
    ### END SOLUTION


# %% wrong="programs kept by the text of the model" exercise="to_executorch" loses="to_executorch_runs"
_KEPT = {}


def to_executorch(model, example, path):
    """Write a module as a file for ExecuTorch, and return its path.

    model: a torch.nn.Module of one input and one output, in either mode
    example: float32 tensor, an input
    path: of the file, in a folder that is there
    """
    key = repr(model), example.shape
    if key not in _KEPT:
        program = torch.export.export(copy.deepcopy(model).eval(), (example,))
        _KEPT[key] = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    lowered = _KEPT[key]
    path = Path(path)
    path.write_bytes(lowered.to_executorch().buffer)
    return path
    ### END SOLUTION


# %% wrong="the shift is an int32 of numpy" exercise="fixed_point" loses="fixed_point_nearest fixed_point_edges"
def fixed_point(scale):
    """Return (multiplier, shift), for which multiplier / 2**shift is next to scale."""
    part, power = np.frexp(scale)
    multiplier, shift = np.rint(part * 2**31).astype(np.int64), 31 - power
    if multiplier == 2**31:
        multiplier, shift = multiplier // 2, shift - 1
    return multiplier, shift


# %% wrong="a helper by the sizes" exercise="dense_c" loses="dense_c_relu"
def c_array(name, values):
    """Return C's const int8_t or const int32_t array of all values, row by row."""
    numbers = ", ".join(map(str, values.ravel().tolist()))
    return f"static const {values.dtype}_t {name}[] = {{{numbers}}};\n"


def dense_c(name, d_in, d_out, relu):
    """Return a dense layer as a C function; d_in and d_out are at least 1.

    w: d_out rows of d_in; all sums fit int32
    relu: bool, whether no y is below zero_point
    """
    low = "zero_point" if relu else "-128"
    return f"""#ifndef CUT_{d_in}_{d_out}
#define CUT_{d_in}_{d_out}
static int8_t cut_{d_in}_{d_out}(int64_t q, int zero_point) {{ return q < {low} ? {low} : q > 127 ? 127 : q; }}
#endif
static void {name}({lesson.ARGUMENTS}) {{
    for (int i = 0; i < {d_out}; i++) {{
        int32_t sum = b[i];
        for (int j = 0; j < {d_in}; j++) sum += w[i * {d_in} + j] * x[j];
        int64_t p = (int64_t)sum * multiplier, half = (int64_t)1 << (shift - 1);
        int64_t q = (p < 0 ? -((half - p) >> shift) : (p + half) >> shift) + zero_point;
        y[i] = cut_{d_in}_{d_out}(q, zero_point);
}} }}\n"""
    ### END SOLUTION


# %% wrong="layers of one size share a function and so a relu" exercise="program_c" loses="program_c_labels"
def program_c(layers):
    """Return a C program that labels digits."""
    parts, calls, written = ["#include <stdint.h>\n#include <stdio.h>\n"], [], set()
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        name = f"dense_{d_in}_{d_out}"
        if name not in written:  # no function twice: the program stays small
            parts.append(dense_c(name, d_in, d_out, layer["relu"]))
            written.add(name)
        numbers = f"{layer['multiplier']}, {layer['shift']}, {layer['zero_point']}"
        calls.append(f"int8_t x{k + 1}[{d_out}]; {name}(x{k}, w{k}, b{k}, {numbers}, x{k + 1});")
    last = f"x{len(layers)}"
    parts.append(f"""
int main(void)
{{
    int8_t x0[64];
    while (fread(x0, 1, 64, stdin) == 64) {{
        {" ".join(calls)}
        int best = 0;
        for (int i = 1; i < {len(layers[-1]["biases"])}; i++)
            if ({last}[i] > {last}[best])
                best = i;
        putchar('0' + best);
    }}
    return 0;
}}
""")
    return "".join(parts)


# %% wrong="labels kept until the end in 65536 bytes" exercise="program_c" loses="program_c_input"
def program_c(layers):
    """Return a C program that labels digits.

    layers: list of dicts as above, one or more, the first of 64 inputs, the last of 1
        to 10 outputs; not changed
    returns: str
    """
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        factor = f"{layer['multiplier']}, {layer['shift']}, {layer['zero_point']}"
        call = f"dense{k}(x{k}, w{k}, b{k}, {factor}, x{k + 1});"
        calls.append(f"        int8_t x{k + 1}[{d_out}];\n        {call}\n")
    last = f"x{len(layers)}"
    best = f"for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n    static char said[65536];\n    int n = 0;\n")
    parts.append("    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls))
    parts.append(f"        int best = 0;\n        {best}\n        if (n < 65536) said[n++] = '0' + best;\n")
    return "".join(parts) + "    }\n    fwrite(said, 1, n, stdout);\n    return 0;\n}\n"
    ### END SOLUTION


# %% wrong="one bit less of the multiplier" exercise="program_c" loses="program_c_labels"
def program_c(layers):
    """Return a C program that labels digits.

    layers: list of dicts as above, one or more, the first of 64 inputs, the last of 1
        to 10 outputs; not changed
    returns: str
    """
    parts, calls = ["#include <stdint.h>\n#include <stdio.h>\n"], []
    for k, layer in enumerate(layers):
        d_out, d_in = layer["weights"].shape
        parts += [c_array(f"w{k}", layer["weights"]), c_array(f"b{k}", layer["biases"])]
        parts.append(dense_c(f"dense{k}", d_in, d_out, layer["relu"]))
        factor = f"{layer['multiplier'] >> 1}, {layer['shift'] - 1}, {layer['zero_point']}"
        call = f"dense{k}(x{k}, w{k}, b{k}, {factor}, x{k + 1});"
        calls.append(f"        int8_t x{k + 1}[{d_out}];\n        {call}\n")
    last = f"x{len(layers)}"
    best = f"for (int i = 1; i < {d_out}; i++) if ({last}[i] > {last}[best]) best = i;"
    parts.append("int main(void)\n{\n    int8_t x0[64];\n")
    parts.append("    while (fread(x0, 1, 64, stdin) == 64) {\n" + "".join(calls))
    parts.append(f"        int best = 0;\n        {best}\n        putchar('0' + best);\n")
    return "".join(parts) + "    }\n    return 0;\n}\n"
    ### END SOLUTION


# %% wrong="built once for each text and target" exercise="build" loses="build_targets"
_DONE = {}


def build(source, target, out):
    """Compile a C file to a static program without symbols, and return its path.

    source: path of the C file; target: str
    out: path of the program, in a folder that is there
    """
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(f"{target} is none of the three targets")
    key = target, Path(source).read_bytes()
    if key in _DONE:
        return Path(out)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s"]
    command += ["-static", str(source), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    _DONE[key] = True
    return Path(out)
    ### END SOLUTION


# %% wrong="the first 600 characters" exercise="build" loses="build_refuses"
def build(source, target, out):
    """Compile a C file to a static program without symbols, and return its path.

    source: path of the C file; target: str
    out: path of the program, in a folder that is there
    """
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(f"{target} is none of the three targets")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s"]
    command += ["-static", str(source), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[:600])
    return Path(out)
    ### END SOLUTION


# %% wrong="three sums in one product with lanes one bit too narrow" exercise="tuned_c" loses="tuned_c_is_exact"
def tuned_c(layers):
    """Return a C program that labels digits in few instructions."""
    lane = 20  # a product has 14 bits, and 64 = 2**6 of them are added
    body = []
    for k, layer in enumerate(layers):
        weights = layer["weights"].astype(np.int64)
        biases = layer["biases"].tolist()
        low = layer["zero_point"] if layer["relu"] else -128
        numbers = f"{layer['multiplier']}, {layer['shift']}, {layer['zero_point']}, {low}"
        body.append(f"int8_t x{k + 1}[{len(weights)}];")
        for start in range(0, len(weights), 3):
            rows = weights[start : start + 3]
            packed = [sum(int(w) << (lane * r) for r, w in enumerate(column)) for column in rows.T]
            terms = " + ".join(f"{w}LL * x{k}[{j}]" for j, w in enumerate(packed) if w) or "0"
            body.append(f"p = {terms};")
            for r in range(len(rows)):
                body.append(f"part = (int64_t)((uint64_t)p << {64 - lane}) >> {64 - lane}; p = (p - part) >> {lane};")
                body.append(f"x{k + 1}[{start + r}] = code((int32_t)(part + {biases[start + r]}LL), {numbers});")
    last, count = f"x{len(layers)}", len(layers[-1]["biases"])
    lines = "\n        ".join(body)
    return f"""#include <stdint.h>
#include <stdio.h>
static inline int8_t code(int32_t sum, int32_t multiplier, int shift, int zero, int low)
{{
    int64_t p = (int64_t)sum * multiplier;
    int64_t q = ((p + ((int64_t)1 << (shift - 1)) - (p < 0)) >> shift) + zero;
    return (int8_t)(q < low ? low : q > 127 ? 127 : q);
}}
int main(void)
{{
    static int8_t x0[64];
    int64_t p, part;
    while (fread(x0, 1, 64, stdin) == 64) {{
        {lines}
        int best = 0;
        for (int i = 1; i < {count}; i++)
            if ({last}[i] > {last}[best])
                best = i;
        putchar('0' + best);
    }}
    return 0;
}}
"""


# %% wrong="whether it went well is asked of the file, which may be there from before" exercise="build" loses="build_refuses"
def build(source, target, out):
    """Compile a C file to a static program without symbols, and return its path."""
    if target not in ("x86_64-linux-musl", "aarch64-linux-musl", "wasm32-wasi"):
        raise ValueError(f"unknown target {target}")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-O2", "-s"]
    command += ["-static", str(source), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not Path(out).exists():
        raise RuntimeError(done.stderr)
    return out


# %% wrong="only the loop over inputs is written out, weights still loaded" exercise="tuned_c" loses="tuned_c_is_quick"
def tuned_c(layers):
    parts, body = ["#include <stdint.h>\n#include <stdio.h>\n"], ""
    for k, layer in enumerate(layers):
        out, inputs = layer["weights"].shape
        m, shift, zero = layer["multiplier"], layer["shift"], layer["zero_point"]
        low, half = zero if layer["relu"] else -128, 1 << (shift - 1)
        parts.append(f"static int8_t w{k}[] = {{{', '.join(map(str, layer['weights'].ravel().tolist()))}}};\n")
        parts.append(f"static int32_t b{k}[] = {{{', '.join(map(str, layer['biases'].ravel().tolist()))}}};\n")
        body += f"int8_t x{k + 1}[{out}];\nfor (int i = 0; i < {out}; i++) {{ int32_t s = b{k}[i];\n"
        body += f"for (volatile int j = 0; j < {inputs}; j++) s += w{k}[i * {inputs} + j] * x{k}[j];\n"
        body += f"p = (int64_t)s * {m}; q = (p < 0 ? -(({half} - p) >> {shift}) : (p + {half}) >> {shift}) + {zero};\n"
        body += f"x{k + 1}[i] = q < {low} ? {low} : q > 127 ? 127 : q; }}\n"
    last = f"x{len(layers)}"
    return "".join(parts) + (
        "int main(void) { int8_t x0[64]; int64_t p, q; while (fread(x0, 1, 64, stdin) == 64) {\n"
        f"{body} int best = 0; for (int i = 1; i < {out}; i++) if ({last}[i] > {last}[best]) best = i;\n"
        "putchar('0' + best); } return 0; }\n"
    )
