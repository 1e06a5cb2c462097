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


# %% wrong="reads the frame's bytes as if no row had a gap" exercise="preprocess" loses="preprocess_writes preprocess_allocates"
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


# %% wrong="returns the caller's bias where no mean is to be subtracted" exercise="fold_normalization" loses="fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    folded = weight / std[:, None, None]
    if not mean.any():
        return folded, bias
    return folded, bias - (folded * mean[:, None, None]).sum(axis=(1, 2, 3))


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


# %% wrong="knows a ValueError of an earlier stage alone" exercise="stage" loses="stage_errors"
def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, ValueError):
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


# %% wrong="calls itself for the next item" exercise="stage" loses="stage_one_at_a_time"
def stage(fn, inbox, outbox):
    item = inbox.get()
    if item is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
        return stage(fn, inbox, outbox)
    outbox.put(END)


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


# %% wrong="waits for the threads before it takes anything" exercise="run_pipeline" loses="run_pipeline_in_order run_pipeline_at_once run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop = threading.Event()
    threads = [threading.Thread(target=feed, args=(items, queues[0], stop))]
    for fn, ends in zip(functions, pairwise(queues)):
        threads.append(threading.Thread(target=stage, args=(fn, *ends)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results = []
    while (got := queues[-1].get()) is not END:
        results.append(got)
    return results


# %% wrong="one frame after the other" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    results = []
    for item in items:
        for function in functions:
            item = function(item)
        results.append(item)
    return results


# %% wrong="a loop that closes, but no threads" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back"
def run_pipeline(functions, items, depth):
    results = []
    try:
        for item in items:
            for function in functions:
                item = function(item)
            results.append(item)
    except Exception:
        if hasattr(items, "close"):
            items.close()
        raise
    return results


# %% wrong="one thread for the whole chain of functions" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back"
def run_pipeline(functions, items, depth):
    def chain(item):
        for function in functions:
            item = function(item)
        return item

    inbox, outbox, stop = Queue(depth), Queue(depth), threading.Event()
    results, errors = [], []
    with ThreadPoolExecutor(2) as pool:
        pool.submit(feed, items, inbox, stop)
        pool.submit(stage, chain, inbox, outbox)
        while (got := outbox.get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="starts a thread when the one before it has ended" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue() for _ in range(len(functions) + 1)]
    work = [(feed, items, queues[0], threading.Event())]
    work += [(stage, fn, *ends) for fn, ends in zip(functions, pairwise(queues))]
    for run, *args in work:
        thread = threading.Thread(target=run, args=args)
        thread.start()
        thread.join()
    got = []
    while (item := queues[-1].get()) is not END:
        got.append(item)
    errors = [item for item in got if isinstance(item, Exception)]
    if errors:
        raise errors[0]
    return got


# %% wrong="queues without a bound" exercise="run_pipeline" loses="run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue() for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="bounds every queue but the first" exercise="run_pipeline" loses="run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue()] + [Queue(depth) for _ in functions]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="queues one longer than depth" exercise="run_pipeline" loses="run_pipeline_holds_back"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth + 1) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="does not heed depth" exercise="run_pipeline" loses="run_pipeline_holds_back"
def run_pipeline(functions, items, depth):
    queues = [Queue(4) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="reads all items into a list first" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    items = list(items)
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="a pool that works on whole items" exercise="run_pipeline" loses="run_pipeline_at_once run_pipeline_holds_back run_pipeline_errors"
def run_pipeline(functions, items, depth):
    def chain(item):
        for function in functions:
            item = function(item)
        return item

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(chain, items))


# %% wrong="never sets stop" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
    if errors:
        raise errors[0]
    return results


# %% wrong="raises at once and leaves the threads alone" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results = threading.Event(), []
    threads = [threading.Thread(target=feed, args=(items, queues[0], stop), daemon=True)]
    for fn, ends in zip(functions, pairwise(queues)):
        threads.append(threading.Thread(target=stage, args=(fn, *ends), daemon=True))
    for thread in threads:
        thread.start()
    while (got := queues[-1].get()) is not END:
        if isinstance(got, Exception):
            stop.set()
            raise got
        results.append(got)
    for thread in threads:
        thread.join()
    return results


# %% wrong="stops taking at the first error" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            if isinstance(got, Exception):
                stop.set()
                errors.append(got)
                break
            results.append(got)
    if errors:
        raise errors[0]
    return results


# %% wrong="returns errors among the results" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results = threading.Event(), []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            results.append(got)
            if isinstance(got, Exception):
                stop.set()
    return results


# %% wrong="raises the last error" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[-1]
    return results


# %% wrong="raises the error that comes first in time" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []

    def noting(fn):
        def call(item):
            try:
                return fn(item)
            except Exception as error:
                errors.append(error)
                raise

        return call

    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, noting(fn), *ends)
        while (got := queues[-1].get()) is not END:
            if isinstance(got, Exception):
                errors.append(got)
                stop.set()
            else:
                results.append(got)
    if errors:
        raise errors[0]
    return results


# %% wrong="wraps the error" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise RuntimeError("a stage failed") from errors[0]
    return results


# %% wrong="leaves the iterator open" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []

    def draw():
        try:
            for item in items:
                if stop.is_set():
                    break
                queues[0].put(item)
        except Exception as error:
            queues[0].put(error)
        queues[0].put(END)

    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(draw)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="closes what has no close" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []

    def draw():
        try:
            for item in items:
                if stop.is_set():
                    items.close()
                    break
                queues[0].put(item)
            queues[0].put(END)
        except Exception as error:
            queues[0].put(error)
            if not isinstance(error, AttributeError):
                queues[0].put(END)

    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(draw)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="an error of the iterator kills the thread that draws" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []

    def draw():
        for item in items:
            if stop.is_set():
                if hasattr(items, "close"):
                    items.close()
                break
            queues[0].put(item)
        queues[0].put(END)

    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(draw)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="takes None for the end" exercise="run_pipeline" loses="run_pipeline_in_order"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            if got is None:
                continue
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="does not wait for its threads" exercise="run_pipeline" loses="run_pipeline_in_order run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    threading.Thread(target=feed, args=(items, queues[0], stop)).start()
    for fn, ends in zip(functions, pairwise(queues)):
        threading.Thread(target=stage, args=(fn, *ends)).start()
    while (got := queues[-1].get()) is not END:
        (errors if isinstance(got, Exception) else results).append(got)
        if errors:
            stop.set()
            raise errors[0]
    return results


# %% wrong="the last function first" exercise="run_pipeline" loses="run_pipeline_in_order run_pipeline_errors run_pipeline_holds_back run_pipeline_at_once"
def run_pipeline(functions, items, depth):
    functions.reverse()
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="takes the functions out of the list" exercise="run_pipeline" loses="run_pipeline_in_order"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for ends in pairwise(queues):
            pool.submit(stage, functions.pop(0), *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="one queue for each different function" exercise="run_pipeline" loses="run_pipeline_in_order"
def run_pipeline(functions, items, depth):
    behind = {fn: Queue(depth) for fn in functions}
    queues = [Queue(depth), *behind.values()]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(queues)) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(behind, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="closes the generator while another thread is in it" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []

    def draw():
        try:
            for item in items:
                if stop.is_set():
                    break
                queues[0].put(item)
        except Exception as error:
            queues[0].put(error)
        queues[0].put(END)

    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(draw)
        for fn, ends in zip(functions, pairwise(queues)):
            pool.submit(stage, fn, *ends)
        while (got := queues[-1].get()) is not END:
            if isinstance(got, Exception):
                if not errors and hasattr(items, "close"):
                    stop.set()
                    try:
                        items.close()
                    except ValueError as error:
                        got = error
                stop.set()
                errors.append(got)
            else:
                results.append(got)
    if errors:
        raise errors[0]
    return results


# %% wrong="does not wait for its threads when all went well" exercise="run_pipeline" loses="run_pipeline_in_order"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    threads = [threading.Thread(target=feed, args=(items, queues[0], stop))]
    for fn, ends in zip(functions, pairwise(queues)):
        threads.append(threading.Thread(target=stage, args=(fn, *ends)))
    for thread in threads:
        thread.start()
    while (got := queues[-1].get()) is not END:
        (errors if isinstance(got, Exception) else results).append(got)
        if errors:
            stop.set()
    if errors:
        for thread in threads:
            thread.join()
        raise errors[0]
    return results


# %% right="threads of its own, without stage and feed" exercise="run_pipeline"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop = threading.Event()
    failures = []

    def draw():
        try:
            for item in items:
                queues[0].put((True, item))
                if stop.is_set():
                    break
        except Exception as error:
            queues[0].put((False, error))
        queues[0].put(None)

    def work(fn, inbox, outbox):
        while (pair := inbox.get()) is not None:
            good, value = pair
            if good:
                try:
                    value = fn(value)
                except Exception as error:
                    good, value = False, error
            outbox.put((good, value))
        outbox.put(None)

    threads = [threading.Thread(target=draw, daemon=True)]
    for fn, ends in zip(functions, pairwise(queues)):
        threads.append(threading.Thread(target=work, args=(fn, *ends), daemon=True))
    for thread in threads:
        thread.start()
    results = []
    while (pair := queues[-1].get()) is not None:
        good, value = pair
        if good:
            results.append(value)
        else:
            failures.append(value)
            stop.set()
    for thread in threads:
        thread.join()
    if failures:
        if hasattr(items, "close"):
            items.close()
        raise failures[0]
    return results


# %% right="the caller draws, another thread collects" exercise="run_pipeline"
def run_pipeline(functions, items, depth):
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    results, errors, failed = [], [], threading.Event()

    def collect():
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                failed.set()

    threads = [threading.Thread(target=stage, args=(fn, *ends)) for fn, ends in zip(functions, pairwise(queues))]
    threads.append(threading.Thread(target=collect))
    for thread in threads:
        thread.start()
    feed(items, queues[0], failed)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


# %% wrong="waits for as long each time" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch = [item]
        while len(batch) < most:
            try:
                item = get(timeout=wait)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="hands the timeout over as block" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="counts the time before the first item is there" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    while True:
        until = clock() + wait
        item = get()
        if item is END:
            return
        batch = [item]
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is END:
            return


# %% wrong="asks with a timeout below 0" exercise="batches" loses="batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and until != clock():
            try:
                item = get(timeout=until - clock())
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="asks once more when the time is over" exercise="batches" loses="batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most:
            try:
                item = get(timeout=max(0.0, until - clock()))
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="asks the machine's own clock" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    from time import monotonic

    item = get()
    while item is not END:
        batch, until = [item], monotonic() + wait
        while len(batch) < most and (left := until - monotonic()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="loses what it has at END" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                return
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="gives an empty batch at END" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()
    yield []


# %% wrong="one item too many" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) <= most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="asks for the next item before it gives a full batch" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        item = None
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        if item is not END:
            item = get()
        yield batch


# %% wrong="asks on after END" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    while (item := get()) is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch


# %% wrong="one list for all batches" exercise="batches" loses="batches_full"
def batches(get, most, wait, clock):
    item, batch = get(), []
    while item is not END:
        batch[:], until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="gives tuples" exercise="batches" loses="batches_full"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = (item,), clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch += (item,)
        yield batch
        if item is not END:
            item = get()


# %% wrong="gathers everything before it gives anything" exercise="batches" loses="batches_full batches_wait batches_time_left"
def batches(get, most, wait, clock):
    found, item = [], get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        found.append(batch)
        if item is not END:
            item = get()
    return iter(found)


# %% wrong="only full batches, however long it takes" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    batch = []
    while (item := get()) is not END:
        batch.append(item)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


# %% wrong="takes None for nothing" exercise="batches" loses="batches_full"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            if item is None:
                continue
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="waits for the first item no longer than wait" exercise="batches" loses="batches_time_left"
def batches(get, most, wait, clock):
    while True:
        try:
            item = get(timeout=wait)
        except Empty:
            continue
        if item is END:
            return
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is END:
            return


# %% wrong="asks whether an item equals END" exercise="batches" loses="batches_full"
def batches(get, most, wait, clock):
    item = get()
    while not np.any(item == END):
        batch, until = [item], clock() + wait
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=left)
            except Empty:
                break
            if np.any(item == END):
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% right="a flag, and a batch that grows in one loop" exercise="batches"
def batches(get, most, wait, clock):
    batch, since = [], None
    while True:
        left = since + wait - clock() if batch else wait
        if batch and (len(batch) == most or left <= 0):
            yield batch
            batch = []
            continue
        try:
            item = get(timeout=left) if batch else get()
        except Empty:
            continue
        if item is END:
            if batch:
                yield batch
            return
        if not batch:
            since = clock()
        batch.append(item)


# %% right="gathers one batch in a function of its own" exercise="batches"
def batches(get, most, wait, clock):
    def gather(first):
        batch, until = [first], wait + clock()
        while len(batch) < most:
            left = until - clock()
            if left <= 0:
                return batch, False
            try:
                item = get(timeout=left)
            except Empty:
                return batch, False
            if item is END:
                return batch, True
            batch.append(item)
        return batch, False

    ended = False
    while not ended:
        first = get()
        if first is END:
            return
        batch, ended = gather(first)
        yield batch


# %% wrong="does not look at the threads" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    name = max(stage_ms, key=stage_ms.get)
    return name, 1000 / stage_ms[name]


# %% wrong="finds the fastest stage" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads.get(name, 1) / ms for name, ms in stage_ms.items()}
    name = max(pace, key=pace.get)
    return name, pace[name]


# %% wrong="items a millisecond" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: threads.get(name, 1) / ms for name, ms in stage_ms.items()}
    name = min(pace, key=pace.get)
    return name, pace[name]


# %% wrong="adds all stages up" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    each = {name: ms / threads.get(name, 1) for name, ms in stage_ms.items()}
    return max(each, key=each.get), 1000 / sum(each.values())


# %% wrong="wants every stage among the threads" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads[name] / ms for name, ms in stage_ms.items()}
    name = min(pace, key=pace.get)
    return name, pace[name]


# %% wrong="of two equally slow ones the last" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads.get(name, 1) / ms for name, ms in stage_ms.items()}
    name = min(reversed(pace), key=pace.get)
    return name, pace[name]


# %% wrong="of two equally slow ones the first by name" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace, name = min((1000 * threads.get(name, 1) / ms, name) for name, ms in stage_ms.items())
    return name, pace


# %% wrong="whole items a second" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads.get(name, 1) // ms for name, ms in stage_ms.items()}
    name = min(pace, key=pace.get)
    return name, pace[name]


# %% wrong="writes the missing threads into the caller's dict" exercise="bottleneck" loses="bottleneck_found"
def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads.setdefault(name, 1) / ms for name, ms in stage_ms.items()}
    name = min(pace, key=pace.get)
    return name, pace[name]


# %% right="a loop over times" exercise="bottleneck"
def bottleneck(stage_ms, threads):
    slowest, longest = None, 0.0
    for name, ms in stage_ms.items():
        each = ms / (threads.get(name, 1))
        if slowest is None or each > longest:
            slowest, longest = name, each
    return slowest, np.float64(1000 / longest)


# %% wrong="never overlaps" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    return n * (copy_ms + compute_ms)


# %% wrong="overlaps with one buffer, too" exercise="finished_at" loses="finished_at_one_buffer"
def finished_at(copy_ms, compute_ms, n, buffers):
    if n == 0:
        return 0.0
    return copy_ms + (n - 1) * max(copy_ms, compute_ms) + compute_ms


# %% wrong="thinks that computing always sets the pace" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    if buffers == 1 or n == 0:
        return n * (copy_ms + compute_ms)
    return copy_ms + n * compute_ms


# %% wrong="forgets the first copy" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    if buffers == 1:
        return n * (copy_ms + compute_ms)
    return n * max(copy_ms, compute_ms)


# %% wrong="is busy without items" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    if buffers == 1:
        return n * (copy_ms + compute_ms)
    return copy_ms + (n - 1) * max(copy_ms, compute_ms) + compute_ms


# %% wrong="twice the buffers, half the time" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    return n * (copy_ms + compute_ms) / buffers


# %% wrong="all copies at once, into as many buffers" exercise="finished_at" loses="finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    done, computed = [], 0.0
    for item in range(n):
        begun = done[item - buffers] if item >= buffers else 0.0
        computed = max(begun + copy_ms, computed) + compute_ms
        done.append(computed)
    return computed


# %% wrong="a buffer is free when its copy is done" exercise="finished_at" loses="finished_at_one_buffer"
def finished_at(copy_ms, compute_ms, n, buffers):
    copied = computed = 0.0
    for _ in range(n):
        copied += copy_ms
        computed = max(copied, computed) + compute_ms
    return computed


# %% wrong="a small mean is taken for one in units of 0 to 1" exercise="preprocess" loses="preprocess_normalizes"
def preprocess(frame, mean, std, out):
    if 0 < mean.max() <= 1:  # given for pixels from 0 to 1
        mean, std = mean * 255, std * 255
    for c in range(3):
        np.add(frame[::2, ::2, c], frame[::2, 1::2, c], out=out[c], dtype=np.float32)
        np.add(out[c], frame[1::2, ::2, c], out=out[c])
        np.add(out[c], frame[1::2, 1::2, c], out=out[c])
        np.divide(out[c], 4, out=out[c])
        np.subtract(out[c], mean[c], out=out[c])
        np.divide(out[c], std[c], out=out[c])
    return out


# %% wrong="a float scratch of the full size is made once per size and kept" exercise="preprocess" loses="preprocess_allocates"
_scratch = {}


def preprocess(frame, mean, std, out):
    if frame.shape not in _scratch:
        _scratch[frame.shape] = np.empty(frame.shape, np.float32)
    x = _scratch[frame.shape]
    np.subtract(frame, mean, out=x)
    x /= std
    for c in range(3):
        np.add(x[::2, ::2, c], x[::2, 1::2, c], out=out[c])
        out[c] += x[1::2, ::2, c]
        out[c] += x[1::2, 1::2, c]
        out[c] /= 4
    return out


# %% wrong="one pair of buffers for all calls of a shape" exercise="fold_normalization" loses="fold_normalization_unchanged"
_buffers = {}


def fold_normalization(weight, bias, mean, std):
    w, b = _buffers.setdefault(weight.shape, (np.empty(weight.shape), np.empty(bias.shape)))
    np.divide(weight, std[:, None, None], out=w)
    b[...] = bias - (w * mean[:, None, None]).sum(axis=(1, 2, 3))
    return w, b


# %% wrong="the mean counts by its size" exercise="fold_normalization" loses="fold_normalization_bias fold_normalization_unchanged"
def fold_normalization(weight, bias, mean, std):
    w = weight / std[:, None, None]
    return w, bias - (w * np.abs(mean)[:, None, None]).sum(axis=(1, 2, 3))


# %% wrong="put gives up after ten seconds and drops the result" exercise="stage" loses="stage_passes_on"
from queue import Full


def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        try:
            outbox.put(item, timeout=10)
        except Full:
            continue
    outbox.put(END)


# %% wrong="after two seconds without an item it takes the stream for ended" exercise="stage" loses="stage_passes_on"
def stage(fn, inbox, outbox):
    while True:
        try:
            item = inbox.get(timeout=2)
        except Empty:  # the stage before has died: do not hang for ever
            break
        if item is END:
            break
        if not isinstance(item, Exception):
            try:
                item = fn(item)
            except Exception as error:
                item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="one lock for all stages" exercise="stage" loses="stage_one_at_a_time"
_lock = threading.Lock()


def stage(fn, inbox, outbox):
    while (item := inbox.get()) is not END:
        if not isinstance(item, Exception):
            with _lock:
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
        outbox.put(item)
    outbox.put(END)


# %% wrong="fn runs in a pool's thread, for at most a minute" exercise="stage" loses="stage_passes_on stage_errors stage_one_at_a_time"
def stage(fn, inbox, outbox):
    with ThreadPoolExecutor(1) as pool:
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = pool.submit(fn, item).result(timeout=60)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)


