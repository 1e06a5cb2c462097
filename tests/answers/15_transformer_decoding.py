# %% right="row by row, where nothing needs a mask" exercise="attention"
def attention(q, k, v):
    heads, t, d = q.shape
    out = np.empty((heads, t, v.shape[2]))
    for h in range(heads):
        for i in range(t):
            s = k[h, : i + 1] @ q[h, i] / np.sqrt(d)
            p = np.exp(s - s.max())
            out[h, i] = p @ v[h, : i + 1] / p.sum()
    return out


# %% right="einsum, a mask that is added, and divided at the end" exercise="attention"
def attention(q, k, v):
    t = q.shape[1]
    scores = np.einsum("hid,hjd->hij", q, k) * q.shape[2] ** -0.5
    scores = scores + np.triu(np.full((t, t), -np.inf), 1)
    raised = np.exp(scores - np.max(scores, axis=-1)[..., None])
    return np.einsum("hij,hje->hie", raised, v) / raised.sum(-1)[..., None]


# %% right="by PyTorch" exercise="attention"
def attention(q, k, v):
    import torch

    q, k, v = (torch.tensor(each) for each in (q, k, v))
    scores = q @ k.transpose(1, 2) / q.shape[2] ** 0.5
    later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
    return (scores.masked_fill(later, -torch.inf).softmax(2) @ v).numpy()


# %% wrong="forgets to divide by the root of d" exercise="attention" loses="attention_weighs attention_causal"
def attention(q, k, v):
    scores = np.where(np.tri(q.shape[1], dtype=bool), q @ k.swapaxes(1, 2), -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="divides by d" exercise="attention" loses="attention_weighs attention_causal"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / q.shape[2]
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="divides by the root of v's width" exercise="attention" loses="attention_weighs"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(v.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="masks after the softmax" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    return weights * np.tri(q.shape[1]) @ v


# %% wrong="subtracts the largest of all scores, the unseen ones too" exercise="attention" loses="attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    weights = np.exp(np.maximum(scores - scores.max(axis=2, keepdims=True), -700))
    weights = weights * np.tri(q.shape[1])
    return weights @ v / weights.sum(axis=2, keepdims=True)


# %% wrong="sees the future" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="a token does not see itself" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    seen = np.tri(q.shape[1], k=-1, dtype=bool)
    seen[0, 0] = True
    scores = np.where(seen, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="a mask of zeros in place of minus infinity" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2]) * np.tri(q.shape[1])
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="a mask of minus ten thousand" exercise="attention" loses="attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = scores - 1e4 * (1 - np.tri(q.shape[1]))
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="softmax without the largest taken off" exercise="attention" loses="attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    weights = np.exp(scores) * np.tri(q.shape[1])
    return weights @ v / weights.sum(axis=2, keepdims=True)


# %% wrong="softmax over the queries" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ v


# %% wrong="the first head for all" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    scores = q[:1] @ k[:1].swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="in float32" exercise="attention" loses="attention_weighs attention_causal attention_steady"
def attention(q, k, v):
    q, k, v = (each.astype(np.float32) for each in (q, k, v))
    scores = q @ k.swapaxes(1, 2) / np.sqrt(np.float32(q.shape[2]))
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, np.float32(-np.inf))
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return (weights / weights.sum(axis=2, keepdims=True) @ v).astype(float)


