# %% right="the CPU as a declared second choice" exercise="open_session"
def open_session(path, provider):
    session = ort.InferenceSession(str(path), sess_options=one_thread, providers=[provider, "CPUExecutionProvider"])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"wanted {provider}, got {', '.join(session.get_providers())}")
    return session


# %% right="asks before and after" exercise="open_session"
def open_session(path, provider):
    if provider not in ort.get_available_providers():
        raise RuntimeError(f"{provider} is not in this package; CPUExecutionProvider would be in use")
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"{provider} was asked for, {session.get_providers()[0]} came")
    return session


# %% wrong="takes what comes" exercise="open_session" loses="open_session_refuses open_session_is_not_fooled"
def open_session(path, provider):
    return ort.InferenceSession(path, one_thread, providers=[provider])


# %% wrong="trusts what the package claims" exercise="open_session" loses="open_session_is_not_fooled open_session_refuses"
def open_session(path, provider):
    if provider not in ort.get_available_providers():
        raise RuntimeError(f"asked for {provider}, but CPUExecutionProvider is in use")
    return ort.InferenceSession(path, one_thread, providers=[provider])


# %% wrong="always asks for the CPU" exercise="open_session" loses="open_session_opens open_session_refuses"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
    if provider not in session.get_providers():
        raise RuntimeError(f"asked for {provider}, but {session.get_providers()[0]} is in use")
    return session


# %% wrong="asks for all that there are" exercise="open_session" loses="open_session_opens"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=ort.get_available_providers())
    if provider != session.get_providers()[0]:
        raise RuntimeError(f"asked for {provider}, but {session.get_providers()[0]}, CPUExecutionProvider is in use")
    return session


# %% wrong="raises a ValueError" exercise="open_session" loses="open_session_refuses open_session_is_not_fooled"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        raise ValueError(f"asked for {provider}, but {session.get_providers()[0]} is in use")
    return session


# %% wrong="does not say which provider is in use" exercise="open_session" loses="open_session_refuses"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"{provider} is not available")
    return session


# %% wrong="warns instead of raising" exercise="open_session" loses="open_session_refuses open_session_is_not_fooled"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        print(f"asked for {provider}, but {session.get_providers()[0]} is in use")
    return session


# %% wrong="forgets to return the session" exercise="open_session" loses="open_session_opens"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"asked for {provider}, but {session.get_providers()[0]} is in use")


# %% wrong="opens it with default options" exercise="open_session" loses="open_session_opens"
def open_session(path, provider):
    session = ort.InferenceSession(path, providers=[provider])
    used = session.get_providers()[0]
    if used != provider:
        raise RuntimeError(f"asked for {provider}, but {used} is in use")
    return session


# %% wrong="is content where the provider is anywhere in the list" exercise="open_session" loses="open_session_refuses"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if provider not in session.get_providers():
        raise RuntimeError(f"asked for {provider}, but {session.get_providers()[0]} is in use")
    return session


# %% wrong="says CPU, whatever is in use" exercise="open_session" loses="open_session_refuses"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"asked for {provider}, but CPUExecutionProvider is in use")
    return session


# %% wrong="keeps sessions by path and provider" exercise="open_session" loses="open_session_opens"
sessions = {}


def open_session(path, provider):
    if (path, provider) not in sessions:
        sessions[path, provider] = ort.InferenceSession(path, one_thread, providers=[provider])
    session = sessions[path, provider]
    if session.get_providers()[0] != provider:
        raise RuntimeError(f"asked for {provider}, but {session.get_providers()[0]} is in use")
    return session


# %% right="from the file's bytes, with options of the provider" exercise="open_session"
def open_session(path, provider):
    session = ort.InferenceSession(path.read_bytes(), one_thread, providers=[(provider, {})])
    first, *_ = session.get_providers()
    if first == provider:
        return session
    raise RuntimeError(provider, first)


# %% right="a list, then an array" exercise="time_calls"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    samples = []
    for k in range(warmup + repeats):
        before = clock()
        fn()
        after = clock()
        if k >= warmup:
            samples.append(after - before)
    return np.array(samples, dtype=np.int64)


# %% right="one reading between two calls" exercise="time_calls"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    [fn() for _ in range(warmup)]
    readings = [clock()]
    for _ in range(repeats):
        fn()
        readings.append(clock())
    return np.diff(np.array(readings, dtype=np.int64))


# %% wrong="keeps the warm-up" exercise="time_calls" loses="time_calls_samples time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    samples = []
    for _ in range(warmup + repeats):
        start = clock()
        fn()
        samples.append(clock() - start)
    return np.array(samples, dtype=np.int64)