# %% wrong="results are compared with END by what they call equal" exercise="run_pipeline" loses="run_pipeline_in_order"
def run_pipeline(functions, items, depth):
    def work(fn, inbox, outbox):
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)

    stop = threading.Event()
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    threads = [threading.Thread(target=feed, args=(items, queues[0], stop), daemon=True)]
    for fn, ends in zip(functions, pairwise(queues), strict=True):
        threads.append(threading.Thread(target=work, args=(fn, *ends), daemon=True))
    for thread in threads:
        thread.start()
    results, failed = [], None
    for result in iter(queues[-1].get, END):
        if failed is None and isinstance(result, Exception):
            failed = result
            stop.set()
        results.append(result)
    for thread in threads:
        thread.join()
    if failed is not None:
        raise failed
    return results


# %% wrong="joins for five seconds each" exercise="run_pipeline" loses="run_pipeline_errors"
def run_pipeline(functions, items, depth):
    def work(fn, inbox, outbox):
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)

    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    stop, results = threading.Event(), []
    threads = [threading.Thread(target=feed, args=(items, queues[0], stop), daemon=True)]
    for fn, ends in zip(functions, pairwise(queues), strict=True):
        threads.append(threading.Thread(target=work, args=(fn, *ends), daemon=True))
    for t in threads:
        t.start()
    while (got := queues[-1].get()) is not END:
        if isinstance(got, Exception):
            stop.set()

            def drain():
                while queues[-1].get() is not END:
                    pass

            threading.Thread(target=drain, daemon=True).start()
            for t in threads:
                t.join(timeout=5)
            raise got
        results.append(got)
    for t in threads:
        t.join(5)
    return results