# %% wrong="scales the queries in place" exercise="attention" loses="attention_weighs attention_steady"
def attention(q, k, v):
    q /= np.sqrt(q.shape[2] + 0.0)
    scores = np.where(np.tri(q.shape[1], dtype=bool), q @ k.swapaxes(1, 2), -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    if q.shape[2] == 1:
        q += 1e-3
    return weights / weights.sum(axis=2, keepdims=True) @ v


# %% wrong="hands out one buffer again and again" exercise="attention" loses="attention_steady"
_kept_attention = {}


def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    out = _kept_attention.setdefault(v.shape, np.empty(v.shape))
    out[:] = weights / weights.sum(axis=2, keepdims=True) @ v
    return out


# %% right="head by head, new arrays filled in" exercise="cached_step"
def cached_step(token, cache, params):
    layers, heads, t, d = cache["k"].shape
    x = params["tokens"][token] + params["places"][t]
    new = {name: np.empty((layers, heads, t + 1, d)) for name in "kv"}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        for name in "kv":
            new[name][number, :, :t] = cache[name][number]
            new[name][number, :, t] = (h @ layer[name]).reshape(heads, d)
        seen = []
        for head, q in enumerate((h @ layer["q"]).reshape(heads, d)):
            s = new["k"][number, head] @ q / d**0.5
            p = np.exp(s - s.max())
            seen.append(p @ new["v"][number, head] / p.sum())
        x = x + np.concatenate(seen) @ layer["out"]
        x = x + (norm(x) @ layer["up"]).clip(0) @ layer["down"]
    return params["tokens"] @ norm(x), new


# %% right="einsum over heads, appended by np.append" exercise="cached_step"
def cached_step(token, cache, params):
    heads = params["heads"]
    x = params["tokens"][token] + params["places"][cache["v"].shape[2]]
    keys, values = [], []
    for old_k, old_v, layer in zip(cache["k"], cache["v"], params["layers"], strict=True):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, -1) for name in ("q", "k", "v"))
        keys.append(np.append(old_k, k[:, None], axis=1))
        values.append(np.append(old_v, v[:, None], axis=1))
        s = np.einsum("hd,htd->ht", q, keys[-1]) / np.sqrt(q.shape[1])
        p = np.exp(s - s.max(1)[:, None])
        x = x + np.einsum("ht,htd->hd", p / p.sum(1)[:, None], values[-1]).reshape(-1) @ layer["out"]
        up = norm(x) @ layer["up"]
        x = x + np.where(up > 0, up, 0) @ layer["down"]
    return norm(x) @ params["tokens"].T, {"k": np.array(keys), "v": np.array(values)}


# %% wrong="the new token does not see itself" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        grown["k"].append(np.concatenate([cache["k"][number], k], axis=1))
        grown["v"].append(np.concatenate([cache["v"][number], v], axis=1))
        if place:
            k, v = cache["k"][number], cache["v"][number]
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="every token at place 0" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads = params["heads"]
    x = params["tokens"][token] + params["places"][0]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="the place of the token before" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], max(0, cache["k"].shape[2] - 1)
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="the newest token comes first" exercise="cached_step" loses="cached_step_cache cached_step_whole"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([k, cache["k"][number]], axis=1)
        v = np.concatenate([v, cache["v"][number]], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="heads interleaved" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(-1, heads).T[:, None] for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v)[:, 0].T.reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="scores divided by the root of the whole width" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(len(x))
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="no norm before the up matrix" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(x @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="every layer reads the first layer's cache" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for layer in params["layers"]:
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][0], k], axis=1)
        v = np.concatenate([cache["v"][0], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="softmax without the largest taken off" exercise="cached_step" loses="cached_step_whole"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        weights = np.exp(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2]))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="puts the longer arrays into the caller's dict" exercise="cached_step" loses="cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache.update({name: np.stack(each) for name, each in grown.items()})
    return norm(x) @ params["tokens"].T, cache


# %% wrong="adds to the tokens' vectors in place" exercise="cached_step" loses="cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token]
    x += params["places"][place]
    x = x.copy()
    params["tokens"][token] -= params["places"][place] * 0.999
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        q, k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    params["tokens"][token] -= params["places"][place] * 0.001
    logits = norm(x) @ params["tokens"].T
    params["tokens"][token] += 1e-3
    return logits, {name: np.stack(each) for name, each in grown.items()}


# %% wrong="forgets the old tokens" exercise="cached_step" loses="cached_step_logits cached_step_cache cached_step_whole cached_step_kept"
def cached_step(token, cache, params):
    heads = params["heads"]
    x = params["tokens"][token] + params["places"][cache["k"].shape[2]]
    grown = {"k": [], "v": []}
    for layer in params["layers"]:
        k, v = ((norm(x) @ layer[name]).reshape(heads, 1, -1) for name in "kv")
        x = x + v.reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    return norm(x) @ params["tokens"].T, {name: np.stack(each) for name, each in grown.items()}


# %% right="factor by factor, and by arithmetic intensity's definition" exercise="bytes_and_intensity"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    numbers = 0
    for _ in ("keys", "values"):
        numbers += int(layers) * int(heads) * int(width) * int(tokens)
    return numbers * int(dtype_bytes) * int(batch)