# %% wrong="does not warm up" exercise="time_calls" loses="time_calls_samples time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="one reading around the loop" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    start = clock()
    for _ in range(repeats):
        fn()
    return np.full(repeats, (clock() - start) // repeats, dtype=np.int64)


# %% wrong="uses its own clock" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        start = time.perf_counter_ns()
        fn()
        samples[k] = time.perf_counter_ns() - start
    return samples


# %% wrong="returns the mean alone" exercise="time_calls" loses="time_calls_samples time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    start = clock()
    for _ in range(repeats):
        fn()
    return (clock() - start) / repeats


# %% wrong="starts the clock once" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = np.empty(repeats, dtype=np.int64)
    start = clock()
    for k in range(repeats):
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="warms up before every sample" exercise="time_calls" loses="time_calls_samples time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        for _ in range(warmup):
            fn()
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="goes through seconds" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = []
    for _ in range(repeats):
        start = clock() / 1e9
        fn()
        samples.append((clock() / 1e9 - start) * 1e9)
    return np.rint(samples).astype(np.int64)


# %% wrong="returns floats" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = np.zeros(repeats)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="returns a list" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = []
    for _ in range(repeats):
        start = clock()
        fn()
        samples.append(clock() - start)
    return samples


# %% wrong="collects the samples in floats" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = np.zeros(repeats)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples.astype(np.int64)


# %% wrong="a default clock that counts seconds" exercise="time_calls" loses="time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.perf_counter):
    for _ in range(warmup):
        fn()
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="drops calls that took no time" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = []
    while len(samples) < repeats:
        start = clock()
        fn()
        elapsed = clock() - start
        if elapsed > 0:
            samples.append(elapsed)
    return np.array(samples, dtype=np.int64)


# %% right="a generator" exercise="time_calls"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    def one():
        start = clock()
        fn()
        return clock() - start

    return np.fromiter((one() for _ in range(warmup + repeats)), np.int64)[warmup:]


# %% right="by hand, from the sorted samples" exercise="summarize"
def summarize(samples_ns):
    ordered = sorted(int(ns) for ns in samples_ns)

    def at(share):
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    spread = (at(0.75) - at(0.25)) / at(0.5)
    return {"spread": spread, "p99_ms": at(0.99) / 1e6, "p95_ms": at(0.95) / 1e6, "median_ms": at(0.5) / 1e6}


# %% right="np.quantile in milliseconds" exercise="summarize"
def summarize(samples_ns):
    ms = np.asarray(samples_ns) / 1e6
    quarter, half, three = np.quantile(ms, [0.25, 0.5, 0.75])
    return dict(
        median_ms=half, p95_ms=np.quantile(ms, 0.95), p99_ms=np.quantile(ms, 0.99), spread=(three - quarter) / half
    )


# %% wrong="takes the mean for the median" exercise="summarize" loses="summarize_percentiles summarize_spread"
def summarize(samples_ns):
    low, high, p95, p99 = np.percentile(samples_ns, [25, 75, 95, 99])
    mean = np.mean(samples_ns)
    return {"median_ms": mean / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / mean}


# %% wrong="takes shares for percents" exercise="summarize" loses="summarize_percentiles summarize_spread"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns, [0.25, 0.5, 0.75, 0.95, 0.99])
    spread = (high - low) / median
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": spread}


# %% wrong="takes the nearest sample" exercise="summarize" loses="summarize_percentiles"
def summarize(samples_ns):
    ordered = np.sort(samples_ns)
    low, median, high = np.percentile(samples_ns, [25, 50, 75])
    p95, p99 = (ordered[int(share * len(ordered))] for share in (0.95, 0.99))
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="takes 1,000 ns for a millisecond" exercise="summarize" loses="summarize_percentiles"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99])
    return {"median_ms": median / 1e3, "p95_ms": p95 / 1e3, "p99_ms": p99 / 1e3, "spread": (high - low) / median}


# %% wrong="leaves the spread in milliseconds" exercise="summarize" loses="summarize_spread"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99]) / 1e6
    return {"median_ms": median, "p95_ms": p95, "p99_ms": p99, "spread": high - low}


# %% wrong="takes the standard deviation over the mean" exercise="summarize" loses="summarize_spread"
def summarize(samples_ns):
    median, p95, p99 = np.percentile(samples_ns, [50, 95, 99]) / 1e6
    return {"median_ms": median, "p95_ms": p95, "p99_ms": p99, "spread": np.std(samples_ns) / np.mean(samples_ns)}


# %% wrong="mixes the units of the spread" exercise="summarize" loses="summarize_spread"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99])
    median, p95, p99, spread = median / 1e6, p95 / 1e6, p99 / 1e6, (high - low) / (median / 1e6)
    return {"median_ms": median, "p95_ms": p95, "p99_ms": p99, "spread": spread}


# %% wrong="sorts the caller's samples" exercise="summarize" loses="summarize_spread"
def summarize(samples_ns):
    samples_ns.sort()
    low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99])
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="returns a tuple" exercise="summarize" loses="summarize_percentiles summarize_spread"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99])
    return median / 1e6, p95 / 1e6, p99 / 1e6, (high - low) / median


# %% wrong="drops equal samples" exercise="summarize" loses="summarize_percentiles summarize_spread"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(np.unique(samples_ns), [25, 50, 75, 95, 99])
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="interpolates the tail, not the quartiles" exercise="summarize" loses="summarize_spread"
def summarize(samples_ns):
    low, high = np.percentile(samples_ns, [25, 75], method="lower")
    median, p95, p99 = np.percentile(samples_ns, [50, 95, 99])
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="leaves out samples of no time" exercise="summarize" loses="summarize_percentiles"
def summarize(samples_ns):
    low, median, high, p95, p99 = np.percentile(samples_ns[samples_ns > 0], [25, 50, 75, 95, 99])
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="remembers by number, first and last sample" exercise="summarize" loses="summarize_percentiles summarize_spread"
found = {}


def summarize(samples_ns):
    key = len(samples_ns), int(samples_ns[0]), int(samples_ns[-1])
    if key not in found:
        low, median, high, p95, p99 = np.percentile(samples_ns, [25, 50, 75, 95, 99])
        ms = {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6}
        found[key] = ms | {"spread": (high - low) / median}
    return dict(found[key])


# %% wrong="needs two samples" exercise="summarize" loses="summarize_percentiles summarize_spread"
def summarize(samples_ns):
    import statistics

    cut = statistics.quantiles([float(ns) for ns in samples_ns], n=100, method="inclusive")
    low, median, high, p95, p99 = (cut[k - 1] for k in (25, 50, 75, 95, 99))
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% right="interpolated by np.interp" exercise="summarize"
def summarize(samples_ns):
    ordered = np.sort(samples_ns).astype(np.float64)

    def at(percent):
        return np.interp(percent / 100 * (len(ordered) - 1), np.arange(len(ordered)), ordered)

    return {
        **{f"{name}_ms": float(at(percent)) * 1e-6 for name, percent in (("median", 50), ("p95", 95), ("p99", 99))},
        "spread": float(at(75) - at(25)) / float(at(50)),
    }


