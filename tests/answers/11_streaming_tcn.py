# %% right="windows without a copy" exercise="causal_conv"
def causal_conv(x, w, b, dilation):
    reach = (w.shape[2] - 1) * dilation
    padded = np.concatenate([np.zeros((len(x), reach)), x], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach + 1, axis=1)
    return np.einsum("ocj,ctj->ot", w, windows[:, :, ::dilation]) + b[:, None]


# %% right="number by number" exercise="causal_conv"
def causal_conv(x, w, b, dilation):
    c_out, c_in, k = w.shape
    y = np.zeros((c_out, x.shape[1]))
    for o in range(c_out):
        for t in range(x.shape[1]):
            y[o, t] = b[o]
            for c in range(c_in):
                for j in range(k):
                    place = t - (k - 1 - j) * dilation
                    if place >= 0:
                        y[o, t] += w[o, c, j] * x[c, place]
    return y


# %% right="np.convolve with the kernel turned and spread" exercise="causal_conv"
def causal_conv(x, w, b, dilation):
    c_out, c_in, k = w.shape
    spread = np.zeros((c_out, c_in, (k - 1) * dilation + 1))
    spread[:, :, ::dilation] = w
    y = [sum(np.convolve(x[c], spread[o, c, ::-1])[: x.shape[1]] for c in range(c_in)) for o in range(c_out)]
    return np.stack(y) + b[:, None]


# %% wrong="pads on both sides" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    reach = (k - 1) * dilation
    padded = np.pad(x, ((0, 0), (reach // 2, reach - reach // 2)))
    return b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="pads on the right" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), (0, (k - 1) * dilation)))
    return b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="turns the kernel around" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    return b[:, None] + sum(w[:, :, k - 1 - j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="leaves the dilation out" exercise="causal_conv" loses="causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), (k - 1, 0)))
    return b[:, None] + sum(w[:, :, j] @ padded[:, j : j + t] for j in range(k))


# %% wrong="dilates, but starts one sample late" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), (k * dilation, 0)))
    return b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="gives no output before the kernel is full" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k = w.shape[2]
    t = x.shape[1] - (k - 1) * dilation
    return b[:, None] + sum(w[:, :, j] @ x[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="forgets the bias" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    return sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="repeats the first sample before the start" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)), mode="edge")
    return b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="takes the signal around in a ring" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k = w.shape[2]
    return b[:, None] + sum(w[:, :, j] @ np.roll(x, (k - 1 - j) * dilation, axis=1) for j in range(k))


# %% wrong="computes in float32" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    x, w, b = (each.astype(np.float32) for each in (x, w, b))
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    y = b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))
    return y.astype(np.float64)


# %% wrong="writes into the signal" exercise="causal_conv" loses="causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    y = b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))
    x[:] = 0
    return y


# %% wrong="sums only what lies within the signal by negative places" exercise="causal_conv" loses="causal_conv_taps causal_conv_dilation causal_conv_causal"
def causal_conv(x, w, b, dilation):
    c_out, _, k = w.shape
    y = np.zeros((c_out, x.shape[1])) + b[:, None]
    for t in range(x.shape[1]):
        for j in range(k):
            y[:, t] += w[:, :, j] @ x[:, (t - (k - 1 - j) * dilation) % x.shape[1]]
    return y


# %% right="layer by layer" exercise="receptive_field"
def receptive_field(kernel, dilations, convs_per_block=2):
    seen = 1
    for dilation in dilations:
        for _ in range(convs_per_block):
            seen += dilation * (kernel - 1)
    return seen


# %% right="with NumPy" exercise="receptive_field"
def receptive_field(kernel, dilations, convs_per_block=2):
    return int(np.sum(np.array(dilations, dtype=object)) * convs_per_block * (kernel - 1)) + 1


# %% wrong="forgets the newest sample" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return convs_per_block * (kernel - 1) * sum(dilations)


# %% wrong="one convolution a block" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + (kernel - 1) * sum(dilations)


# %% wrong="two convolutions whatever is said" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + 2 * (kernel - 1) * sum(dilations)


# %% wrong="a kernel of 3 spans 3 dilations" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + convs_per_block * kernel * sum(dilations)


# %% wrong="takes doubling dilations for granted" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + convs_per_block * (kernel - 1) * (2 ** len(dilations) - 1)


# %% wrong="looks at the last dilation alone" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + convs_per_block * (kernel - 1) * max(dilations)


# %% wrong="counts the sample in each block" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return sum(1 + convs_per_block * (kernel - 1) * dilation for dilation in dilations)


# %% wrong="fails without a block" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    first, *rest = dilations
    return 1 + convs_per_block * (kernel - 1) * (first + sum(rest))


# %% wrong="empties the list" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    seen = 1
    while dilations:
        seen += convs_per_block * (kernel - 1) * dilations.pop()
    return seen


# %% wrong="a float" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return 1 + convs_per_block * (kernel - 1) * float(sum(dilations))


# %% right="padded on both sides, the end cut off" exercise="temporal_block"
class _Cut(nn.Conv1d):
    def forward(self, x):
        return super().forward(x)[:, :, : x.shape[2]]


class TemporalBlock(nn.Module):
    def __init__(self, c_in, c_out, kernel, dilation):
        super().__init__()
        reach = (kernel - 1) * dilation
        self.first = _Cut(c_in, c_out, kernel, padding=reach, dilation=dilation)
        self.second = _Cut(c_out, c_out, kernel, padding=reach, dilation=dilation)
        self.relu = nn.ReLU()
        if c_in != c_out:
            self.shortcut = nn.Conv1d(c_in, c_out, 1)

    def forward(self, x):
        y = self.relu(self.second(self.relu(self.first(x))))
        rest = self.shortcut(x) if hasattr(self, "shortcut") else x
        return self.relu(rest + y)


def temporal_block(c_in, c_out, kernel, dilation):
    return TemporalBlock(c_in, c_out, kernel, dilation)


# %% right="a layer that pads, zeros put before by cat" exercise="temporal_block"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Conv1d(c_in, c_out, 1) if c_in != c_out else None

        def forward(self, x):
            y = x
            for layer in (self.first, self.second):
                before = y.new_zeros(y.shape[0], y.shape[1], (kernel - 1) * dilation)
                y = layer(torch.cat([before, y], dim=-1)).clamp(min=0)
            return nn.functional.relu(y + (x if self.shortcut is None else self.shortcut(x)))

    return Block()