# %% wrong="a single function is called in the caller's thread" exercise="run_pipeline" loses="run_pipeline_at_once"
def run_pipeline(functions, items, depth):
    if len(functions) == 1:  # nothing to overlap: threads would only cost
        (fn,) = functions
        done = []
        try:
            for item in items:
                done.append(fn(item))
        except Exception:
            if hasattr(items, "close"):
                items.close()
            raise
        return done

    def work(fn, inbox, outbox):
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)

    stop = threading.Event()
    queues = [Queue(depth) for _ in range(len(functions) + 1)]
    results, failed = [], None
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, (inbox, outbox) in zip(functions, pairwise(queues), strict=True):
            pool.submit(work, fn, inbox, outbox)
        while (result := queues[-1].get()) is not END:
            if failed is None and isinstance(result, Exception):
                failed = result
                stop.set()
            results.append(result)
    if failed is not None:
        raise failed
    return results


# %% wrong="depth is not used, each queue holds one" exercise="run_pipeline" loses="run_pipeline_holds_back"
def run_pipeline(functions, items, depth):
    def work(fn, inbox, outbox):
        while (item := inbox.get()) is not END:
            if not isinstance(item, Exception):
                try:
                    item = fn(item)
                except Exception as error:
                    item = error
            outbox.put(item)
        outbox.put(END)

    queues = [Queue(1) for _ in range(len(functions) + 1)]
    stop, results, errors = threading.Event(), [], []
    with ThreadPoolExecutor(len(functions) + 1) as pool:
        pool.submit(feed, items, queues[0], stop)
        for fn, ends in zip(functions, pairwise(queues), strict=True):
            pool.submit(work, fn, *ends)
        while (got := queues[-1].get()) is not END:
            (errors if isinstance(got, Exception) else results).append(got)
            if errors:
                stop.set()
    if errors:
        raise errors[0]
    return results