# %% right="an object that is called" exercise="stopwatch"
def stopwatch(repeats, clock):
    class Stopwatch:
        def __init__(self, fn):
            from functools import update_wrapper

            update_wrapper(self, fn)
            self.fn, self.readings = fn, []

        def __call__(self, *args, **kwargs):
            self.readings = []
            for _ in range(repeats):
                start = clock()
                result = self.fn(*args, **kwargs)
                self.readings.append(clock() - start)
            return result

        def samples(self):
            return np.array(self.readings, dtype=np.int64)

    return Stopwatch


# %% right="names copied by hand, samples in an array" exercise="stopwatch"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.__name__, wrapped.__doc__ = fn.__name__, fn.__doc__
        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="throws the result away" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                fn(*args, **kwargs)
                taken.append(clock() - start)

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="prints mean and deviation instead of keeping samples" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken = []
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            print(f"{np.mean(taken)} ± {np.std(taken)} ns")
            return result

        return wrapped

    return decorator


# %% wrong="forgets to return the decorator" exercise="stopwatch" loses="stopwatch_result stopwatch_samples stopwatch_identity"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped


# %% wrong="forgets wraps" exercise="stopwatch" loses="stopwatch_identity"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="copies the name, not the docstring" exercise="stopwatch" loses="stopwatch_identity"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.__name__ = fn.__name__
        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="one list for all functions" exercise="stopwatch" loses="stopwatch_samples"
kept = []