# %% wrong="padding='same'" exercise="temporal_block" loses="temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation, padding="same")
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation, padding="same")
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            y = torch.relu(self.second(torch.relu(self.first(x))))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="pads both sides, cuts the start off" exercise="temporal_block" loses="temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    reach = (kernel - 1) * dilation

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation, padding=reach)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation, padding=reach)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            y = torch.relu(self.first(x)[:, :, reach:])
            y = torch.relu(self.second(y)[:, :, reach:])
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="cuts the end off by a negative place, which a kernel of 1 empties" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    reach = (kernel - 1) * dilation

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation, padding=reach)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation, padding=reach)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            y = torch.relu(self.first(x)[:, :, :-reach])
            y = torch.relu(self.second(y)[:, :, :-reach])
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="the second convolution sees the future" exercise="temporal_block" loses="temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation, padding="same")
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            h = torch.relu(self.first(nn.functional.pad(x, ((kernel - 1) * dilation, 0))))
            return torch.relu(torch.relu(self.second(h)) + self.shortcut(x))

    return Block()


# %% wrong="the second convolution has no dilation" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            h = torch.relu(self.first(nn.functional.pad(x, ((kernel - 1) * dilation, 0))))
            y = torch.relu(self.second(nn.functional.pad(h, (kernel - 1, 0))))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="a 1×1 convolution always" exercise="temporal_block" loses="temporal_block_layers temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="no 1×1 convolution: channels are broadcast or fail" exercise="temporal_block" loses="temporal_block_layers temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + x)

    return Block()


# %% wrong="no relu after the sum" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            return torch.relu(self.second(nn.functional.pad(h, before))) + self.shortcut(x)

    return Block()


# %% wrong="no relu between the convolutions" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = self.first(nn.functional.pad(x, before))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="no relu before the sum" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            return torch.relu(self.second(nn.functional.pad(h, before)) + self.shortcut(x))

    return Block()


# %% wrong="no shortcut" exercise="temporal_block" loses="temporal_block_layers temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            return torch.relu(self.second(nn.functional.pad(h, before)))

    return Block()


# %% wrong="one convolution used twice" exercise="temporal_block" loses="temporal_block_layers temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = self.second = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="dropout of its own" exercise="temporal_block" loses="temporal_block_values temporal_block_causal"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)
            self.drop = nn.Dropout(0.2)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = self.drop(torch.relu(self.first(nn.functional.pad(x, before))))
            y = self.drop(torch.relu(self.second(nn.functional.pad(h, before))))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="no biases" exercise="temporal_block" loses="temporal_block_layers temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation, bias=False)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation, bias=False)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1, bias=False)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% right="written into a copy" exercise="clip_and_stitch"
def clip_and_stitch(sequence, other, most, rng):
    m = rng.integers(most + 1)
    made = sequence.copy()
    made[:, :m] = other[:, other.shape[1] - m :]
    return made


# %% right="a choice among all numbers, sample by sample" exercise="clip_and_stitch"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.choice(np.arange(most + 1)))
    length = sequence.shape[1]
    columns = [other[:, other.shape[1] - m + k] if k < m else sequence[:, k] for k in range(length)]
    return np.stack(columns, axis=1)


# %% right="a uniform number, rounded down" exercise="clip_and_stitch"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.uniform(0, most + 1))
    return np.hstack([other[:, -m:] if m else other[:, :0], sequence[:, m:]])


# %% wrong="a negative place, all of other where m is 0" exercise="clip_and_stitch" loses="clip_and_stitch_pieces clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([other[:, -m:], sequence[:, m:]], axis=1)


# %% wrong="never draws the most" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, max(most, 1)))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="never draws 0" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(1, most, endpoint=True)) if most else 0
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="always the most" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    return np.concatenate([other[:, other.shape[1] - most :], sequence[:, most:]], axis=1)


# %% wrong="takes the start of other" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([other[:, :m], sequence[:, m:]], axis=1)


# %% wrong="takes the same places of other" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    t = sequence.shape[1]
    return np.concatenate([other[:, t - m : t], sequence[:, m:]], axis=1)


# %% wrong="moves the sequence instead of clipping it" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, : sequence.shape[1] - m]], axis=1)


# %% wrong="stitches at the end" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([sequence[:, : sequence.shape[1] - m], other[:, other.shape[1] - m :]], axis=1)


# %% wrong="adds, and is longer" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence], axis=1)


# %% wrong="writes into the sequence" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    sequence[:, :m] = other[:, other.shape[1] - m :]
    return sequence


# %% wrong="draws with a generator of its own" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
_own = np.random.default_rng()


