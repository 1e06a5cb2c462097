# Answers to lesson 12: each is graded in place of the solution's. A wrong one loses exactly what it says.

# %% wrong="adds bytes, which wrap" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        total = frame[::2, ::2, c] + frame[::2, 1::2, c] + frame[1::2, ::2, c] + frame[1::2, 1::2, c]
        out[c] = total
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out


# %% wrong="rounds the average down" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        total = frame[::2, ::2, c].astype(np.uint16) + frame[::2, 1::2, c]
        total += frame[1::2, ::2, c]
        total += frame[1::2, 1::2, c]
        out[c] = total // 4
    out -= mean[:, None, None]
    out /= std[:, None, None]
    return out


# %% wrong="keeps one pixel of four" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        out[c] = frame[::2, ::2, c]
    out -= mean[:, None, None]
    out /= std[:, None, None]
    return out


# %% wrong="forgets the fourth pixel and divides by three" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
    out /= 3
    out -= mean[:, None, None]
    out /= std[:, None, None]
    return out


# %% wrong="divides before it subtracts" exercise="preprocess" loses="preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= mean[:, None, None]
    return out


# %% wrong="takes one mean and one std for all colours" exercise="preprocess" loses="preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
        out[c] = (out[c] / 4 - mean[0]) / std[0]
    return out


# %% wrong="thinks mean and std are between 0 and 1" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
        out[c] = (out[c] / 4 / 255 - mean[c]) / std[c]
    return out


# %% wrong="makes a new array instead of writing into out" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    halved = frame.reshape(h // 2, 2, w // 2, 2, 3).mean(axis=(1, 3))
    out = ((halved - mean) / std).transpose(2, 0, 1).astype(np.float32)
    return out


# %% wrong="returns nothing" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]


# %% wrong="writes into out and returns a copy" exercise="preprocess" loses="preprocess_writes"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out[:]