def stopwatch(repeats, clock):
    def decorator(fn):
        @wraps(fn)
        def wrapped(*args, **kwargs):
            kept.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                kept.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array(kept, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="one list for one stopwatch, never emptied" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="leaves the samples as an attribute" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken = []
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            wrapped.samples = np.array(taken, dtype=np.int64)
            return result

        return wrapped

    return decorator


# %% wrong="drops keyword arguments" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args)
                taken.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="calls once more for the result" exercise="stopwatch" loses="stopwatch_result stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                fn(*args, **kwargs)
                taken.append(clock() - start)
            return fn(*args, **kwargs)

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="returns all results" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken.clear()
            results = []
            for _ in range(repeats):
                start = clock()
                results.append(fn(*args, **kwargs))
                taken.append(clock() - start)
            return results

        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="one set of samples for a function decorated twice" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    taken = {}

    def decorator(fn):
        @wraps(fn)
        def wrapped(*args, **kwargs):
            samples = []
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                samples.append(clock() - start)
            taken[fn] = np.array(samples, dtype=np.int64)
            return result

        wrapped.samples = lambda: taken[fn]
        return wrapped

    return decorator


# %% wrong="returns the last result that is not None" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            result = None
            for k in range(repeats):
                start = clock()
                latest = fn(*args, **kwargs)
                taken[k] = clock() - start
                result = latest if latest is not None else result
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="collects the samples in floats" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = np.zeros(repeats)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.samples = lambda: taken.astype(np.int64)
        return wrapped

    return decorator


# %% wrong="each call gets deep copies of the arguments" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    from copy import deepcopy

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                own, named = deepcopy((args, kwargs))
                start = clock()
                result = fn(*own, **named)
                taken[k] = clock() - start
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="an argument called fn meets the helper's own" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def measure(fn, taken, *args, **kwargs):
        taken.clear()
        for _ in range(repeats):
            start = clock()
            result = fn(*args, **kwargs)
            taken.append(clock() - start)
        return result

    def decorator(fn):
        taken = []
        wrapped = wraps(fn)(partial(measure, fn, taken))
        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="reading the samples empties them" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        @wraps(fn)
        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.samples = lambda: np.array([taken.pop(0) for _ in range(len(taken))], dtype=np.int64)
        return wrapped

    return decorator


# %% wrong="remembers results by their arguments" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken, results = np.zeros(repeats, dtype=np.int64), {}

        @wraps(fn)
        def wrapped(*args, **kwargs):
            key = repr((args, kwargs))
            if key in results and args:
                return results[key]
            for k in range(repeats):
                start = clock()
                results[key] = fn(*args, **kwargs)
                taken[k] = clock() - start
            return results[key]

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="copies the first line of the docstring" exercise="stopwatch" loses="stopwatch_identity"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = []

        def wrapped(*args, **kwargs):
            taken.clear()
            for _ in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken.append(clock() - start)
            return result

        wrapped.__name__, wrapped.__doc__ = fn.__name__, (fn.__doc__ or "").split("\n")[0]
        wrapped.samples = lambda: np.array(taken, dtype=np.int64)
        return wrapped

    return decorator


# %% right="a partial function, one reading between two calls" exercise="stopwatch"
def stopwatch(repeats, clock):
    from functools import update_wrapper

    def run(fn, kept, /, *args, **kwargs):
        readings, results = [clock()], []
        for _ in range(repeats):
            results.append(fn(*args, **kwargs))
            readings.append(clock())
        kept[:] = [np.diff(np.array(readings, dtype=np.int64))]
        return results[-1]

    def decorator(fn):
        kept = []
        timed = update_wrapper(partial(run, fn, kept), fn)
        timed.samples = lambda: kept[0]
        return timed

    return decorator


# %% right="a loop of resamples, b first in every second round" exercise="paired_speedup"
def paired_speedup(a, b, rounds, clock):
    def timed(fn):
        start = clock()
        fn()
        return clock() - start

    ratios = []
    for k in range(rounds):
        if k % 2:
            below, above = timed(b), timed(a)
        else:
            above, below = timed(a), timed(b)
        ratios.append(above / below)
    ratios, rng = np.array(ratios), np.random.default_rng(7)
    medians = [np.median(ratios[rng.integers(0, rounds, rounds)]) for _ in range(10_000)]
    return np.median(ratios), np.percentile(medians, 2.5), np.percentile(medians, 97.5)


# %% right="logarithms of ratios, drawn by number" exercise="paired_speedup"
def paired_speedup(a, b, rounds, clock):
    times = np.empty((rounds, 3), dtype=np.int64)
    for k in range(rounds):
        times[k, 0] = clock()
        a()
        times[k, 1] = clock()
        b()
        times[k, 2] = clock()
    ratios = np.exp(np.log(np.diff(times, axis=1)) @ [1.0, -1.0])
    rows = np.random.default_rng(1).integers(0, rounds, size=(10_000, rounds))
    ends = np.quantile(np.median(ratios[rows], axis=1), [0.025, 0.975])
    return [float(value) for value in (np.median(ratios), *ends)]


# %% right="the bootstrap of SciPy" exercise="paired_speedup"
def paired_speedup(a, b, rounds, clock):
    from scipy.stats import bootstrap

    ratios = []
    for _ in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios.append((between - start) / (clock() - between))
    found = bootstrap([ratios], np.median, n_resamples=10_000, method="percentile", rng=0)
    low, high = found.confidence_interval
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="all of a, then all of b" exercise="paired_speedup" loses="paired_speedup_drift"
def paired_speedup(a, b, rounds, clock):
    times = [time_calls(fn, 0, rounds, clock) for fn in (a, b)]
    ratios = times[0] / times[1]
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="all of b, then all of a" exercise="paired_speedup" loses="paired_speedup_drift"
def paired_speedup(a, b, rounds, clock):
    below = time_calls(b, 0, rounds, clock)
    ratios = time_calls(a, 0, rounds, clock) / below
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="the other way round" exercise="paired_speedup" loses="paired_speedup_ratio paired_speedup_drift paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (clock() - between) / (between - start)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="warms up first" exercise="paired_speedup" loses="paired_speedup_ratio"
def paired_speedup(a, b, rounds, clock):
    a()
    b()
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="divides the medians" exercise="paired_speedup" loses="paired_speedup_ratio"
def paired_speedup(a, b, rounds, clock):
    times = np.empty((2, rounds))
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        times[:, k] = between - start, clock() - between
    drawn = np.random.default_rng(0).choice(times[0] / times[1], size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(times[0]) / np.median(times[1])), float(low), float(high)


# %% wrong="takes means all along" exercise="paired_speedup" loses="paired_speedup_ratio paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(ratios.mean()), float(low), float(high)


# %% wrong="tears the pairs apart" exercise="paired_speedup" loses="paired_speedup_drift paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    times = np.empty((2, rounds))
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        times[:, k] = between - start, clock() - between
    rng = np.random.default_rng(0)
    above, below = (np.median(rng.choice(row, size=(10_000, rounds)), axis=1) for row in times)
    low, high = np.percentile(above / below, [2.5, 97.5])
    return float(np.median(times[0] / times[1])), float(low), float(high)


# %% wrong="percentiles of the ratios" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="a 90 % interval" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [5, 95])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="draws without replacement" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    rng = np.random.default_rng(0)
    medians = [np.median(rng.choice(ratios, size=rounds, replace=False)) for _ in range(10_000)]
    low, high = np.percentile(medians, [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="the mean plus and minus two standard errors" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    reach = 1.96 * ratios.std(ddof=1) / np.sqrt(rounds)
    return float(np.median(ratios)), float(ratios.mean() - reach), float(ratios.mean() + reach)


# %% wrong="returns the ratio alone" exercise="paired_speedup" loses="paired_speedup_ratio paired_speedup_drift paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    return float(np.median(ratios))


# %% wrong="forgets the seed" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng().choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="the upper of two middle ratios" exercise="paired_speedup" loses="paired_speedup_ratio"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.sort(ratios)[rounds // 2]), float(low), float(high)


# %% wrong="mirrors the interval" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    middle = float(np.median(ratios))
    return middle, float(2 * middle - high), float(2 * middle - low)


# %% wrong="ranks of the sorted ratios" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    ordered, reach = np.sort(ratios), 0.98 * np.sqrt(rounds)
    low, high = ordered[max(0, int(rounds / 2 - reach))], ordered[min(rounds - 1, int(rounds / 2 + reach))]
    return float(np.median(ratios)), float(low), float(high)


# %% right="an order drawn for each round, other generators" exercise="paired_speedup"
def paired_speedup(a, b, rounds, clock):
    order, resample = np.random.RandomState(3), np.random.RandomState(4)
    times = {"a": [], "b": []}
    for _ in range(rounds):
        for name in ("ab", "ba")[order.randint(2)]:
            start = clock()
            {"a": a, "b": b}[name]()
            times[name].append(clock() - start)
    ratios = np.divide(times["a"], times["b"])
    drawn = ratios[resample.randint(rounds, size=(rounds, 10_000))]
    low, high = np.quantile(np.median(drawn, axis=0), (0.025, 0.975))
    return np.median(ratios), low, high


# %% right="a loop" exercise="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    best = None
    for batch in sorted(latency_ms_by_batch):
        if latency_ms_by_batch[batch] > budget_ms:
            continue
        if best is None or batch / latency_ms_by_batch[batch] > best / latency_ms_by_batch[best]:
            best = batch
    if best is None:
        raise ValueError("the budget is too small")
    return best


# %% right="arrays" exercise="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    batches = np.array(sorted(latency_ms_by_batch))
    latencies = np.array([latency_ms_by_batch[batch] for batch in batches.tolist()])
    batches, latencies = batches[latencies <= budget_ms], latencies[latencies <= budget_ms]
    return batches[np.argmax(batches / latencies)]  # of nothing: a ValueError


# %% right="images per second, rounded once" exercise="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    kept = {n: ms for n, ms in sorted(latency_ms_by_batch.items()) if ms <= budget_ms}
    return max(kept, key=lambda n: 1000 * n / kept[n])


# %% wrong="takes the largest that fits" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    return max(batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms)


# %% wrong="takes the lowest latency" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = {batch: latency for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms}
    if not fitting:
        raise ValueError("no batch fits")
    return min(fitting, key=lambda batch: (fitting[batch], batch))


# %% wrong="forgets the budget" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    return max(sorted(latency_ms_by_batch), key=lambda batch: batch / latency_ms_by_batch[batch])


# %% wrong="holds the time for one image against the budget" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = sorted(batch for batch, latency in latency_ms_by_batch.items() if latency / batch <= budget_ms)
    if not fitting:
        raise ValueError("no batch fits")
    return max(fitting, key=lambda batch: batch / latency_ms_by_batch[batch])


# %% wrong="leaves out the call that just keeps the budget" exercise="best_batch" loses="best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = sorted(batch for batch, latency in latency_ms_by_batch.items() if latency < budget_ms)
    if not fitting:
        raise ValueError("no batch fits")
    return max(fitting, key=lambda batch: batch / latency_ms_by_batch[batch])


# %% wrong="returns None where nothing fits" exercise="best_batch" loses="best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = sorted(batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms)
    return max(fitting, key=lambda batch: batch / latency_ms_by_batch[batch], default=None)


# %% wrong="leaves ties to the order of the dict" exercise="best_batch" loses="best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = [batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms]
    return max(fitting, key=lambda batch: batch / latency_ms_by_batch[batch])


# %% wrong="returns the throughput" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    fitting = [batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms]
    return max(1000 * batch / latency_ms_by_batch[batch] for batch in fitting)


# %% wrong="empties the caller's dict" exercise="best_batch" loses="best_batch_choice"
def best_batch(latency_ms_by_batch, budget_ms):
    for batch in list(latency_ms_by_batch):
        if latency_ms_by_batch[batch] > budget_ms:
            del latency_ms_by_batch[batch]
    return max(sorted(latency_ms_by_batch), key=lambda batch: batch / latency_ms_by_batch[batch])


# %% wrong="returns a float" exercise="best_batch" loses="best_batch_choice"
def best_batch(latency_ms_by_batch, budget_ms):
    kept = [(n / ms, -n) for n, ms in latency_ms_by_batch.items() if ms <= budget_ms]
    return float(-max(kept)[1])


# %% wrong="takes nearly equal for equally good" exercise="best_batch" loses="best_batch_choice best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    kept = {n: n / ms for n, ms in latency_ms_by_batch.items() if ms <= budget_ms}
    if not kept:
        raise ValueError("none")
    return min(n for n in kept if np.isclose(kept[n], max(kept.values())))


# %% wrong="stops at the first size over the budget" exercise="best_batch" loses="best_batch_choice"
def best_batch(latency_ms_by_batch, budget_ms):
    best, most = None, 0.0
    for size in sorted(latency_ms_by_batch):
        ms = latency_ms_by_batch[size]
        if ms > budget_ms:
            break  # the larger ones last even longer
        if size / ms > most:
            best, most = size, size / ms
    if best is None:
        raise ValueError("no batch size keeps the budget")
    return best


# %% wrong="lets a call be a little too slow" exercise="best_batch" loses="best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    kept = [(n / ms, -n) for n, ms in latency_ms_by_batch.items() if ms <= budget_ms + 1e-9]
    return -max(kept)[1]


# %% right="fractions" exercise="best_batch"
def best_batch(latency_ms_by_batch, budget_ms):
    from fractions import Fraction

    kept = {n: Fraction(ms) / n for n, ms in latency_ms_by_batch.items() if ms <= budget_ms}
    return min(kept, key=lambda n: (kept[n], n))


# %% right="keeps the bytes' session in a closure" exercise="predictor"
class Predictor:
    def __init__(self, path):
        session = ort.InferenceSession(path.read_bytes(), one_thread, providers=["CPUExecutionProvider"])
        inputs, outputs = session.get_inputs(), session.get_outputs()
        self.predict = lambda x: session.run([outputs[0].name], {inputs[0].name: x})[0]


# %% right="through open_session, the name asked each time" exercise="predictor"
class Predictor:
    def __init__(self, path):
        self._session = open_session(path, "CPUExecutionProvider")

    def predict(self, x):
        output, *_ = self._session.run(None, {self._session.get_inputs()[0].name: x})
        return output


# %% wrong="opens a session for every call" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.path = path

    def predict(self, x):
        session = ort.InferenceSession(self.path, one_thread, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: x})[0]


# %% wrong="opens at the first call" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.path, self.session = path, None

    def predict(self, x):
        if self.session is None:
            self.session = ort.InferenceSession(self.path, one_thread, providers=["CPUExecutionProvider"])
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0]


# %% wrong="keeps the session on the class" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    session = None

    def __init__(self, path):
        if Predictor.session is None:
            Predictor.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0]