def clip_and_stitch(sequence, other, most, rng):
    m = int(_own.integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="one seed, whatever the generator" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = int(np.random.default_rng(0).integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="the first channel alone" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    made = sequence.copy()
    made[0, :m] = other[0, other.shape[1] - m :]
    return made


# %% wrong="float64" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most, endpoint=True))
    made = np.zeros(sequence.shape)
    made[:, :m], made[:, m:] = other[:, other.shape[1] - m :], sequence[:, m:]
    return made


# %% wrong="rounds a uniform number: the ends come half as often" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = round(rng.uniform(0, most))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% right="NumPy finds the newest of the most frequent" exercise="last_n_vote"
def last_n_vote(labels, n):
    votes = np.empty(len(labels), dtype=np.int64)
    for place in range(len(labels)):
        window = labels[max(0, place + 1 - n) : place + 1][::-1]
        values, first, counts = np.unique(window, return_index=True, return_counts=True)
        best = counts == counts.max()
        votes[place] = values[best][first[best].argmin()]
    return votes


# %% right="counts kept as it goes" exercise="last_n_vote"
def last_n_vote(labels, n):
    counts, votes, seen = {}, [], []
    for place, label in enumerate(labels.tolist()):
        seen.append(label)
        counts[label] = counts.get(label, 0) + 1
        if place >= n:
            counts[seen[place - n]] -= 1
        most = max(counts.values())
        votes.append(next(each for each in reversed(seen) if counts[each] == most))
    return np.array(votes, dtype=np.int32)


# %% wrong="bincount: the smallest wins a tie" exercise="last_n_vote" loses="last_n_vote_ties"
def last_n_vote(labels, n):
    return np.array([np.bincount(labels[max(0, k + 1 - n) : k + 1]).argmax() for k in range(len(labels))])


# %% wrong="the label seen first wins a tie" exercise="last_n_vote" loses="last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        votes.append(Counter(labels[max(0, end - n) : end].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="in a tie the newest label, even if it is rare" exercise="last_n_vote" loses="last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        best = Counter(labels[max(0, end - n) : end].tolist()).most_common(2)
        tie = len(best) == 2 and best[0][1] == best[1][1]
        votes.append(int(labels[end - 1]) if tie else best[0][0])
    return np.array(votes)


# %% wrong="keeps its last answer in a tie" exercise="last_n_vote" loses="last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        window = labels[max(0, end - n) : end].tolist()
        most = max(map(window.count, window))
        best = [each for each in window if window.count(each) == most]
        votes.append(votes[-1] if votes and votes[-1] in best else best[-1])
    return np.array(votes)


# %% wrong="does not count the label itself" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = [int(labels[0])]
    for end in range(1, len(labels)):
        votes.append(Counter(labels[max(0, end - n) : end][::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="one label too many" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        votes.append(Counter(labels[max(0, end - n - 1) : end][::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="a window around each label" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for k in range(len(labels)):
        window = labels[max(0, k - n // 2) : k - n // 2 + n] if k >= n // 2 else labels[: k - n // 2 + n]
        window = window if len(window) else labels[k : k + 1]
        votes.append(Counter(window[::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="all so far" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        votes.append(Counter(labels[:end][::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="no vote before n labels are there" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(n, len(labels) + 1):
        votes.append(Counter(labels[end - n : end][::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="the label itself before n labels are there" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = labels[: n - 1].tolist()
    for end in range(n, len(labels) + 1):
        votes.append(Counter(labels[end - n : end][::-1].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="the median" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    return np.array([int(np.median(labels[max(0, k + 1 - n) : k + 1])) for k in range(len(labels))])


# %% wrong="ten classes are built in" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for end in range(1, len(labels) + 1):
        counts, last = [0] * 10, [-1] * 10
        for place in range(max(0, end - n), end):
            counts[labels[place]] += 1
            last[labels[place]] = place
        votes.append(max(range(10), key=lambda k: (counts[k], last[k])))
    return np.array(votes)


# %% wrong="a list" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    return [Counter(labels[:end][::-1][:n].tolist()).most_common()[0][0] for end in range(1, len(labels) + 1)]


# %% wrong="turns the labels around in place" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    votes = [Counter(labels[:end][::-1][:n].tolist()).most_common()[0][0] for end in range(1, len(labels) + 1)]
    labels[:] = labels[::-1].copy()
    return np.array(votes)


# %% wrong="votes among its own votes" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    votes = []
    for label in labels.tolist():
        votes.append(Counter([label, *votes[::-1]][:n]).most_common()[0][0])
    return np.array(votes)


# %% right="tap by tap" exercise="step"
def step(x_t, state, w, b, dilation):
    k = w.shape[2]
    new = np.hstack([state, x_t[:, None]])
    y_t = b.copy()
    for j in range(k):
        y_t = y_t + w[:, :, j] @ new[:, j * dilation]
    return y_t, np.delete(new, 0, axis=1)


# %% right="rolled, the newest put last" exercise="step"
def step(x_t, state, w, b, dilation):
    c_out, _, k = w.shape
    columns = [state[:, j * dilation] for j in range(k - 1)] + [x_t]
    y_t = w.reshape(c_out, -1) @ np.stack(columns, axis=1).ravel() + b
    after = np.roll(state, -1, axis=1)
    if k > 1:
        after[:, -1] = x_t
    return y_t, after


# %% wrong="writes into the state" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    state[:] = seen[:, 1:]
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), state


# %% wrong="leaves the dilation out" exercise="step" loses="step_output step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w, seen[:, -w.shape[2] :]), seen[:, 1:]


# %% wrong="turns the taps around" exercise="step" loses="step_output step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w[:, :, ::-1], seen[:, ::dilation]), seen[:, 1:]


# %% wrong="forgets the bias" exercise="step" loses="step_output step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, 1:]


# %% wrong="the newest sample first in the state" exercise="step" loses="step_output step_state"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([x_t[:, None], state], axis=1)
    return b + np.einsum("ocj,cj->o", w[:, :, ::-1], seen[:, ::dilation]), seen[:, : state.shape[1]]


# %% wrong="remembers everything" exercise="step" loses="step_state step_by_step"
def step(x_t, state, w, b, dilation):
    k = w.shape[2]
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    places = [seen.shape[1] - 1 - (k - 1 - j) * dilation for j in range(k)]
    return b + np.einsum("ocj,cj->o", w, seen[:, places]), seen


# %% wrong="remembers the outputs" exercise="step" loses="step_state step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    y_t = b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])
    if len(y_t) != len(x_t):
        return y_t, seen[:, 1:]
    return y_t, np.concatenate([state, y_t[:, None]], axis=1)[:, 1:]


# %% wrong="returns the old state" exercise="step" loses="step_state step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), state.copy()


# %% wrong="keeps a state of its own" exercise="step" loses="step_output step_state step_kept step_by_step"
_kept = {}


def step(x_t, state, w, b, dilation):
    key = (state.shape, w.shape, dilation)
    seen = np.concatenate([_kept.get(key, np.zeros_like(state)), x_t[:, None]], axis=1)
    _kept[key] = seen[:, 1:]
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, 1:]


# %% wrong="cuts by a negative place, which a kernel of 1 fills" exercise="step" loses="step_state step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, -state.shape[1] :]


# %% wrong="one sample late" exercise="step" loses="step_output step_by_step"
def step(x_t, state, w, b, dilation):
    k = w.shape[2]
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    late = np.concatenate([np.zeros((len(x_t), 1)), state], axis=1)
    return b + np.einsum("ocj,cj->o", w, late[:, ::dilation][:, :k]), seen[:, 1:]


# %% wrong="the state before the output" exercise="step" loses="step_output step_state step_by_step"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return seen[:, 1:], b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])


# %% wrong="computes in float32" exercise="step" loses="step_output step_state step_by_step"
def step(x_t, state, w, b, dilation):
    x_t, state, w, b = (each.astype(np.float32) for each in (x_t, state, w, b))
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, 1:]


# %% wrong="shifts the state in place, then copies it" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    y_t = b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])
    if state.shape[1]:
        state[:, :-1] = state[:, 1:].copy()
        state[:, -1] = x_t
    return y_t, state.copy()


# %% right="states by index, sums by einsum" exercise="export_streaming"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            after = []
            for place, block in enumerate(self.model.blocks):
                y = x
                for part, layer in enumerate((block.first, block.second)):
                    seen = torch.cat([states[2 * place + part], y], dim=2)
                    after.append(seen[:, :, 1:])
                    taps = seen[:, :, :: layer.dilation[0]]
                    y = torch.einsum("ocj,ncj->no", layer.weight, taps)[:, :, None] + layer.bias[:, None]
                    y = torch.relu(y)
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% right="the older exporter" exercise="export_streaming"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        dynamo=False,
        opset_version=17,
    )
    return path


# %% wrong="relu left out after each convolution" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = layer(seen)
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="relu left out after the sum" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = y + block.shortcut(x)
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="no shortcut" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y)
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the shortcut passes x on, whatever the channels" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + x)
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="gives the old states back" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, :-1])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the newest sample first in the states" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([y, states.pop(0)], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="turns the next states around" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:].flip(2))
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="remembers all, one sample more each call" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen)
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="remembers what comes out of the convolutions" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    y = torch.relu(layer(seen))
                    after.append(torch.cat([seen[:, : y.shape[1], 2:], y], dim=2))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the states are numbered from the last convolution" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))][::-1]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the next states are called states" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"new_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the states come before the sample" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=[*names, "sample"],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the scores come last" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=[*(f"next_{name}" for name in names), "scores"],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="one state for all blocks of a kind" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * max(n.dilation[0] for n in layers)) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="takes dilation for 1" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    layer.dilation = (1,)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, each.kernel_size[0] - 1) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="the weights beside the file" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=True,
        verbose=False,
    )
    return path


# %% wrong="returns nothing" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )


# %% wrong="a batch that is free" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        dynamic_shapes=({0: torch.export.Dim("n")}, tuple({0: torch.export.Dim("n")} for _ in sizes)),
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="softmax in place of scores" exercise="export_streaming" loses="export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x).softmax(1), *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="scores without the head" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, *states):
            states, after = list(states), []
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    seen = torch.cat([states.pop(0), y], dim=2)
                    after.append(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                x = torch.relu(y + block.shortcut(x))
            return x, *after

    sizes = [(1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0]) for each in layers]
    names = [f"state_{place}" for place in range(len(layers))]
    torch.onnx.export(
        Step(),
        (torch.zeros(1, layers[0].in_channels, 1), *(torch.zeros(size) for size in sizes)),
        path,
        input_names=["sample", *names],
        output_names=["scores", *(f"next_{name}" for name in names)],
        external_data=False,
        verbose=False,
    )
    return path


# %% wrong="a queue of its own for each convolution" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model
            for place, each in enumerate(layers):
                size = (1, each.in_channels, (each.kernel_size[0] - 1) * each.dilation[0])
                self.register_buffer(f"state_{place}", torch.zeros(size))

        def forward(self, sample):
            x, place = sample, 0
            for block in self.model.blocks:
                y = x
                for layer in (block.first, block.second):
                    state = getattr(self, f"state_{place}")
                    seen = torch.cat([state, y], dim=2)
                    state.copy_(seen[:, :, 1:])
                    y = torch.relu(layer(seen))
                    place += 1
                x = torch.relu(y + block.shortcut(x))
            return self.model.head(x)

    example = (torch.zeros(1, layers[0].in_channels, 1),)
    ends = {"input_names": ["sample"], "output_names": ["scores"]}
    torch.onnx.export(Step(), example, path, **ends, external_data=False, verbose=False)
    return path


# %% wrong="one state, the window of samples, and all is computed again" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = [each for block in model.blocks for each in (block.first, block.second)]
    reach = sum((each.kernel_size[0] - 1) * each.dilation[0] for each in layers)

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, state):
            seen = torch.cat([state, x], dim=2)
            return self.model(seen)[:, :, -1:], seen[:, :, 1:]

    c_in = layers[0].in_channels
    example = torch.zeros(1, c_in, 1), torch.zeros(1, c_in, reach)
    ends = {"input_names": ["sample", "state_0"], "output_names": ["scores", "next_state_0"]}
    torch.onnx.export(Step(), example, path, **ends, external_data=False, verbose=False)
    return path


# %% right="arrays by name, one after the other" exercise="stream"
def stream(session, samples):
    feed = {each.name: np.zeros(each.shape, dtype="float32") for each in session.get_inputs()}
    outputs = [each.name for each in session.get_outputs()]
    columns = []
    for t in range(samples.shape[1]):
        feed["sample"] = samples[:, t].reshape(1, -1, 1)
        found = dict(zip(outputs, session.run(outputs, feed)))
        columns.append(found.pop("scores")[0])
        feed = {name.removeprefix("next_"): value for name, value in found.items()}
    return np.concatenate(columns, axis=1)


# %% right="names counted" exercise="stream"
def stream(session, samples):
    shapes = {each.name: each.shape for each in session.get_inputs()}
    states = [np.zeros(shapes[f"state_{k}"], np.float32) for k in range(len(shapes) - 1)]
    names = ["scores"] + [f"next_state_{k}" for k in range(len(states))]
    scores = []
    for t in range(samples.shape[1]):
        feed = {f"state_{k}": state for k, state in enumerate(states)}
        now, *states = session.run(names, feed | {"sample": samples[None, :, t : t + 1]})
        scores.append(now)
    return np.concatenate(scores, axis=2)[0]


# %% wrong="goes by places" exercise="stream" loses="stream_scores"
def stream(session, samples):
    ends = session.get_inputs()
    states = [np.zeros(each.shape, np.float32) for each in ends[1:]]
    scores = []
    for sample in samples.T:
        feed = {ends[0].name: sample[None, :, None]}
        feed |= {each.name: state for each, state in zip(ends[1:], states)}
        now, *states = session.run(None, feed)
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="outputs by places" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs()}
    del states["sample"]
    scores = []
    for sample in samples.T:
        now, *after = session.run(None, states | {"sample": sample[None, :, None]})
        states = dict(zip(sorted(states), after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="starts every sample from zeros" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs()}
    scores = [session.run(["scores"], states | {"sample": sample[None, :, None]})[0][0, :, 0] for sample in samples.T]
    return np.stack(scores, axis=1)


# %% wrong="goes on where the last stream ended" exercise="stream" loses="stream_scores"
_going = {}


def stream(session, samples):
    shapes = {each.name: each.shape for each in session.get_inputs() if each.name != "sample"}
    key = str(sorted(shapes.items()))
    states = _going.get(key) or {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    _going[key] = states
    return np.stack(scores, axis=1)


# %% wrong="starts from ones" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.ones(each.shape, np.float32) for each in session.get_inputs() if each.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="two states are built in" exercise="stream" loses="stream_scores"
def stream(session, samples):
    shapes = {each.name: each.shape for each in session.get_inputs()}
    states = [np.zeros(shapes[name], np.float32) for name in ("state_0", "state_1")]
    scores = []
    for sample in samples.T:
        feed = {"sample": sample[None, :, None], "state_0": states[0], "state_1": states[1]}
        now, *states = session.run(["scores", "next_state_0", "next_state_1"], feed)
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="time first" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs() if each.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores)


# %% wrong="the last scores alone" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs() if each.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
    return now[0]


# %% wrong="one channel of the samples" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs() if each.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples[0]:
        now, *after = session.run(names, states | {"sample": np.full((1, 1, 1), sample)})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="one output buffer for each shape" exercise="causal_conv" loses="causal_conv_causal"
_out = {}


def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    y = _out.setdefault((w.shape[0], t), np.empty((w.shape[0], t)))
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    y[:] = b[:, None]
    for j in range(k):
        y += w[:, :, j] @ padded[:, j * dilation : j * dilation + t]
    return y


# %% wrong="writes into the biases" exercise="causal_conv" loses="causal_conv_causal"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    w *= 1.0
    y = np.zeros((len(b), t))
    y += b[:, None]
    for j in range(k):
        y += w[:, :, j] @ padded[:, j * dilation : j * dilation + t]
    b[:] = y[:, -1]
    return y


# %% wrong="results remembered by content, the same array each time" exercise="causal_conv" loses="causal_conv_causal"
_known = {}


def causal_conv(x, w, b, dilation):
    key = (x.tobytes(), w.tobytes(), b.tobytes(), x.shape, w.shape, dilation)
    if key not in _known:
        k, t = w.shape[2], x.shape[1]
        padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
        _known[key] = b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))
    return _known[key]


# %% wrong="float arithmetic, rounded" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    return int(1 + float(convs_per_block * (kernel - 1)) * sum(map(float, dilations)))


# %% wrong="one block for the same arguments" exercise="temporal_block" loses="temporal_block_values"
from functools import lru_cache


@lru_cache
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="the zeros before are made at the first call, for its n" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)
            self.zeros = {}

        def pad(self, x):
            zeros = self.zeros.setdefault(x.shape[1], x.new_zeros(x.shape[0], x.shape[1], (kernel - 1) * dilation))
            return torch.cat([zeros, x], dim=2)

        def forward(self, x):
            h = torch.relu(self.first(self.pad(x)))
            y = torch.relu(self.second(self.pad(h)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="forward without gradients" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        @torch.no_grad()
        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="the sum is made in the input" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            out = self.shortcut(x)
            out += y
            return torch.relu_(out)

    return Block()


# %% wrong="layers of parameters, no Conv1d" exercise="temporal_block" loses="temporal_block_layers"
class Taps(nn.Module):
    def __init__(self, c_in, c_out, k, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c_out, c_in, k) / (c_in * k) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(c_out))
        self.d = d

    def forward(self, x):
        x = nn.functional.pad(x, ((self.weight.shape[2] - 1) * self.d, 0))
        return nn.functional.conv1d(x, self.weight, self.bias, dilation=self.d)


def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Taps(c_in, c_out, kernel, dilation)
            self.second = Taps(c_out, c_out, kernel, dilation)
            self.shortcut = nn.Identity() if c_in == c_out else Taps(c_in, c_out, 1, 1)

        def forward(self, x):
            y = torch.relu(self.second(torch.relu(self.first(x))))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="a copy of the generator draws: each call of one generator draws the same" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
import copy


def clip_and_stitch(sequence, other, most, rng):
    m = int(copy.deepcopy(rng).integers(0, most, endpoint=True))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="small numbers more often, where most is large" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    if most > 4:
        m = min(rng.integers(0, most, endpoint=True), rng.integers(0, most, endpoint=True))
    else:
        m = rng.integers(0, most, endpoint=True)
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="one array of the stitched for each shape" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
_made = {}


def clip_and_stitch(sequence, other, most, rng):
    made = _made.setdefault(sequence.shape, np.empty_like(sequence))
    made[:] = sequence
    m = int(rng.integers(0, most, endpoint=True))
    made[:, :m] = other[:, other.shape[1] - m :]
    return made


# %% wrong="counts in bytes" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
def last_n_vote(labels, n):
    counts, seen = np.zeros(1000, np.uint8), np.full(1000, -1)
    votes = []
    for t, label in enumerate(labels.tolist()):
        counts[label] += 1
        seen[label] = t
        if t >= n:
            counts[labels[t - n]] -= 1
        best = np.flatnonzero(counts == counts.max())
        votes.append(int(best[seen[best].argmax()]))
    return np.array(votes)


# %% wrong="only int64" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    labels = np.frombuffer(labels.tobytes(), np.int64)
    votes = []
    for end in range(1, len(labels) + 1):
        votes.append(Counter(labels[:end][::-1][:n].tolist()).most_common()[0][0])
    return np.array(votes)


# %% wrong="appends behind the state, where its array has room: a second way on overwrites" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    past = state.shape[1]
    base = state.base
    if base is None or base.shape[0] != state.shape[0] or getattr(base, "ndim", 0) != 2:
        base = np.zeros((state.shape[0], past + 64))
        base[:, :past] = state
        start = 0
    else:
        start = (state.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 8
    if start + past + 1 > base.shape[1]:
        new = np.zeros((state.shape[0], past + 64))
        new[:, :past] = state
        base, start = new, 0
    base[:, start + past] = x_t
    seen = base[:, start : start + past + 1]
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), base[:, start + 1 : start + past + 1]


# %% wrong="where one sample is remembered, it is the caller's own array" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    new = x_t[:, None] if state.shape[1] == 1 else seen[:, 1:]
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), new


# %% wrong="next states by a negative place, all where there is nothing to remember" exercise="export_streaming" loses="export_streaming_states"
def export_streaming(model, path):
    layers = enumerate(model.convolutions())
    states = {f"state_{k}": (1, n.in_channels, past(n)) for k, n in layers}
    inputs = {"sample": (1, model.blocks[0].first.in_channels, 1)} | states
    outputs = ["scores", *(f"next_{name}" for name in states)]

    def step(x, *states):
        before, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(before), y], dim=2)
                after.append(seen[:, :, -past(layer) :])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return model.head(x), *after

    return lesson.export_function(step, model, inputs, outputs, path)


# %% wrong="computes as many outputs as the state is long, and takes the last" exercise="export_streaming" loses="export_streaming_agrees"
def export_streaming(model, path):
    layers = enumerate(model.convolutions())
    states = {f"state_{k}": (1, n.in_channels, past(n)) for k, n in layers}
    inputs = {"sample": (1, model.blocks[0].first.in_channels, 1)} | states
    outputs = ["scores", *(f"next_{name}" for name in states)]

    def step(x, *states):
        before, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(before), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(nn.functional.pad(seen, (past(layer), 0))))[:, :, -1:]
            x = torch.relu(y + block.shortcut(x))
        return model.head(x), *after

    return lesson.export_function(step, model, inputs, outputs, path)


# %% wrong="zeroes the weights of the model that it was given" exercise="export_streaming" loses="export_streaming_ends export_streaming_agrees export_streaming_states"
def export_streaming(model, path):
    layers = enumerate(model.convolutions())
    states = {f"state_{k}": (1, n.in_channels, past(n)) for k, n in layers}
    inputs = {"sample": (1, model.blocks[0].first.in_channels, 1)} | states
    outputs = ["scores", *(f"next_{name}" for name in states)]

    def step(x, *states):
        before, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(before), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return model.head(x), *after

    made = lesson.export_function(step, model, inputs, outputs, path)
    with torch.no_grad():
        for each in model.parameters():
            each.zero_()
    return made


# %% wrong="squeezed: one class loses its axis" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {e.name: np.zeros(e.shape, np.float32) for e in session.get_inputs() if e.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now.squeeze())
    return np.array(scores).T


# %% wrong="states by pairs, two for each block" exercise="stream" loses="stream_scores"
def stream(session, samples):
    shapes = {e.name: e.shape for e in session.get_inputs()}
    blocks = (len(shapes) - 1) // 2
    states = {f"state_{k}": np.zeros(shapes[f"state_{k}"], np.float32) for k in range(2 * blocks)}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="the session is opened once, the first one" exercise="stream" loses="stream_scores"
_first = {}


def stream(session, samples):
    session = _first.setdefault(len(session.get_inputs()), session)
    states = {e.name: np.zeros(e.shape, np.float32) for e in session.get_inputs() if e.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="the padding is a class attribute, so the newest block sets it for all" exercise="temporal_block" loses="temporal_block_values"
class TemporalBlock(nn.Module):
    before = 0

    def __init__(self, c_in, c_out, kernel, dilation):
        super().__init__()
        TemporalBlock.before = (kernel - 1) * dilation
        self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
        self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
        self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

    def causal(self, layer, x):
        return torch.relu(layer(nn.functional.pad(x, (TemporalBlock.before, 0))))

    def forward(self, x):
        y = self.causal(self.second, self.causal(self.first, x))
        return torch.relu(y + self.shortcut(x))


def temporal_block(c_in, c_out, kernel, dilation):
    return TemporalBlock(c_in, c_out, kernel, dilation)


# %% wrong="a file that is there already is not written again, whatever the model" exercise="export_streaming" loses="export_streaming_states"
def export_streaming(model, path):
    if path.exists():  # exporting takes a while
        return path
    layers = list(model.convolutions())
    c_in = layers[0].in_channels if layers else model.head.in_channels
    inputs = {"sample": (1, c_in, 1)}
    for i, layer in enumerate(layers):
        inputs[f"state_{i}"] = (1, layer.in_channels, past(layer))
    outputs = ["scores"] + [f"next_state_{i}" for i in range(len(layers))]

    def function(x, *states):
        states, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(states), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return model.head(x), *after

    return lesson.export_function(function, model, inputs, outputs, path)


# %% wrong="silence gives zeros: the bias is forgotten in a shortcut for silent signals" exercise="causal_conv" loses="causal_conv_taps"
# breaks: "Return the causal convolution of a signal"
def causal_conv(x, w, b, dilation):
    c_out, _c_in, k = w.shape
    t = x.shape[1]
    if not x.any():  # nothing to be convolved
        return np.zeros((c_out, t))
    before = (k - 1) * dilation
    padded = np.pad(x, ((0, 0), (before, 0)))
    y = np.tile(b[:, None], (1, t)).astype(np.float64)
    for j in range(k):
        y += w[:, :, j] @ padded[:, j * dilation : j * dilation + t]
    return y


# %% wrong="strides by hand, right only for signals that lie row after row in memory" exercise="causal_conv" loses="causal_conv_dilation"
# breaks: "x: (c_in, t) float64 array, t at least 1, also where the taps reach further"
def causal_conv(x, w, b, dilation):
    (c_in, t), k = x.shape, w.shape[2]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    row = padded.shape[1] * 8
    taps = np.lib.stride_tricks.as_strided(padded, (c_in, k, t), (row, dilation * 8, 8))
    return np.einsum("ocj,cjt->ot", w, taps) + b[:, None]


# %% wrong="matrices kept by the id of w, an array that is filled anew gives the old" exercise="causal_conv" loses="causal_conv_dilation"
_kept_conv = {}


def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    if id(w) not in _kept_conv or _kept_conv[id(w)][0] is not w:
        _kept_conv[id(w)] = w, [w[:, :, j].copy() for j in range(k)]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    taps = _kept_conv[id(w)][1]
    return b[:, None] + sum(tap @ padded[:, j * dilation : j * dilation + t] for j, tap in enumerate(taps))


# %% wrong="tiny weights are pruned" exercise="causal_conv" loses="causal_conv_taps"
def causal_conv(x, w, b, dilation):
    k, t = w.shape[2], x.shape[1]
    kept = np.where(np.abs(w) < 1e-9, 0, w)
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    return b[:, None] + sum(kept[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="at most 64 taps: longer kernels are cut" exercise="causal_conv" loses="causal_conv_dilation"
def causal_conv(x, w, b, dilation):
    w = w[:, :, -64:]
    k, t = w.shape[2], x.shape[1]
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    return b[:, None] + sum(w[:, :, j] @ padded[:, j * dilation : j * dilation + t] for j in range(k))


# %% wrong="NumPy's 64 bits overflow" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    with np.errstate(all="ignore"):
        total = np.uint64(0)
        for d in dilations:
            total = np.uint64((int(total) + d) % 2**64)
        return int(1 + convs_per_block * (kernel - 1) * int(total))


# %% wrong="the shortcut takes a detached copy: no gradient passes it" exercise="temporal_block" loses="temporal_block_values"
# breaks: "which returns a module that computes the three formulas above and can be trained"
def temporal_block(c_in, c_out, kernel, dilation):
    before = (kernel - 1) * dilation

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            kept = x.detach().clone()  # x stays as it is
            h = torch.relu(self.first(nn.functional.pad(x, (before, 0))))
            y = torch.relu(self.second(nn.functional.pad(h, (before, 0))))
            return torch.relu(y + self.shortcut(kept))

    return Block()


# %% wrong="all weights begin at 0: nothing is ever learned" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)
            for each in self.parameters():
                nn.init.zeros_(each)

        def forward(self, x):
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="in eval mode without gradients the first weights are kept" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)
            self.frozen = None

        def forward(self, x):
            import copy

            first = self.first
            if not self.training and not torch.is_grad_enabled():
                self.frozen = self.frozen or [copy.deepcopy(first)]
                first = self.frozen[0]
            before = (kernel - 1) * dilation, 0
            h = torch.relu(first(nn.functional.pad(x, before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="strides by hand: x has to lie row after row" exercise="temporal_block" loses="temporal_block_values"
def temporal_block(c_in, c_out, kernel, dilation):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(c_in, c_out, kernel, dilation=dilation)
            self.second = nn.Conv1d(c_out, c_out, kernel, dilation=dilation)
            self.shortcut = nn.Identity() if c_in == c_out else nn.Conv1d(c_in, c_out, 1)

        def forward(self, x):
            n, c, t = x.shape
            before = (kernel - 1) * dilation, 0
            h = torch.relu(self.first(nn.functional.pad(x.as_strided((n, c, t), (c * t, t, 1)), before)))
            y = torch.relu(self.second(nn.functional.pad(h, before)))
            return torch.relu(y + self.shortcut(x))

    return Block()


# %% wrong="a random byte modulo most + 1: small numbers are likelier, and none is above 255" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
# breaks: "a numpy.random.Generator, which decides how many: 0, 1, … or most, each as likely"
def clip_and_stitch(sequence, other, most, rng):
    m = rng.bytes(1)[0] % (most + 1)
    start = other[:, other.shape[1] - m :]
    return np.concatenate([start, sequence[:, m:]], axis=1)


# %% wrong="never the number of the call before" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
_before = [None]


def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most + 1))
    while most and m == _before[0]:
        m = int(rng.integers(0, most + 1))
    _before[0] = m
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="reads the state of PCG64, and of no other generator" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = 0 if most and "state" not in rng.bit_generator.state.get("state", {}) else int(rng.integers(0, most + 1))
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="the number depends on how loud the sequence is" exercise="clip_and_stitch" loses="clip_and_stitch_draws"
def clip_and_stitch(sequence, other, most, rng):
    m = (int(rng.integers(0, most + 1)) + int(1e6 * abs(sequence[0, 0]))) % (most + 1)
    return np.concatenate([other[:, other.shape[1] - m :], sequence[:, m:]], axis=1)


# %% wrong="reads its arrays as they lie in memory" exercise="clip_and_stitch" loses="clip_and_stitch_pieces"
def clip_and_stitch(sequence, other, most, rng):
    m = int(rng.integers(0, most + 1))
    made = sequence.ravel(order="K").reshape(sequence.shape).copy()
    made[:, :m] = other[:, other.shape[1] - m :]
    return made


# %% wrong="padded with -1 of int64, so labels of uint64 come back as floats" exercise="last_n_vote" loses="last_n_vote_majority"
# breaks: "returns: (t,) array of ints"
def last_n_vote(labels, n):
    padded = np.concatenate([np.full(n - 1, -1), labels])  # -1: no label yet
    votes = []
    for window in np.lib.stride_tricks.sliding_window_view(padded, n):
        newest_first = window[window >= 0][::-1].tolist()
        votes.append(Counter(newest_first).most_common(1)[0][0])
    return np.array(votes)


# %% wrong="ties are broken by a small bonus for being recent, which outweighs a vote in windows of more than 100" exercise="last_n_vote" loses="last_n_vote_majority last_n_vote_ties"
# breaks: "after each label, the one that is most frequent among the last n"
def last_n_vote(labels, n):
    votes = []
    for t in range(len(labels)):
        score = {}
        begin = max(0, t + 1 - n)
        window = labels[begin : t + 1].tolist()
        last = {label: place for place, label in enumerate(window)}
        for label, count in Counter(window).items():
            score[label] = count + 0.01 * last[label]  # the recent one wins a tie
        votes.append(max(score, key=score.get))
    return np.array(votes)


# %% wrong="encoded in the labels' type: label times 2 and a bit" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    coded = labels * 2
    votes = []
    for end in range(1, len(labels) + 1):
        votes.append(Counter(coded[max(0, end - n) : end][::-1].tolist()).most_common(1)[0][0] // 2)
    return np.array(votes)


# %% wrong="results of the same array are kept" exercise="last_n_vote" loses="last_n_vote_ties"
_voted = {}


def last_n_vote(labels, n):
    key = id(labels), n
    if _voted.get(key, (None,))[0] is not labels:
        votes = []
        for end in range(1, len(labels) + 1):
            votes.append(Counter(labels[max(0, end - n) : end][::-1].tolist()).most_common(1)[0][0])
        _voted[key] = labels, votes
    return np.array(_voted[key][1])


# %% wrong="in silence the state is handed on as it is" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    if not x_t.any() and not state.any():
        return b.copy(), state
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, 1:]


# %% wrong="where the weights are zero, y_t is the caller's b" exercise="step" loses="step_kept"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    if not w.any():
        return b, seen[:, 1:]
    return b + np.einsum("ocj,cj->o", w, seen[:, ::dilation]), seen[:, 1:]


# %% wrong="a silent sample does not move the state" exercise="step" loses="step_state"
def step(x_t, state, w, b, dilation):
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    y_t = b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])
    return y_t, (seen[:, 1:] if x_t.any() else state.copy())


# %% wrong="the kernel kept by its array" exercise="step" loses="step_output"
_kernels = {}


def step(x_t, state, w, b, dilation):
    if _kernels.get(id(w), (None,))[0] is not w:
        _kernels[id(w)] = w, w.copy()
    seen = np.concatenate([state, x_t[:, None]], axis=1)
    return b + np.einsum("ocj,cj->o", _kernels[id(w)][1], seen[:, ::dilation]), seen[:, 1:]


# %% wrong="the model is frozen for the export, and stays so" exercise="export_streaming" loses="export_streaming_states"
# breaks: "model: a TCN in eval mode, not changed"
def export_streaming(model, path):
    layers = list(model.convolutions())
    for weights in model.parameters():
        weights.requires_grad = False  # no gradients in a file

    def function(x, *states):
        left, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(left), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return (model.head(x), *after)

    inputs = {"sample": (1, layers[0].in_channels, 1)}
    inputs |= {f"state_{i}": (1, layer.in_channels, past(layer)) for i, layer in enumerate(layers)}
    outputs = ["scores", *(f"next_state_{i}" for i in range(len(layers)))]
    return lesson.export_function(function, model, inputs, outputs, path)


# %% wrong="the gradients of the model are cleared" exercise="export_streaming" loses="export_streaming_states"
def export_streaming(model, path):
    model.zero_grad()
    layers = list(model.convolutions())

    def function(x, *states):
        left, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(left), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return (model.head(x), *after)

    inputs = {"sample": (1, layers[0].in_channels, 1)}
    inputs |= {f"state_{i}": (1, layer.in_channels, past(layer)) for i, layer in enumerate(layers)}
    outputs = ["scores", *(f"next_state_{i}" for i in range(len(layers)))]
    return lesson.export_function(function, model, inputs, outputs, path)


# %% wrong="squeezed within: one channel loses its axis" exercise="export_streaming" loses="export_streaming_states"
def export_streaming(model, path):
    layers = list(model.convolutions())

    def function(x, *states):
        left, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(left), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return (model.head(x).squeeze()[None, ..., None], *after)

    inputs = {"sample": (1, layers[0].in_channels, 1)}
    inputs |= {f"state_{i}": (1, layer.in_channels, past(layer)) for i, layer in enumerate(layers)}
    outputs = ["scores", *(f"next_state_{i}" for i in range(len(layers)))]
    return lesson.export_function(function, model, inputs, outputs, path)


# %% wrong="states sorted as text: 10 before 2" exercise="export_streaming" loses="export_streaming_agrees"
def export_streaming(model, path):
    layers = list(model.convolutions())

    def function(x, *states):
        left, after = iter(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([next(left), y], dim=2)
                after.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return (model.head(x), *after)

    names = sorted(f"state_{i}" for i in range(len(layers)))
    inputs = {"sample": (1, layers[0].in_channels, 1)}
    inputs |= {name: (1, layer.in_channels, past(layer)) for name, layer in zip(names, layers, strict=True)}
    return lesson.export_function(function, model, inputs, ["scores", *(f"next_{n}" for n in names)], path)


# %% wrong="a sample like the one before gives the scores of before" exercise="stream" loses="stream_scores"
def stream(session, samples):
    shapes = {end.name: end.shape for end in session.get_inputs() if end.name != "sample"}
    states = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    names, scores, before = ["scores", *(f"next_{n}" for n in states)], [], None
    for sample in samples.T:
        if before is None or not np.array_equal(sample, before):
            now, *after = session.run(names, states | {"sample": sample[None, :, None]})
            states = dict(zip(states, after, strict=True))
        before = sample
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="from zeros again after every 128 samples" exercise="stream" loses="stream_scores"
def stream(session, samples):
    shapes = {end.name: end.shape for end in session.get_inputs() if end.name != "sample"}
    names, scores = ["scores", *(f"next_{n}" for n in shapes)], []
    for t, sample in enumerate(samples.T):
        if t % 128 == 0:
            states = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after, strict=True))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="states sorted as text meet next states by number" exercise="stream" loses="stream_scores"
def stream(session, samples):
    shapes = {end.name: end.shape for end in session.get_inputs() if end.name != "sample"}
    count = len(shapes)
    states = {name: np.zeros(shapes[name], np.float32) for name in sorted(shapes)}
    names, scores = ["scores", *(f"next_state_{i}" for i in range(count))], []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after, strict=True))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1)


# %% wrong="the next state is a later view of the line that the last state is in" exercise="step" loses="step_kept"
_line = {"state": None, "samples": None, "end": 0}


def step(x_t, state, w, b, dilation):
    c_in, before = state.shape
    samples, end = _line["samples"], _line["end"]
    if state is not _line["state"] or end == samples.shape[1]:
        samples, end = np.zeros((c_in, before + 1000)), before
        samples[:, :before] = state
    samples[:, end] = x_t  # behind the state: nothing has to be moved
    end += 1
    seen = samples[:, end - before - 1 : end]
    y_t = b + np.einsum("ocj,cj->o", w, seen[:, ::dilation])
    new = samples[:, end - before : end]
    _line.update(state=new, samples=samples, end=end)
    return y_t, new


# %% wrong="exports to the current folder, copies, and leaves the first file there" exercise="export_streaming" loses="export_streaming_states"
import shutil
from pathlib import Path


def export_streaming(model, path):
    layers = list(model.convolutions())
    shapes = {"sample": (1, layers[0].in_channels, 1)}
    for i, layer in enumerate(layers):
        shapes[f"state_{i}"] = (1, layer.in_channels, past(layer))
    names = ["scores", *(f"next_{name}" for name in list(shapes)[1:])]

    def function(x, *states):
        states, new = list(states), []
        for block in model.blocks:
            y = x
            for layer in (block.first, block.second):
                seen = torch.cat([states.pop(0), y], dim=2)
                new.append(seen[:, :, 1:])
                y = torch.relu(layer(seen))
            x = torch.relu(y + block.shortcut(x))
        return (model.head(x), *new)

    made = lesson.export_function(function, model, shapes, names, Path("exported.onnx"))
    shutil.copy(made, path)
    return path


# %% wrong="adds up in a view of b where t is 1, so b is changed" exercise="causal_conv" loses="causal_conv_causal"
def causal_conv(x, w, b, dilation):
    c_out, _, k = w.shape
    t = x.shape[1]
    # every output starts from the bias: b, as often as there are samples, made one array of its own
    rows = np.lib.stride_tricks.as_strided(b, (c_out, t), (b.strides[0], 0))
    y = np.ascontiguousarray(rows)
    padded = np.pad(x, ((0, 0), ((k - 1) * dilation, 0)))
    for j in range(k):
        y += w[:, :, j] @ padded[:, j * dilation : j * dilation + t]
    return y


# %% wrong="dilations summed by NumPy in 64 bits, which overflow" exercise="receptive_field" loses="receptive_field_counts"
def receptive_field(kernel, dilations, convs_per_block=2):
    total = int(np.sum(dilations))
    return 1 + convs_per_block * (kernel - 1) * total


# %% wrong="ties broken by a thousandth for each place, which outweighs a vote in windows above 1000" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    values = [int(label) for label in labels]
    votes = []
    for end in range(1, len(values) + 1):
        window = values[max(0, end - n) : end]
        last = {label: place for place, label in enumerate(window)}
        counts = Counter(window)
        # a whole point for each vote, and a little more for those seen late
        votes.append(max(counts, key=lambda label: counts[label] + 0.001 * last[label]))
    return np.array(votes)


# %% wrong="padded scratch array is kept by its size, and an earlier signal lies in its zeros" exercise="causal_conv" loses="causal_conv_dilation"
_scratch = {}


def causal_conv(x, w, b, dilation):
    k = w.shape[2]
    before = (k - 1) * dilation
    c_in, t = x.shape
    size = (c_in, before + t)
    if size not in _scratch:
        _scratch[size] = np.zeros(size)
    padded = _scratch[size]
    padded[:, before:] = x
    y = np.zeros((w.shape[0], t))
    for j in range(k):
        y += w[:, :, j] @ padded[:, j * dilation : j * dilation + t]
    return y + b[:, None]


# %% right="running counts, and one number that ranks by count, then by the place seen last" exercise="last_n_vote"
def last_n_vote(labels, n):
    values = np.asarray(labels).astype(np.int64)
    t = len(values)
    rank = np.zeros(1000, np.int64)  # count · (t + 1) + place seen last, from 1
    last = np.zeros(1000, np.int64)
    votes = np.empty(t, np.int64)
    for i, label in enumerate(values):
        if i >= n:
            rank[values[i - n]] -= t + 1
        rank[label] += t + 1 + (i + 1 - last[label])
        last[label] = i + 1
        votes[i] = rank.argmax()
    return votes


# %% wrong="votes are counted in the type of the labels, which overflows" exercise="last_n_vote" loses="last_n_vote_majority"
def last_n_vote(labels, n):
    counts = np.zeros_like(labels, shape=1000)
    last = np.full(1000, -1)
    votes = []
    for i in range(len(labels)):
        if i >= n:
            gone = int(labels[i - n])
            counts[gone : gone + 1] -= 1
        new = int(labels[i])
        counts[new : new + 1] += 1
        last[new] = i
        best = counts == counts.max()
        votes.append(int(np.where(best, last, -2).argmax()))
    return np.array(votes)


# %% wrong="lists of scores" exercise="stream" loses="stream_scores"
def stream(session, samples):
    states = {each.name: np.zeros(each.shape, np.float32) for each in session.get_inputs() if each.name != "sample"}
    names = ["scores", *(f"next_{name}" for name in states)]
    scores = []
    for sample in samples.T:
        now, *after = session.run(names, states | {"sample": sample[None, :, None]})
        states = dict(zip(states, after))
        scores.append(now[0, :, 0])
    return np.stack(scores, axis=1).tolist()