# %% wrong="adds to what stands in out" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    out *= 0
    for c in range(3):
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            out[c] += frame[row::2, column::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out


# %% wrong="makes floats of the whole frame first" exercise="preprocess" loses="preprocess_allocates"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    x = (frame.astype(np.float32) - mean) / std
    out[...] = x.reshape(h // 2, 2, w // 2, 2, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    return out


# %% wrong="halves the whole frame at once" exercise="preprocess" loses="preprocess_allocates"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    x = frame.reshape(h // 2, 2, w // 2, 2, 3).mean(axis=(1, 3), dtype=np.float32)
    out[...] = x.transpose(2, 0, 1)
    out -= mean[:, None, None]
    out /= std[:, None, None]
    return out


# %% right="sums of all colours at once, as 16-bit integers" exercise="preprocess"
def preprocess(frame, mean, std, out):
    total = frame[::2, ::2].astype(np.uint16)
    for row, column in ((0, 1), (1, 0), (1, 1)):
        total += frame[row::2, column::2]
    out[...] = total.transpose(2, 0, 1)
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out


# %% wrong="computes where the frame lies" exercise="preprocess" loses="preprocess_writes"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    frame[...] = 0
    return out


# %% wrong="works in the caller's mean and std" exercise="preprocess" loses="preprocess_writes"
def preprocess(frame, mean, std, out):
    mean /= std
    std *= 4
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out /= std[:, None, None]
    out -= mean[:, None, None]
    return out


# %% wrong="keeps the folded numbers of the first call" exercise="preprocess" loses="preprocess_normalizes preprocess_writes preprocess_allocates"
kept = {}


def preprocess(frame, mean, std, out):
    scale, shift = kept.setdefault("numbers", ((0.25 / std)[:, None, None], (mean / std)[:, None, None]))
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= scale
    out -= shift
    return out


# %% wrong="reads the frame's bytes as if no row had a gap" exercise="preprocess" loses="preprocess_writes"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    frame = np.lib.stride_tricks.as_strided(frame, (h, w, 3), (3 * w, 3, 1))
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, c]
        out[c] += frame[1::2, 1::2, c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out


# %% wrong="turns the colours around, as another library has them" exercise="preprocess" loses="preprocess_averages preprocess_normalizes preprocess_writes preprocess_allocates"
def preprocess(frame, mean, std, out):
    for c in range(3):
        np.add(frame[::2, ::2, 2 - c], frame[::2, 1::2, 2 - c], out=out[c], dtype=np.float32)
        out[c] += frame[1::2, ::2, 2 - c]
        out[c] += frame[1::2, 1::2, 2 - c]
    out *= (0.25 / std)[:, None, None]
    out -= (mean / std)[:, None, None]
    return out


# %% right="the mean of a view, written into out" exercise="preprocess"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    for c in range(3):
        squares = frame[:, :, c].reshape(h // 2, 2, w // 2, 2)
        np.mean(squares, axis=(1, 3), out=out[c], dtype=np.float32)
        out[c] -= mean[c]
        out[c] /= std[c]
    return out


# %% right="two rows at a time, in float64" exercise="preprocess"
def preprocess(frame, mean, std, out):
    h, w, _ = frame.shape
    for row in range(h // 2):
        halved = frame[2 * row : 2 * row + 2].reshape(2, w // 2, 2, 3).mean(axis=(0, 2))
        out[:, row] = ((halved - mean) / std).T
    return out


# %% right="a channel at a time through a float array of its own" exercise="preprocess"
def preprocess(frame, mean, std, out):
    for c in range(3):
        x = frame[::2, ::2, c].astype(np.float32)
        x += frame[1::2, ::2, c]
        x += frame[::2, 1::2, c]
        x += frame[1::2, 1::2, c]
        x /= 4
        x -= mean[c]
        np.divide(x, std[c], out=out[c])
    return out


# %% wrong="multiplies by std" exercise="fold_normalization" loses="fold_normalization_weight fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight * std[:, None, None]
    return folded, bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="adds the mean's share" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    return folded, bias + (folded * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="takes the mean's share of the old weights" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    return folded, bias - (weight * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="leaves the bias as it was" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    return weight / std[:, None, None], bias.copy()


# %% wrong="forgets the old bias" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    return folded, -(folded * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="lines std up with the output channels" exercise="fold_normalization" loses="fold_normalization_weight fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / np.resize(std, len(weight))[:, None, None, None]
    return folded, bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="counts the middle of the kernel alone" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    h, w = folded.shape[2] // 2, folded.shape[3] // 2
    return folded, bias - folded[:, :, h, w] @ mean


# %% wrong="divides the caller's weights" exercise="fold_normalization" loses="fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    weight /= std[:, None, None]
    return weight, bias - (weight * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="subtracts from the caller's bias" exercise="fold_normalization" loses="fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    bias -= (folded * mean[:, None, None]).sum(axis=(1, 2, 3))
    return folded, bias


# %% wrong="computes in float32" exercise="fold_normalization" loses="fold_normalization_weight fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = (weight / std[:, None, None]).astype(np.float32)
    return folded, (bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))).astype(np.float32)


# %% wrong="adds a little to std, lest it be 0" exercise="fold_normalization" loses="fold_normalization_weight fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / (std + 1e-5)[:, None, None]
    return folded, bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="returns the bias first" exercise="fold_normalization" loses="fold_normalization_weight fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    return bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3)), folded


# %% right="in loops" exercise="fold_normalization"
def fold_normalization(weight, bias, mean, std):
    weight, bias = weight.copy(), bias.copy()
    for o in range(weight.shape[0]):
        for c in range(weight.shape[1]):
            weight[o, c] /= std[c]
            bias[o] -= weight[o, c].sum() * mean[c]
    return weight, bias


# %% right="by einsum" exercise="fold_normalization"
def fold_normalization(weight, bias, mean, std):
    return np.einsum("ochw,c->ochw", weight, 1 / std), bias - np.einsum("ochw,c->o", weight, mean / std)


# %% wrong="asks whether the item equals END" exercise="stage" loses="stage_passes_on"
def stage(fn, inbox, outbox):
    while True:
        item = inbox.get()
        if np.any(item == END):
            break
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="compares arrays with END" exercise="stage" loses="stage_passes_on"
def stage(fn, inbox, outbox):
    for item in iter(inbox.get, END):
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="takes what is empty for the end" exercise="stage" loses="stage_passes_on"
def stage(fn, inbox, outbox):
    while True:
        item = inbox.get()
        if item is END or item is None:
            break
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="keeps END to itself" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)


# %% wrong="puts END back for others, too" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    inbox.put(END)
    outbox.put(END)


# %% wrong="goes on after END" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while True:
        item = inbox.get()
        if item is not END and not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)


# %% wrong="dies of an error" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        outbox.put(item if isinstance(item, Exception) else fn(item))
    outbox.put(END)


# %% wrong="ends at an error" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                outbox.put(error)
                break
        outbox.put(item)
    outbox.put(END)


# %% wrong="leaves out what fails" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception:
                continue
        outbox.put(item)
    outbox.put(END)


# %% wrong="passes None on where fn fails" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception:
                item = None
        outbox.put(item)
    outbox.put(END)


# %% wrong="calls fn on errors" exercise="stage" loses="stage_errors"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        try:
            item = fn(item)
        except Exception as error:
            item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="wraps the error in one of its own" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = RuntimeError(str(error))
        outbox.put(item)
    outbox.put(END)


# %% wrong="catches ValueError alone" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except ValueError as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="takes an error of fn for an empty queue" exercise="stage" loses="stage_errors"
def stage(fn, inbox, outbox):
    while True:
        try:
            item = inbox.get(timeout=1)
            if item is END:
                break
            if not isinstance(item, Exception):
                item = fn(item)
        except Empty:
            continue
        except Exception as error:
            item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="maps, which an error called StopIteration ends" exercise="stage" loses="stage_errors"
def stage(fn, inbox, outbox):
    def items():
        while (item := inbox.get()) is not END:
            yield item

    def safe(item):
        if isinstance(item, Exception):
            return item
        try:
            return fn(item)
        except StopIteration:
            raise
        except Exception as error:
            return error

    for result in map(safe, items()):
        outbox.put(result)
    outbox.put(END)


# %% wrong="empties inbox before it begins" exercise="stage" loses="stage_one_at_a_time"
def stage(fn, inbox, outbox):
    items = []
    while (item := inbox.get()) is not END:
        items.append(item)
    for item in items:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="reads one item ahead" exercise="stage" loses="stage_one_at_a_time"
def stage(fn, inbox, outbox):
    item = inbox.get()
    while item is not END:
        following = inbox.get()
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
        item = following
    outbox.put(END)


# %% wrong="puts everything at the end" exercise="stage" loses="stage_one_at_a_time"
def stage(fn, inbox, outbox):
    results = []
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        results.append(item)
    for result in [*results, END]:
        outbox.put(result)


# %% wrong="puts the item, not the result" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="drops results that are None" exercise="stage" loses="stage_passes_on"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        if item is not None:
            outbox.put(item)
    outbox.put(END)


# %% wrong="calls fn twice where it fails" exercise="stage" loses="stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception:
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="a thread of its own, and returns at once" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    def work():
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


# %% right="a loop for ever, left by return" exercise="stage"
def stage(fn, inbox, outbox):
    def outcome(item):
        try:
            return fn(item)
        except Exception as error:
            return error

    while True:
        item = inbox.get()
        if item is END:
            outbox.put(END)
            return
        outbox.put(item if isinstance(item, Exception) else outcome(item))
        inbox.task_done()


# %% right="asks with a timeout, again and again" exercise="stage"
def stage(fn, inbox, outbox):
    while True:
        try:
            item = inbox.get(timeout=1)
        except Empty:
            continue
        if item is END:
            break
        if not isinstance(item, Exception):
            try:
                result = fn(item)
            except Exception as error:
                result = error
        else:
            result = item
        outbox.put(result)
    outbox.put(END)