# %% wrong="keeps sessions by path" exercise="predictor" loses="predictor_opens_once"
opened = {}


class Predictor:
    def __init__(self, path):
        if path not in opened:
            opened[path] = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.session = opened[path]

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0]


# %% wrong="returns the list of outputs" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})


# %% wrong="takes the input for x" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {"x": x})[0]


# %% wrong="keeps the bytes and opens them for every call" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.model = path.read_bytes()

    def predict(self, x):
        session = ort.InferenceSession(self.model, one_thread, providers=["CPUExecutionProvider"])
        return session.run(None, {session.get_inputs()[0].name: x})[0]


# %% wrong="keeps the bytes and opens them at the first call" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.model, self.session = path.read_bytes(), None

    def predict(self, x):
        self.session = self.session or ort.InferenceSession(self.model, one_thread, providers=["CPUExecutionProvider"])
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0]


# %% wrong="returns the last output" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[-1]


# %% wrong="as many threads as there are" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0]


# %% wrong="makes float32 of any output" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])

    def predict(self, x):
        return self.session.run(None, {self.session.get_inputs()[0].name: x})[0].astype(np.float32)


# %% wrong="remembers answers by shape" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session, self.answers = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"]), {}

    def predict(self, x):
        if x.shape not in self.answers:
            self.answers[x.shape] = self.session.run(None, {self.session.get_inputs()[0].name: x})[0]
        return self.answers[x.shape]