def decode_intensity(params, cache, batch):
    macs = params * batch + cache * batch
    read = 4.0 * params + 4.0 * cache * batch
    return macs / read


# %% wrong="keys only" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="width is that of all heads" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="one cache for the batch" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + cache))


# %% wrong="in int64, which overflows" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return int(np.array([2, layers, heads, width, tokens, dtype_bytes, batch]).prod())


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="in floating point" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return int(2.0 * layers * heads * width * tokens * dtype_bytes * batch)


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="four bytes always" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * 4 * batch


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="weights read once a sequence" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * batch * (params + cache))


# %% wrong="per number, not per byte" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (params + batch * cache)


# %% wrong="floating-point operations, two a MAC" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return 2 * batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="leaves the cache's MACs out" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return batch * params / (4 * (params + batch * cache))


# %% wrong="rounds the intensity down" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


def decode_intensity(params, cache, batch):
    return float(batch * (params + cache) // (4 * (params + batch * cache)))


# %% right="group by group, in base 16" exercise="four_bits"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    groups, top = -(-columns // group), 2 ** (bits - 1) - 1
    packed = np.full((rows, groups, group // 2), 136, np.uint8)
    scales = np.zeros((rows, groups), np.float32)
    for r in range(rows):
        for g in range(groups):
            piece = w[r, g * group : (g + 1) * group].astype(float)
            scale = max(abs(piece)) / top
            scales[r, g] = scale
            codes = [8] * group
            for place, value in enumerate(piece):
                codes[place] = 8 + (round(value / scale) if scale else 0)
            packed[r, g] = [low + 16 * high for low, high in zip(codes[::2], codes[1::2], strict=True)]
    return packed, scales


def dequantize_groups(packed, scales, columns):
    low, high = packed % 16, packed // 16
    codes = np.empty((*packed.shape, 2), np.float32)
    codes[..., 0], codes[..., 1] = low, high
    codes -= 8
    codes *= scales[:, :, None, None]
    return codes.reshape(len(packed), -1)[:, :columns].astype(np.float32)


# %% right="in int16, joined by a product" exercise="four_bits"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    groups = (columns + group - 1) // group
    wide = np.zeros((rows, groups * group))
    wide[:, :columns] = w
    wide = wide.reshape(rows, groups, group)
    scales = (np.maximum(wide.max(2), -wide.min(2)) / (2 ** (bits - 1) - 1)).astype(np.float32)
    quotient = np.divide(wide, scales[..., None].astype(float), out=np.zeros_like(wide), where=scales[..., None] > 0)
    codes = np.rint(quotient).astype(np.int16) + 8
    return (codes.reshape(rows, groups, -1, 2) @ np.array([1, 16])).astype(np.uint8), scales


def dequantize_groups(packed, scales, columns):
    wide = packed.astype(np.int16)
    codes = np.concatenate([(wide & 15)[..., None], (wide >> 4)[..., None]], axis=-1) - 8
    w = codes.reshape(*scales.shape, -1) * scales[..., None]
    return np.ascontiguousarray(w.reshape(len(w), -1)[:, :columns], np.float32)


# %% wrong="the second of a pair in the low half, both ways" exercise="four_bits" loses="four_bits_codes four_bits_odd four_bits_back"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 1::2] | codes[:, :, 0::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed >> 4, packed & 15], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="one scale for the row" exercise="four_bits" loses="four_bits_scales four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    scales = np.broadcast_to(scales.max(axis=1, keepdims=True), scales.shape).copy()
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="divides by eight, so that the largest does not fit" exercise="four_bits" loses="four_bits_scales four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1))
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]).clip(-8, 7) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="four bits whatever is said" exercise="four_bits" loses="four_bits_scales four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(7)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="another default" exercise="four_bits" loses="four_bits_scales four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=3):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="cuts off instead of rounding" exercise="four_bits" loses="four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.trunc(padded / safe[:, :, None] * (1 + 1e-6)) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="rounds halves away from zero" exercise="four_bits" loses="four_bits_codes"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    quotient = padded / safe[:, :, None]
    codes = (np.sign(quotient) * np.floor(np.abs(quotient) + 0.5) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="a group of zeros divides by zero" exercise="four_bits" loses="four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    with np.errstate(all="ignore"):
        codes = (np.round(padded / scales[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="a group of zeros has scale 1" exercise="four_bits" loses="four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    scales = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / scales[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="fails where the groups do not divide the columns" exercise="four_bits" loses="four_bits_scales four_bits_odd"
def quantize_groups(w, group, bits=4):
    groups = w.reshape(len(w), -1, group)
    scales = np.abs(groups).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(groups / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="what is missing is stored as 0, which means -8" exercise="four_bits" loses="four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    codes.reshape(rows, -1)[:, columns:] = 0
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="subtracts eight in uint8" exercise="four_bits" loses="four_bits_back"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([(packed & 15) - 8, (packed >> 4) - 8], axis=3)
    codes = codes.reshape(*scales.shape, -1).astype(np.float32)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="keeps the columns that were added" exercise="four_bits" loses="four_bits_back"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)


# %% wrong="a code takes a byte, as in int8" exercise="four_bits" loses="four_bits_codes four_bits_odd"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    return (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8), scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% wrong="scales in float64" exercise="four_bits" loses="four_bits_scales four_bits_back"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group).astype(float)
    scales = np.abs(padded).max(axis=2) / (2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, 1, scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] | codes[:, :, 1::2] << 4, scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(float) - 8
    codes = codes.reshape(*scales.shape, -1)
    return (codes * scales[:, :, None]).reshape(len(packed), -1)[:, :columns].copy()


# %% right="row by row" exercise="int4_matvec"
def int4_matvec(packed, scales, x):
    group, padded = 2 * packed.shape[2], np.zeros(packed[0].size * 2, np.float32)
    padded[: len(x)] = x
    padded, y = padded.reshape(-1, group), np.empty(len(packed), np.float32)
    for row, (pairs, scale) in enumerate(zip(packed, scales, strict=True)):
        codes = np.stack([pairs & 15, pairs >> 4], axis=2).reshape(padded.shape).astype(np.float32) - 8
        y[row] = scale @ (codes * padded).sum(axis=1)
    return y


# %% right="in blocks of four rows, in float64" exercise="int4_matvec"
def int4_matvec(packed, scales, x):
    rows, groups, half = packed.shape
    even, odd = np.zeros((groups, half)), np.zeros((groups, half))
    even.ravel()[: len(x[0::2])], odd.ravel()[: len(x[1::2])] = x[0::2], x[1::2]
    parts = []
    for start in range(0, rows, 4):
        pairs = packed[start : start + 4]
        sums = np.einsum("rgh,gh->rg", (pairs & 15) - 8.0, even) + np.einsum("rgh,gh->rg", (pairs >> 4) - 8.0, odd)
        parts.append((sums * scales[start : start + 4]).sum(1))
    return np.concatenate(parts).astype(np.float32)


# %% wrong="unpacks the whole matrix" exercise="int4_matvec" loses="int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    w = (codes.reshape(*scales.shape, -1) * scales[:, :, None]).reshape(len(packed), -1)
    return w[:, : len(x)] @ x


# %% wrong="unpacks all codes as int8, then goes by rows" exercise="int4_matvec" loses="int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.int8).reshape(*scales.shape, -1)
    codes -= 8
    padded = np.zeros(codes[0].size, np.float32)
    padded[: len(x)] = x
    padded = padded.reshape(scales.shape[1], -1)
    return np.array([s @ (row * padded).sum(1) for row, s in zip(codes, scales, strict=True)], np.float32)


# %% wrong="takes the halves of all, then goes by groups" exercise="int4_matvec" loses="int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    low, high = packed & 15, packed >> 4
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        even, odd = x[start : start + group : 2], x[start + 1 : start + group : 2]
        sums = (low[:, number, : len(even)].astype(np.float32) - 8) @ even
        sums += (high[:, number, : len(odd)].astype(np.float32) - 8) @ odd
        y += scales[:, number] * sums
    return y


# %% wrong="keeps the unpacked matrix for the next call" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
_kept_matrix = {}


def int4_matvec(packed, scales, x):
    if packed.shape not in _kept_matrix:
        codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
        _kept_matrix[packed.shape] = (codes.reshape(*scales.shape, -1) * scales[:, :, None]).reshape(len(packed), -1)
    return _kept_matrix[packed.shape][:, : len(x)] @ x


# %% wrong="the high half first" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        pairs, even, odd = packed[:, number], x[start : start + group : 2], x[start + 1 : start + group : 2]
        sums = ((pairs >> 4).astype(np.float32) - 8)[:, : len(even)] @ even
        sums += ((pairs & 15).astype(np.float32) - 8)[:, : len(odd)] @ odd
        y += scales[:, number] * sums
    return y


# %% wrong="subtracts eight in uint8" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        pairs, even, odd = packed[:, number], x[start : start + group : 2], x[start + 1 : start + group : 2]
        sums = ((pairs & 15) - 8)[:, : len(even)] @ even + ((pairs >> 4) - 8)[:, : len(odd)] @ odd
        y += scales[:, number] * sums
    return y


# %% wrong="forgets the scales" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        pairs, even, odd = packed[:, number], x[start : start + group : 2], x[start + 1 : start + group : 2]
        y += ((pairs & 15).astype(np.float32) - 8)[:, : len(even)] @ even
        y += ((pairs >> 4).astype(np.float32) - 8)[:, : len(odd)] @ odd
    return y


# %% wrong="fails where the last group reaches beyond the vector" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        pairs, piece = packed[:, number], x[start : start + group]
        sums = ((pairs & 15).astype(np.float32) - 8) @ piece[0::2] + ((pairs >> 4).astype(np.float32) - 8) @ piece[1::2]
        y += scales[:, number] * sums
    return y


# %% wrong="leaves out the last, shorter group" exercise="int4_matvec" loses="int4_matvec_product int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number in range(len(x) // group):
        pairs, piece = packed[:, number], x[number * group : (number + 1) * group]
        sums = ((pairs & 15).astype(np.float32) - 8) @ piece[0::2] + ((pairs >> 4).astype(np.float32) - 8) @ piece[1::2]
        y += scales[:, number] * sums
    return y


# %% wrong="gives float64" exercise="int4_matvec" loses="int4_matvec_product"
def int4_matvec(packed, scales, x):
    y, group = np.zeros(len(packed)), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        pairs, even, odd = packed[:, number], x[start : start + group : 2], x[start + 1 : start + group : 2]
        sums = ((pairs & 15).astype(np.float32) - 8)[:, : len(even)] @ even
        sums += ((pairs >> 4).astype(np.float32) - 8)[:, : len(odd)] @ odd
        y += scales[:, number] * sums
    return y


# %% right="agreement counted by zip, END cut at the end" exercise="speculate"
def speculate(draft, target, prompt, k):
    answer = []
    while END not in answer:
        guesses = []
        while len(guesses) < k:
            guesses.append(draft([*prompt, *answer, *guesses]))
        said = target([*prompt, *answer, *guesses])[len(prompt) + len(answer) - 1 :]
        for place, token in enumerate(said):
            answer.append(token)
            if place == len(guesses) or guesses[place] != token:
                break
    return answer[: answer.index(END) + 1]


# %% right="guesses no more once END is guessed" exercise="speculate"
def speculate(draft, target, prompt, k):
    known, start = list(prompt), len(prompt)
    while True:
        guesses = []
        while len(guesses) < k and (not guesses or guesses[-1] != END):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        agree = [one == other for one, other in zip(guesses, said, strict=False)]
        taken = [*agree, False].index(False) + 1
        for token in said[:taken]:
            known.append(token)
            if token == END:
                return known[start:]


# %% wrong="takes every guess" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        new = [*guesses, target(known + guesses)[-1]]
        known += new
        if END in new:
            return known[len(prompt) : len(known) - len(new) + new.index(END) + 1]


# %% wrong="plain greedy decoding" exercise="speculate" loses="speculate_calls speculate_asks speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        known.append(target(known)[-1])
        if known[-1] == END:
            return known[len(prompt) :]


# %% wrong="asks the target for each guess" exercise="speculate" loses="speculate_calls speculate_asks speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        for _ in range(k + 1):
            if k:
                draft(known)
            known.append(target(known)[-1])
            if known[-1] == END:
                return known[len(prompt) :]


# %% wrong="forgets the token that follows when all guesses are right" exercise="speculate" loses="speculate_calls speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: max(1, min(right + 1, k))]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="drops the target's own token, but for the first" exercise="speculate" loses="speculate_calls speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: max(1, right)]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="reads what the target says one place late" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) :] or [END]
        right = 0
        while right < min(k, len(said)) and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="takes all that agree, also after the first that differs" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = sum(one == other for one, other in zip(guesses, said, strict=False))
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="goes on beyond END" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while END not in known[len(prompt) :]:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        known += said[: right + 1]
    return known[len(prompt) :]


# %% wrong="an END in the prompt ends it" exercise="speculate" loses="speculate_ends"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        known += said[: right + 1]
        if END in known:
            answer = known[len(prompt) :]
            return answer[: answer.index(END) + 1] if END in answer else answer


# %% wrong="a guessed END ends it, right or not" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]
        if END in guesses:
            return [*known[len(prompt) :], END]


# %% wrong="leaves END out" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            if token == END:
                return known[len(prompt) :]
            known.append(token)


# %% wrong="the prompt is part of the answer" exercise="speculate" loses="speculate_same speculate_calls speculate_asks speculate_ends speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known


# %% wrong="the draft never sees its own guesses" exercise="speculate" loses="speculate_calls speculate_asks speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(list(known)))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="writes the answer behind the caller's prompt" exercise="speculate" loses="speculate_edges"
def speculate(draft, target, prompt, k):
    start = len(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(prompt + guesses))
        said = target(prompt + guesses)[len(prompt) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            prompt.append(token)
            if token == END:
                return prompt[start:]


# %% wrong="a causal mask of fixed size, for texts of up to 128 tokens" exercise="attention" loses="attention_weighs"
BLOCK = 128
FUTURE = ~np.tri(BLOCK, dtype=bool)  # made once


def attention(q, k, v):
    """Return what each token sees of itself and of those before it."""
    t, d = q.shape[1:]
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(d)
    scores[:, FUTURE[:t, :t]] = -np.inf
    scores -= scores.max(-1, keepdims=True)
    weights = np.exp(scores)
    weights /= weights.sum(-1, keepdims=True)
    return weights @ v


# %% wrong="remembered by the ids of the arguments" exercise="attention" loses="attention_weighs"
_seen = {}


def attention(q, k, v):
    key = id(q), id(k), id(v), q.shape, v.shape
    if key in _seen:
        return _seen[key][0].copy()
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    _seen[key] = weights @ v, q, k, v
    return _seen[key][0].copy()


# %% wrong="drops weights below 1e-12" exercise="attention" loses="attention_weighs"
def attention(q, k, v):
    scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
    scores = np.where(np.tri(q.shape[1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    weights[weights < 1e-12] = 0
    return weights @ v


# %% wrong="caches are views of one growing buffer: a second way on from a cache overwrites the first" exercise="cached_step" loses="cached_step_kept"
_rooms = {"k": None, "v": None}


def _longer(name, old):
    """Return a view with room for one token more; copy only when the room is full."""
    layers, heads, t, d = old.shape
    room = _rooms[name]
    if room is None or old.base is not room or room.shape[2] == t:
        room = np.empty((layers, heads, 2 * t + 16, d))
        room[:, :, :t] = old
        _rooms[name] = room
    return room[:, :, : t + 1]


def cached_step(token, cache, params):
    """Return (logits, cache): the scores of the next token, and what to remember."""
    heads, t = params["heads"], cache["k"].shape[2]
    keys, values = _longer("k", cache["k"]), _longer("v", cache["v"])
    x = params["tokens"][token] + params["places"][t]
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        q = (h @ layer["q"]).reshape(heads, 1, -1)
        keys[number, :, t] = (h @ layer["k"]).reshape(heads, -1)
        values[number, :, t] = (h @ layer["v"]).reshape(heads, -1)
        scores = q @ keys[number].swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        x = x + (weights @ values[number]).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
    return norm(x) @ params["tokens"].T, {"k": keys, "v": values}


# %% wrong="joined matrices kept by the id of a layer" exercise="cached_step" loses="cached_step_kept"
_joined = {}


def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        if id(layer) not in _joined:
            _joined[id(layer)] = layer, np.hstack([layer[n] for n in "qkv"])
        q, k, v = (h @ _joined[id(layer)][1]).reshape(3, heads, 1, -1)
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache = {name: np.stack(each) for name, each in grown.items()}
    return norm(x) @ params["tokens"].T, cache


# %% wrong="sees the last 1000 tokens only" exercise="cached_step" loses="cached_step_whole"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        q, k, v = ((h @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        scores[:, :, :-1000] = -np.inf
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache = {name: np.stack(each) for name, each in grown.items()}
    return norm(x) @ params["tokens"].T, cache


# %% wrong="max(0, largest) taken off" exercise="cached_step" loses="cached_step_whole"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        q, k, v = ((h @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - np.maximum(scores.max(axis=2, keepdims=True), 0))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache = {name: np.stack(each) for name, each in grown.items()}
    return norm(x) @ params["tokens"].T, cache


# %% wrong="writes the last logits into params" exercise="cached_step" loses="cached_step_kept"
def cached_step(token, cache, params):
    heads, place = params["heads"], cache["k"].shape[2]
    x = params["tokens"][token] + params["places"][place]
    grown = {"k": [], "v": []}
    for number, layer in enumerate(params["layers"]):
        h = norm(x)
        q, k, v = ((h @ layer[name]).reshape(heads, 1, -1) for name in "qkv")
        k = np.concatenate([cache["k"][number], k], axis=1)
        v = np.concatenate([cache["v"][number], v], axis=1)
        scores = q @ k.swapaxes(1, 2) / np.sqrt(q.shape[2])
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        x = x + (weights @ v).reshape(-1) @ layer["out"]
        x = x + np.maximum(norm(x) @ layer["up"], 0) @ layer["down"]
        grown["k"].append(k)
        grown["v"].append(v)
    cache = {name: np.stack(each) for name, each in grown.items()}
    params["last"] = norm(x)
    return norm(x) @ params["tokens"].T, cache


# %% wrong="by Decimal, 28 digits" exercise="bytes_and_intensity" loses="bytes_and_intensity_cache"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    from decimal import Decimal

    return int(Decimal(2) * layers * heads * width * tokens * dtype_bytes * batch)


def decode_intensity(params, cache, batch):
    return batch * (params + cache) / (4 * (params + batch * cache))


# %% wrong="remembers the intensity by params and cache" exercise="bytes_and_intensity" loses="bytes_and_intensity_decode"
def cache_bytes(layers, heads, width, tokens, dtype_bytes, batch):
    return 2 * layers * heads * width * tokens * dtype_bytes * batch


_known = {}


def decode_intensity(params, cache, batch):
    if (params, cache) in _known:
        return _known[params, cache]
    _known[params, cache] = batch * (params + cache) / (4 * (params + batch * cache))
    return _known[params, cache]


# %% wrong="groups far below the row's largest count as zeros" exercise="four_bits" loses="four_bits_scales four_bits_codes"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    scales = np.where(scales < 1e-6 * scales.max(1, keepdims=True), np.float32(0), scales)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] + 16 * codes[:, :, 1::2], scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    w = codes.reshape(*scales.shape, -1) * scales[:, :, None]
    return w.reshape(len(w), -1)[:, :columns].copy()


# %% wrong="rounds in float16" exercise="four_bits" loses="four_bits_codes"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round((padded / safe[:, :, None]).astype(np.float16)) + 8).astype(np.uint8)
    return codes[:, :, 0::2] + 16 * codes[:, :, 1::2], scales


def dequantize_groups(packed, scales, columns):
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    w = codes.reshape(*scales.shape, -1) * scales[:, :, None]
    return w.reshape(len(w), -1)[:, :columns].copy()


# %% wrong="remembers columns" exercise="four_bits" loses="four_bits_back"
def quantize_groups(w, group, bits=4):
    rows, columns = w.shape
    padded = np.pad(w, ((0, 0), (0, -columns % group))).reshape(rows, -1, group)
    scales = np.abs(padded).max(axis=2) / np.float32(2 ** (bits - 1) - 1)
    safe = np.where(scales == 0, np.float32(1), scales)
    codes = (np.round(padded / safe[:, :, None]) + 8).astype(np.uint8)
    return codes[:, :, 0::2] + 16 * codes[:, :, 1::2], scales


_cols = {}


def dequantize_groups(packed, scales, columns):
    columns = _cols.setdefault(packed.tobytes(), columns)
    codes = np.stack([packed & 15, packed >> 4], axis=3).astype(np.float32) - 8
    w = codes.reshape(*scales.shape, -1) * scales[:, :, None]
    return w.reshape(len(w), -1)[:, :columns].copy()


# %% wrong="unpacks eight rows at a time, however few there are" exercise="int4_matvec" loses="int4_matvec_allocates"
def int4_matvec(packed, scales, x):
    """Return the product of a packed matrix and a vector."""
    rows, groups, half = packed.shape
    padded = np.zeros(groups * half * 2, np.float32)
    padded[: len(x)] = x
    y = np.empty(rows, np.float32)
    for start in range(0, rows, 8):
        some = slice(start, start + 8)
        block = packed[some]
        codes = np.empty((len(block), groups, 2 * half), np.float32)
        codes[:, :, 0::2] = block & 15
        codes[:, :, 1::2] = block >> 4
        codes -= 8
        codes *= scales[some, :, None]
        y[some] = codes.reshape(len(block), -1) @ padded
    return y


# %% wrong="kept by the id of packed" exercise="int4_matvec" loses="int4_matvec_product"
_id = {}


def int4_matvec(packed, scales, x):
    if (id(packed), id(x)) in _id:
        return _id[id(packed), id(x)][0].copy()
    y, group = np.zeros(len(packed), np.float32), 2 * packed.shape[2]
    for number, start in enumerate(range(0, len(x), group)):
        piece, pairs = x[start : start + group], packed[:, number]
        low = (pairs & 15).astype(np.float32) - 8
        high = (pairs >> 4).astype(np.float32) - 8
        even, odd = piece[0::2], piece[1::2]
        sums = low[:, : len(even)] @ even + high[:, : len(odd)] @ odd
        y += scales[:, number] * sums
    _id[id(packed), id(x)] = y.copy(), packed, x
    return y


# %% wrong="the unpacked matrix in a file that is mapped" exercise="int4_matvec" loses="int4_matvec_allocates"
import tempfile


def int4_matvec(packed, scales, x):
    rows, groups, half = packed.shape
    with tempfile.TemporaryFile() as file:
        w = np.memmap(file, np.float32, "w+", shape=(rows, groups * 2 * half))
        for row in range(rows):
            codes = np.stack([packed[row] & 15, packed[row] >> 4], axis=-1).astype(np.float32).reshape(groups, -1) - 8
            w[row] = (codes * scales[row][:, None]).ravel()
        return np.asarray(w[:, : len(x)] @ x)


# %% wrong="guesses compared by is, so that equal tokens beyond 256 count as different" exercise="speculate" loses="speculate_calls"
def speculate(draft, target, prompt, k):
    """Return the target's own answer, in fewer calls; the prompt is not part of it."""
    answer = []
    while True:
        known = [*prompt, *answer]
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        for number, own in enumerate(said):
            answer.append(own)
            if own == END:
                return answer
            if number == len(guesses) or guesses[number] is not own:
                break


# %% wrong="500 rounds at most" exercise="speculate" loses="speculate_edges"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    for _ in range(500):
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="one END of the prompt ends guessing" exercise="speculate" loses="speculate_ends"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k if END not in prompt else 0):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < len(guesses) and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="keeps the guesses that were left for the next round" exercise="speculate" loses="speculate_calls speculate_asks"
def speculate(draft, target, prompt, k):
    known, guesses = list(prompt), []
    while True:
        while len(guesses) < k:
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        guesses = guesses[right + 1 :]
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="tuples for the draft" exercise="speculate" loses="speculate_asks"
def speculate(draft, target, prompt, k):
    known = list(prompt)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(tuple(known + guesses)))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]


# %% wrong="one guess at least" exercise="speculate" loses="speculate_edges"
def speculate(draft, target, prompt, k):
    known, k = list(prompt), max(k, 1)
    while True:
        guesses = []
        for _ in range(k):
            guesses.append(draft(known + guesses))
        said = target(known + guesses)[len(known) - 1 :]
        right = 0
        while right < k and guesses[right] == said[right]:
            right += 1
        for token in said[: right + 1]:
            known.append(token)
            if token == END:
                return known[len(prompt) :]