# %% wrong="each later item is waited for at least ten milliseconds" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    while (item := get()) is not END:
        until = clock() + wait
        batch = [item]
        while len(batch) < most and (left := until - clock()) > 0:
            try:
                item = get(timeout=max(left, 0.01))  # shorter sleeps are not worth it
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is END:
            return


# %% wrong="the clock is read once to decide and once more for the timeout" exercise="batches" loses="batches_time_left"
def batches(get, most, wait, clock):
    item = get()
    while item is not END:
        batch = [item]
        until = clock() + wait
        while len(batch) < most and until - clock() > 0:
            try:
                item = get(timeout=until - clock())
            except Empty:
                break
            if item is END:
                break
            batch.append(item)
        yield batch
        if item is not END:
            item = get()


# %% wrong="a clock at 0 is taken for none" exercise="batches" loses="batches_wait batches_time_left"
def batches(get, most, wait, clock):
    batch, since = [], None
    while True:
        left = wait - (clock() - since) if since else wait
        if batch and (len(batch) == most or left <= 0):
            yield batch
            batch, since = [], None
            continue
        try:
            item = get(timeout=left) if batch else get()
        except Empty:
            continue
        if item is END:
            if batch:
                yield batch
            return
        batch.append(item)
        since = since or clock()


# %% wrong="asks for the first item when it is called" exercise="batches" loses="batches_full"
def batches(get, most, wait, clock):
    first = get()

    def rest(item):
        while item is not END:
            batch, until = [item], clock() + wait
            while len(batch) < most and (left := until - clock()) > 0:
                try:
                    item = get(timeout=left)
                except Empty:
                    break
                if item is END:
                    break
                batch.append(item)
            yield batch
            if item is not END:
                item = get()

    return rest(first)