# %% right="keeps run and the name, nothing else" exercise="predictor"
class Predictor:
    __slots__ = ("run",)

    def __init__(self, path):
        model = ort.InferenceSession(str(path), sess_options=one_thread, providers=[("CPUExecutionProvider", {})])
        self.run = partial(model.run, [model.get_outputs()[0].name]), model.get_inputs()[0].name

    def predict(self, x):
        run, name = self.run
        return run({name: np.ascontiguousarray(x)}).pop()


# %% right="OrtValues on both ends" exercise="run_bound"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_ortvalue_input(session.get_inputs()[0].name, ort.OrtValue.ortvalue_from_numpy(x))
    binding.bind_output(session.get_outputs()[0].name, "cpu")
    session.run_with_iobinding(binding)
    return binding.get_outputs()[0].numpy()


# %% right="by pointer, with run options" exercise="run_bound"
def run_bound(session, x):
    x, binding = np.ascontiguousarray(x), session.io_binding()
    binding.bind_input(session.get_inputs()[0].name, "cpu", 0, np.float32, x.shape, x.ctypes.data)
    for output in session.get_outputs():
        binding.bind_output(output.name)
    session.run_with_iobinding(binding, ort.RunOptions())
    return binding.copy_outputs_to_cpu()[0]


# %% wrong="calls run after all" exercise="run_bound" loses="run_bound_result run_bound_binds"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    return session.run(None, {session.get_inputs()[0].name: x})[0]


# %% wrong="hands OrtValues to another run" exercise="run_bound" loses="run_bound_binds"
def run_bound(session, x):
    names = [each.name for each in session.get_outputs()]
    inputs = {session.get_inputs()[0].name: ort.OrtValue.ortvalue_from_numpy(x)}
    return session.run_with_ort_values(names, inputs)[0].numpy()


# %% wrong="returns the list" exercise="run_bound" loses="run_bound_binds run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()


# %% wrong="returns an OrtValue" exercise="run_bound" loses="run_bound_binds run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.get_outputs()[0]


# %% wrong="takes the names for x and y" exercise="run_bound" loses="run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output("y")
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]


# %% wrong="forgets to run" exercise="run_bound" loses="run_bound_result run_bound_binds"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    return binding.copy_outputs_to_cpu()[0]


# %% wrong="forgets the output" exercise="run_bound" loses="run_bound_result run_bound_binds"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]


# %% wrong="makes room for one example only" exercise="run_bound" loses="run_bound_result run_bound_binds"
def run_bound(session, x):
    out = np.empty((1, *session.get_outputs()[0].shape[1:]), np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name, "cpu", 0, np.float32, out.shape, out.ctypes.data)
    session.run_with_iobinding(binding)
    return out


# %% wrong="keeps the binding of a session" exercise="run_bound" loses="run_bound_binds"
bindings = {}


def run_bound(session, x):
    if id(session) not in bindings:
        binding = session.io_binding()
        binding.bind_cpu_input(session.get_inputs()[0].name, x)
        binding.bind_output(session.get_outputs()[0].name)
        bindings[id(session)] = binding
    session.run_with_iobinding(bindings[id(session)])
    return bindings[id(session)].copy_outputs_to_cpu()[0]


# %% wrong="returns nested lists" exercise="run_bound" loses="run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0].tolist()


# %% wrong="makes float32 of any output" exercise="run_bound" loses="run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0].astype(np.float32)


# %% wrong="the name in use needs only contain the one asked for" exercise="open_session" loses="open_session_refuses"
def open_session(path, provider):
    session = ort.InferenceSession(path, one_thread, providers=[provider])
    used = session.get_providers()[0]
    if provider not in used:
        raise RuntimeError(f"asked for {provider}, but {used} is in use")
    return session


# %% wrong="one array for all calls" exercise="time_calls" loses="time_calls_samples"
_room = np.zeros(100_000, dtype=np.int64)  # made once, so that no allocation is timed


def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    global _room
    if repeats > len(_room):
        _room = np.zeros(repeats, dtype=np.int64)
    samples = _room[:repeats]
    for _ in range(warmup):
        fn()
    for i in range(repeats):
        start = clock()
        fn()
        samples[i] = clock() - start
    return samples


# %% wrong="at most 1,000 samples" exercise="time_calls" loses="time_calls_samples"
def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    for _ in range(warmup):
        fn()
    samples = np.zeros(repeats, dtype=np.int64)
    for k in range(min(repeats, 1000)):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="of more than 10,000 samples every so many" exercise="summarize" loses="summarize_percentiles"
def summarize(samples_ns):
    step = max(1, len(samples_ns) // 10_000)
    low, median, high, p95, p99 = np.percentile(samples_ns[::step], [25, 50, 75, 95, 99])
    return {"median_ms": median / 1e6, "p95_ms": p95 / 1e6, "p99_ms": p99 / 1e6, "spread": (high - low) / median}


# %% wrong="each repeat gets a fresh copy of the arrays" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def fresh(value):
        return value.copy() if isinstance(value, np.ndarray) else value

    def decorator(fn):
        latest = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for i in range(repeats):
                mine = [fresh(value) for value in args]
                named = {name: fresh(value) for name, value in kwargs.items()}
                start = clock()
                result = fn(*mine, **named)
                latest[i] = clock() - start
            return result

        wrapped.samples = latest.copy
        return wrapped

    return decorator


# %% wrong="makes lists of iterators" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            args = [list(each) if hasattr(each, "__next__") else each for each in args]
            for k in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="wraps comes after samples" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        latest = np.zeros(repeats, dtype=np.int64)

        def wrapped(*args, **kwargs):
            for i in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                latest[i] = clock() - start
            return result

        wrapped.samples = lambda: latest.copy()
        return wraps(fn)(wrapped)

    return decorator


# %% wrong="samples() gives the array that the next call fills" exercise="stopwatch" loses="stopwatch_samples"
def stopwatch(repeats, clock):
    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*args, **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.samples = lambda: taken
        return wrapped

    return decorator


# %% wrong="a resample holds at most 500 ratios" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    ratios = []
    for _ in range(rounds):
        start = clock()
        a()
        time_a = clock() - start
        start = clock()
        b()
        time_b = clock() - start
        ratios.append(time_a / time_b)
    size = (10_000, min(rounds, 500))
    drawn = np.random.default_rng(0).choice(ratios, size=size)
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="times by function" exercise="paired_speedup" loses="paired_speedup_ratio"
def paired_speedup(a, b, rounds, clock):
    times = {a: [], b: []}
    for _ in range(rounds):
        for fn in (a, b):
            start = clock()
            fn()
            times[fn].append(clock() - start)
    ratios = np.array(times[a]) / np.array(times[b])
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, len(ratios)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="takes latencies for sorted" exercise="best_batch" loses="best_batch_choice"
import bisect


def best_batch(latency_ms_by_batch, budget_ms):
    sizes = sorted(latency_ms_by_batch)
    place = bisect.bisect_right([latency_ms_by_batch[n] for n in sizes], budget_ms)
    return max(sizes[:place], key=lambda n: n / latency_ms_by_batch[n])


# %% wrong="one array for all answers" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.room = {}

    def predict(self, x):
        found = self.session.run(None, {self.session.get_inputs()[0].name: x})[0]
        room = self.room.setdefault((found.shape, found.dtype), np.empty_like(found))
        room[...] = found
        return room


# %% wrong="binds the bare address of x, whatever its strides" exercise="run_bound" loses="run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    name = session.get_inputs()[0].name
    binding.bind_input(name, "cpu", 0, np.float32, list(x.shape), x.ctypes.data)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0]


# %% wrong="leaves out what is far above the median" exercise="summarize" loses="summarize_percentiles"
def summarize(samples_ns):
    """Describe samples by their order.

    samples_ns: (n,) int64 array, nanoseconds, n >= 1, not changed
    returns: {"median_ms": float, "p95_ms": float, "p99_ms": float, "spread": float};
    percentiles by NumPy's default method, "linear"
    spread: (75th percentile - 25th percentile) / median
    """
    samples_ns = samples_ns[samples_ns <= 1000 * np.median(samples_ns)]
    low, median, high, p95, p99 = (float(q) for q in np.percentile(samples_ns, [25, 50, 75, 95, 99]))
    spread = (high - low) / median
    return {
        "median_ms": median / 1e6,
        "p95_ms": p95 / 1e6,
        "p99_ms": p99 / 1e6,
        "spread": spread,
    }