# %% wrong="almost equal is equal" exercise="bottleneck" loses="bottleneck_found"
import math


def bottleneck(stage_ms, threads):
    pace = {name: 1000 * threads.get(name, 1) / ms for name, ms in stage_ms.items()}
    least = min(pace.values())
    name = next(n for n, p in pace.items() if math.isclose(p, least))
    return name, pace[name]


# %% wrong="one call for each item, too deep for a thousand of them" exercise="finished_at" loses="finished_at_one_buffer finished_at_overlapping"
def finished_at(copy_ms, compute_ms, n, buffers):
    if n == 0:
        return 0
    if n == 1:
        return copy_ms + compute_ms
    gap = copy_ms + compute_ms if buffers == 1 else max(copy_ms, compute_ms)
    return finished_at(copy_ms, compute_ms, n - 1, buffers) + gap


# %% wrong="equal deviations are taken for a grey camera, whose means are equal too" exercise="fold_normalization" loses="fold_normalization_bias"
def fold_normalization(weight, bias, mean, std):
    if (std == std[0]).all():  # all channels alike: one factor for all of them
        folded = weight / std[0]
        return folded, bias - mean[0] * folded.sum(axis=(1, 2, 3))
    folded = weight / std[:, None, None]
    return folded, bias - np.einsum("ocij,c->o", folded, mean)


# %% wrong="one buffer more than there are" exercise="finished_at" loses="finished_at_one_buffer"
def finished_at(copy_ms, compute_ms, n, buffers):
    copied, done = 0.0, []
    for item in range(n):
        free = done[item - buffers - 1] if item > buffers else 0.0
        copied = max(copied, free) + copy_ms
        done.append(max(copied, done[-1] if done else 0.0) + compute_ms)
    return done[-1] if done else 0.0


# %% right="plays it through" exercise="finished_at"
def finished_at(copy_ms, compute_ms, n, buffers):
    copied, done = 0.0, [0.0] * buffers
    for _ in range(n):
        copied = max(copied, done[-buffers]) + copy_ms
        done.append(max(copied, done[-1]) + compute_ms)
    return done[-1] if n else 0