# %% wrong="a helper whose own parameters are f and timer" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    """Return a decorator for functions that time themselves.

    repeats: how often a call of decorated calls fn, at least 1; clock: returns ns, int
    decorated: takes fn's arguments, returns its last result, has its name and docstring
    decorated.samples(): (repeats,) int64 array, ns of fn's calls in the latest call
    """

    def once(f, timer, *args, **kwargs):
        start = timer()
        result = f(*args, **kwargs)
        return result, timer() - start

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                result, taken[k] = once(fn, clock, *args, **kwargs)
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="a tuple of arguments is unpacked when it is alone" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    """Return a decorator for functions that time themselves.

    repeats: how often a call of decorated calls fn, at least 1; clock: returns ns, int
    decorated: takes fn's arguments, returns its last result, has its name and docstring
    decorated.samples(): (repeats,) int64 array, ns of fn's calls in the latest call
    """

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*(args[0] if len(args) == 1 and type(args[0]) is tuple else args), **kwargs)
                taken[k] = clock() - start
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="drops arguments that are None" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    """Return a decorator for functions that time themselves.

    repeats: how often a call of decorated calls fn, at least 1; clock: returns ns, int
    decorated: takes fn's arguments, returns its last result, has its name and docstring
    decorated.samples(): (repeats,) int64 array, ns of fn's calls in the latest call
    """

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                start = clock()
                result = fn(*args, **{k: v for k, v in kwargs.items() if v is not None})
                taken[k] = clock() - start
            return result

        wrapped.samples = taken.copy
        return wrapped

    return decorator


# %% wrong="two rounds are too few for an interval" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    """Return how many times as fast as a() b() is, and a 95 % bootstrap interval.

    a, b: called without arguments, once each in every round
    rounds: how many, 2 to 1,000; clock: returns nanoseconds as an int
    returns: (ratio, low, high), floats: the median over rounds of (time of a) / (time
    of b), and the 2.5th and 97.5th percentile of the medians of 10,000 resamples
    """
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    if rounds < 3:
        low = high = np.median(ratios)
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="at most 800 ratios in a resample" exercise="paired_speedup" loses="paired_speedup_interval"
def paired_speedup(a, b, rounds, clock):
    """Return how many times as fast as a() b() is, and a 95 % bootstrap interval.

    a, b: called without arguments, once each in every round
    rounds: how many, 2 to 1,000; clock: returns nanoseconds as an int
    returns: (ratio, low, high), floats: the median over rounds of (time of a) / (time
    of b), and the 2.5th and 97.5th percentile of the medians of 10,000 resamples
    """
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, min(rounds, 800)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


# %% wrong="the ratio of the first 799 rounds" exercise="paired_speedup" loses="paired_speedup_ratio"
def paired_speedup(a, b, rounds, clock):
    """Return how many times as fast as a() b() is, and a 95 % bootstrap interval.

    a, b: called without arguments, once each in every round
    rounds: how many, 2 to 1,000; clock: returns nanoseconds as an int
    returns: (ratio, low, high), floats: the median over rounds of (time of a) / (time
    of b), and the 2.5th and 97.5th percentile of the medians of 10,000 resamples
    """
    ratios = np.empty(rounds)
    for k in range(rounds):
        start = clock()
        a()
        between = clock()
        b()
        ratios[k] = (between - start) / (clock() - between)
    drawn = np.random.default_rng(0).choice(ratios, size=(10_000, rounds))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(np.median(ratios[:799])), float(low), float(high)


# %% wrong="throughput as calls per second times batch" exercise="best_batch" loses="best_batch_edges"
def best_batch(latency_ms_by_batch, budget_ms):
    """Return the batch size with the highest throughput within a latency budget.

    latency_ms_by_batch: {batch size (int): milliseconds of one call, above 0}, in any
    order, perhaps fewer for a larger batch; not changed
    budget_ms: a number
    returns: one of the keys, the smallest of those whose n / ms is the same float
    raises: ValueError where no batch size keeps the budget
    """
    fitting = sorted(batch for batch, latency in latency_ms_by_batch.items() if latency <= budget_ms)
    if not fitting:
        raise ValueError(f"no batch is done within {budget_ms} ms")
    return max(fitting, key=lambda batch: 1000 / latency_ms_by_batch[batch] * batch)


# %% wrong="runs 1,024 rows at a time" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    """A model that is opened once and answers many times.

    Predictor(path): opens the ONNX file at path on the CPU, with one thread, at once
    predict(x): x: float32 array for the model's one input, whatever that is called;
    returns the first of its outputs
    """

    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def predict(self, x):
        return np.concatenate([self.session.run(None, {self.name: x[k : k + 1024]})[0] for k in range(0, len(x), 1024)])


# %% wrong="rows of one axis get a batch axis" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    """A model that is opened once and answers many times.

    Predictor(path): opens the ONNX file at path on the CPU, with one thread, at once
    predict(x): x: float32 array for the model's one input, whatever that is called;
    returns the first of its outputs
    """

    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def predict(self, x):
        return self.session.run(None, {self.name: np.atleast_2d(x)})[0]


# %% wrong="a helper inside takes the name workload away from fn's arguments" exercise="stopwatch" loses="stopwatch_result"
def stopwatch(repeats, clock):
    def measure(workload, *args, **kwargs):
        start = clock()
        result = workload(*args, **kwargs)
        return result, clock() - start

    def decorator(fn):
        taken = np.zeros(repeats, dtype=np.int64)

        @wraps(fn)
        def wrapped(*args, **kwargs):
            for k in range(repeats):
                result, taken[k] = measure(fn, *args, **kwargs)
            return result

        wrapped.samples = lambda: taken.copy()
        return wrapped

    return decorator


# %% wrong="the same array object gets the answer of before, even when its numbers have changed" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    def __init__(self, path):
        self.session = ort.InferenceSession(path, one_thread, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name
        self.latest = self.answer = None

    def predict(self, x):
        if x is not self.latest:
            self.latest, self.answer = x, self.session.run(None, {self.name: x})[0]
        return self.answer


# %% wrong="default clock counts only the processor time of the process" exercise="time_calls" loses="time_calls_warmup"
def time_calls(fn, warmup, repeats, clock=time.process_time_ns):
    """Return how long each of `repeats` calls of fn() lasted, after the warm-up."""
    for _ in range(warmup):
        fn()
    samples = np.empty(repeats, dtype=np.int64)
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="the number of threads is set after the session was opened" exercise="predictor" loses="predictor_opens_once"
class Predictor:
    """A model that is opened once and answers many times."""

    def __init__(self, path):
        options = ort.SessionOptions()
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        options.intra_op_num_threads = 1
        self.name = self.session.get_inputs()[0].name

    def predict(self, x):
        return self.session.run(None, {self.name: x})[0]


# %% wrong="one buffer for each number of repeats, handed out again by the next call" exercise="time_calls" loses="time_calls_samples"
_buffers = {}


def time_calls(fn, warmup, repeats, clock=time.perf_counter_ns):
    """Return how long each of `repeats` calls of fn() lasted, after the warm-up."""
    if repeats not in _buffers:  # allocate outside the measurement, and only once
        _buffers[repeats] = np.zeros(repeats, dtype=np.int64)
    samples = _buffers[repeats]
    for _ in range(warmup):
        fn()
    for k in range(repeats):
        start = clock()
        fn()
        samples[k] = clock() - start
    return samples


# %% wrong="returns doubles" exercise="run_bound" loses="run_bound_result"
def run_bound(session, x):
    binding = session.io_binding()
    binding.bind_cpu_input(session.get_inputs()[0].name, x)
    binding.bind_output(session.get_outputs()[0].name)
    session.run_with_iobinding(binding)
    return binding.copy_outputs_to_cpu()[0].astype(float)


# %% right="binds whatever ends there are" exercise="run_bound"
def run_bound(session, x):
    binding = session.io_binding()
    for each in session.get_inputs():
        binding.bind_cpu_input(each.name, np.array(x, order="C"))
    for each in session.get_outputs():
        binding.bind_output(name=each.name, device_type="cpu")
    session.run_with_iobinding(iobinding=binding)
    binding.synchronize_outputs()
    first, *_ = binding.copy_outputs_to_cpu()
    return first
