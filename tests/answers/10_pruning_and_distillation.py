# %% right="value by value, in Python" exercise="magnitude_mask"
def magnitude_mask(w, sparsity):
    flat = [abs(each) for each in w.ravel().tolist()]
    off = set(sorted(range(len(flat)), key=lambda k: flat[k])[: round(len(flat) * sparsity)])
    return np.array([k not in off for k in range(len(flat))]).reshape(w.shape)


# %% right="by rank, ties broken by place" exercise="magnitude_mask"
def magnitude_mask(w, sparsity):
    flat = np.abs(np.asarray(w, np.float64)).ravel()
    order = np.lexsort((np.arange(flat.size), flat))
    rank = np.empty(flat.size, int)
    rank[order] = np.arange(flat.size)
    return (rank >= round(sparsity * flat.size)).reshape(w.shape)


# %% right="in PyTorch" exercise="magnitude_mask"
def magnitude_mask(w, sparsity):
    order = torch.from_numpy(w.copy()).abs().flatten().sort(stable=True).indices
    mask = torch.ones(w.size, dtype=torch.bool)
    mask[order[: round(sparsity * w.size)]] = False
    return mask.reshape(w.shape).numpy()


# %% wrong="sorts signed values" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(w, axis=None, kind="stable")[: round(sparsity * w.size)]] = False
    return mask.reshape(w.shape)


# %% wrong="marks what is off" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.zeros(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = True
    return mask.reshape(w.shape)


# %% wrong="a threshold that takes all equal weights" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    count = round(sparsity * w.size)
    if count == 0:
        return np.ones(w.shape, bool)
    return np.abs(w) > np.sort(np.abs(w), axis=None)[count - 1]


# %% wrong="a threshold that takes none of the equal weights" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    count = round(sparsity * w.size)
    if count == w.size:
        return np.zeros(w.shape, bool)
    return np.abs(w) >= np.sort(np.abs(w), axis=None)[count]


# %% wrong="a quantile" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    return np.abs(w) > np.quantile(np.abs(w), sparsity)


# %% wrong="cuts the count off" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: int(sparsity * w.size + 1e-9)]] = False
    return mask.reshape(w.shape)


# %% wrong="rounds halves up" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: int(sparsity * w.size + 0.5)]] = False
    return mask.reshape(w.shape)


# %% wrong="an unstable sort" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None)[: round(sparsity * w.size)]] = False
    return mask.reshape(w.shape)


# %% wrong="the later of two equals first" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    flat = np.abs(w).ravel()
    mask = np.zeros(w.size, bool)
    mask[np.argsort(-flat, kind="stable")[: w.size - round(sparsity * w.size)]] = True
    return mask.reshape(w.shape)


# %% wrong="squares, which are all 0 for small weights" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(w**2, axis=None, kind="stable")[: round(sparsity * w.size)]] = False
    return mask.reshape(w.shape)


# %% wrong="in float32" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w).astype(np.float32), axis=None, kind="stable")[: round(sparsity * w.size)]] = False
    return mask.reshape(w.shape)


# %% wrong="leaves the mask flat" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = False
    return mask


# %% wrong="a mask of floats" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = 0
    return mask.reshape(w.shape)


# %% wrong="prunes the array itself" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = False
    mask = mask.reshape(w.shape)
    w *= mask
    return mask


# %% wrong="sparsity is what stays" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    mask = np.ones(w.size, bool)
    mask[np.argsort(np.abs(w), axis=None, kind="stable")[: w.size - round(sparsity * w.size)]] = False
    return mask.reshape(w.shape)


# %% wrong="row by row" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    rows = np.abs(w).reshape(w.shape[0], -1)
    off = np.argsort(rows, axis=1, kind="stable")[:, : round(sparsity * rows.shape[1])]
    mask = np.ones(rows.shape, bool)
    np.put_along_axis(mask, off, False, axis=1)
    return mask.reshape(w.shape)


# %% wrong="keeps the mask by shape and sparsity" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
_masks = {}


def magnitude_mask(w, sparsity):
    if (w.shape, sparsity) not in _masks:
        mask = np.ones(w.size, bool)
        mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = False
        _masks[w.shape, sparsity] = mask.reshape(w.shape)
    return _masks[w.shape, sparsity]


# %% right="number by number, in Python" exercise="global_masks"
def global_masks(weights, sparsity):
    all_of_them = [(abs(v), a, k) for a, w in enumerate(weights.values()) for k, v in enumerate(w.ravel().tolist())]
    off = {(a, k) for _, a, k in sorted(all_of_them)[: round(sparsity * len(all_of_them))]}
    return {
        name: np.array([(a, k) not in off for k in range(w.size)]).reshape(w.shape)
        for a, (name, w) in enumerate(weights.items())
    }


# %% right="in PyTorch, filled slice by slice" exercise="global_masks"
def global_masks(weights, sparsity):
    row = torch.cat([torch.from_numpy(w.astype(np.float64)).abs().flatten() for w in weights.values()])
    mask = np.ones(len(row), dtype=bool)
    mask[row.sort(stable=True).indices[: round(sparsity * len(row))].numpy()] = False
    masks, start = {}, 0
    for name, w in weights.items():
        masks[name] = mask[start : start + w.size].reshape(w.shape)
        start += w.size
    return masks


# %% wrong="the same share of each" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    masks = {}
    for name, w in weights.items():
        mask = np.ones(w.size, bool)
        mask[np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]] = False
        masks[name] = mask.reshape(w.shape)
    return masks


# %% wrong="a threshold that takes all equal weights" exercise="global_masks" loses="global_masks_ties"
def global_masks(weights, sparsity):
    row = np.sort(np.concatenate([np.abs(w).ravel() for w in weights.values()]))
    count = round(sparsity * len(row))
    threshold = row[count - 1] if count else -1
    return {name: np.abs(w) > threshold for name, w in weights.items()}


# %% wrong="a threshold that takes none of the equal weights" exercise="global_masks" loses="global_masks_ties"
def global_masks(weights, sparsity):
    row = np.sort(np.concatenate([np.abs(w).ravel() for w in weights.values()]))
    count = round(sparsity * len(row))
    threshold = row[count] if count < len(row) else np.inf
    return {name: np.abs(w) >= threshold for name, w in weights.items()}


# %% wrong="in the order of the names" exercise="global_masks" loses="global_masks_ties"
def global_masks(weights, sparsity):
    weights = dict(sorted(weights.items()))
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="signed values" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([w.ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="each array over its own largest" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([(np.abs(w) / max(np.abs(w).max(), 1e-38)).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="counts array by array" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    count = sum(round(sparsity * w.size) for w in weights.values())
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[:count]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="leaves the masks flat" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return dict(zip(weights, parts))


# %% wrong="an unstable sort" exercise="global_masks" loses="global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row)[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="returns pruned weights" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) * w for (name, w), part in zip(weights.items(), parts)}


# %% wrong="in float32" exercise="global_masks" loses="global_masks_one_threshold global_masks_ties"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel().astype(np.float32) for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    return {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}


# %% wrong="prunes the arrays themselves" exercise="global_masks" loses="global_masks_one_threshold"
def global_masks(weights, sparsity):
    row = np.concatenate([np.abs(w).ravel() for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    parts = np.split(mask, np.cumsum([w.size for w in weights.values()])[:-1])
    masks = {name: part.reshape(w.shape) for (name, w), part in zip(weights.items(), parts)}
    for name, w in weights.items():
        w *= masks[name]
    return masks


# %% right="gradients masked instead of weights" exercise="fine_tune"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model)
    model.train()
    named = dict(model.named_parameters())
    gone = {name: torch.as_tensor(~mask) for name, mask in masks.items()}
    with torch.no_grad():
        for name, off in gone.items():
            named[name].masked_fill_(off, 0.0)
    adam = torch.optim.Adam(named.values(), lr=lr, weight_decay=1e-4)
    for x, y in batches:
        loss = -model(x).log_softmax(1)[torch.arange(len(y)), y].mean()
        adam.zero_grad()
        loss.backward()
        for name, off in gone.items():
            named[name].grad.masked_fill_(off, 0.0)
        adam.step()
    model.eval()
    return model


# %% right="times the mask, with a hook on the optimizer" exercise="fine_tune"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=1e-4)

    @torch.no_grad()
    def clear(*_):
        for name, parameter in model.named_parameters():
            if name in masks:
                parameter.mul_(torch.tensor(masks[name], dtype=parameter.dtype))

    optimizer.register_step_post_hook(clear)
    clear()
    for images, labels in batches:
        optimizer.zero_grad(set_to_none=False)
        nn.CrossEntropyLoss()(model(images), labels).backward()
        optimizer.step()
    return model.eval()


# %% wrong="clears once, before the first batch" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    for name, mask in masks.items():
        model.get_parameter(name).data[torch.from_numpy(~mask)] = 0
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return model.eval()


# %% wrong="clears at the end alone" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    for name, mask in masks.items():
        model.get_parameter(name).data[torch.from_numpy(~mask)] = 0
    return model.eval()


# %% wrong="clears after each step, not before the first" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0
    return model.eval()


# %% wrong="clears before each batch, not after the last" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    for images, labels in batches:
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return model.eval()


# %% wrong="masks gradients and never clears" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        for name, mask in masks.items():
            model.get_parameter(name).grad[torch.from_numpy(~mask)] = 0
        optimizer.step()
    return model.eval()


# %% wrong="trains the model itself" exercise="fine_tune" loses="fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="forgets weight decay" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="AdamW, whose decay is another" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="gradients add up over batches" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="trains in eval mode" exercise="fine_tune" loses="fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).eval()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model


# %% wrong="leaves it in train mode" exercise="fine_tune" loses="fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model


# %% wrong="trains what has a mask alone" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    masked = [model.get_parameter(name) for name in masks]
    optimizer = torch.optim.Adam(masked or [torch.zeros(1)], lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="keeps what is off" exercise="fine_tune" loses="fine_tune_stays_zero fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(mask)] = 0

    clear()
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="a new optimizer for each batch" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% wrong="takes the first batch last" exercise="fine_tune" loses="fine_tune_trains fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.Adam(model.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            model.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches[1:] + batches[:1]:
        optimizer.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
        clear()
    return model.eval()


# %% right="new modules, filled from the old" exercise="cut_channels"
def cut_channels(first, norm, second, keep):
    def conv(old, inputs, outputs):
        return nn.Conv2d(
            *(inputs, outputs, old.kernel_size, old.stride, old.padding, old.dilation),
            bias=old.bias is not None,
            padding_mode=old.padding_mode,
        ).train(old.training)

    n, keep = len(keep), torch.tensor(keep)
    small = (
        conv(first, first.in_channels, n),
        nn.BatchNorm2d(n, norm.eps, norm.momentum),
        conv(second, n, second.out_channels),
    )
    small[0].load_state_dict({name: value[keep] for name, value in first.state_dict().items()})
    small[1].load_state_dict({name: value[keep] if value.ndim else value for name, value in norm.state_dict().items()})
    small[2].load_state_dict(
        {name: value[:, keep] if value.ndim == 4 else value for name, value in second.state_dict().items()}
    )
    small[1].train(norm.training)
    return small


# %% right="copies, channel by channel" exercise="cut_channels"
def cut_channels(first, norm, second, keep):
    first, norm, second = [copy.deepcopy(each) for each in (first, norm, second)]
    first.weight = nn.Parameter(torch.stack([first.weight.data[k] for k in keep]))
    if first.bias is not None:
        first.bias = nn.Parameter(torch.stack([first.bias.data[k] for k in keep]))
    norm.weight = nn.Parameter(norm.weight.data[keep])
    norm.bias = nn.Parameter(norm.bias.data[keep])
    norm.running_mean = norm.running_mean.index_select(0, torch.tensor(keep))
    norm.running_var = norm.running_var.index_select(0, torch.tensor(keep))
    second.weight = nn.Parameter(torch.stack([second.weight.data[:, k] for k in keep], dim=1))
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="forgets the running statistics" exercise="cut_channels" loses="cut_channels_kept cut_channels_together"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters()]:
            setattr(module, name, nn.Parameter(old.detach()[keep]))
    norm.running_mean, norm.running_var = norm.running_mean[: len(keep)], norm.running_var[: len(keep)]
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="a new norm without what the old one learned" exercise="cut_channels" loses="cut_channels_kept cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, second = copy.deepcopy((first, second))
    for name, old in [*first.named_parameters()]:
        setattr(first, name, nn.Parameter(old.detach()[keep]))
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = second.in_channels = len(keep)
    return first, nn.BatchNorm2d(len(keep)).eval(), second


# %% wrong="cuts outputs of the second, too" exercise="cut_channels" loses="cut_channels_kept cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="sorts keep" exercise="cut_channels" loses="cut_channels_kept"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    keep = sorted(keep)
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="sorts the list it was given" exercise="cut_channels" loses="cut_channels_kept"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    wanted = list(keep)
    keep.sort()
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[wanted]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, wanted])
    first.out_channels = norm.num_features = second.in_channels = len(wanted)
    return first, norm, second


# %% wrong="a mask of channels, in ascending order" exercise="cut_channels" loses="cut_channels_kept"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    mask = torch.zeros(first.out_channels, dtype=torch.bool)
    mask[keep] = True
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[mask]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, mask])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="cuts the originals" exercise="cut_channels" loses="cut_channels_kept cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="sets the originals' other filters to 0, too" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    small = copy.deepcopy((first, norm, second))
    for module in small[:2]:
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    small[2].weight = nn.Parameter(small[2].weight.detach()[:, keep])
    small[0].out_channels = small[1].num_features = small[2].in_channels = len(keep)
    others = [k for k in range(first.out_channels) if k not in keep]
    first.weight.data[others] = 0
    return small


# %% wrong="drops the second convolution's bias" exercise="cut_channels" loses="cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    second.bias = None
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="new convolutions without the old settings" exercise="cut_channels" loses="cut_channels_kept cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    n = len(keep)
    small = nn.Conv2d(first.in_channels, n, 3), nn.BatchNorm2d(n), nn.Conv2d(n, second.out_channels, 3)
    small[0].weight = nn.Parameter(first.weight.data[keep])
    small[2].weight = nn.Parameter(second.weight.data[:, keep])
    if first.bias is not None:
        small[0].bias = nn.Parameter(first.bias.data[keep])
        small[2].bias = nn.Parameter(second.bias.data)
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(small[1], name).data = getattr(norm, name).data[keep]
    return [each.eval() for each in small]


# %% wrong="new convolutions always have biases" exercise="cut_channels" loses="cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    def conv(old, inputs, outputs):
        settings = old.kernel_size, old.stride, old.padding, old.dilation
        return nn.Conv2d(inputs, outputs, *settings, padding_mode=old.padding_mode).train(old.training)

    n = len(keep)
    small = conv(first, first.in_channels, n), copy.deepcopy(norm), conv(second, n, second.out_channels)
    small[0].weight.data = first.weight.data[keep]
    small[0].bias.data = torch.zeros(n) if first.bias is None else first.bias.data[keep]
    small[2].weight.data = second.weight.data[:, keep]
    if second.bias is not None:
        small[2].bias.data = second.bias.data
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(small[1], name).data = getattr(norm, name).data[keep]
    small[1].num_features = n
    return small


# %% wrong="forgets eps and momentum" exercise="cut_channels" loses="cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, second = copy.deepcopy((first, second))
    for name, old in [*first.named_parameters()]:
        setattr(first, name, nn.Parameter(old.detach()[keep]))
    small = nn.BatchNorm2d(len(keep)).train(norm.training)
    small.load_state_dict({name: v[keep] if v.ndim else v for name, v in norm.state_dict().items()})
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = second.in_channels = len(keep)
    return first, small, second


# %% wrong="puts everything in eval mode" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first.eval(), norm.eval(), second.eval()


# %% wrong="leaves the numbers of channels" exercise="cut_channels" loses="cut_channels_kept"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    return first, norm, second


# %% wrong="only sets the others to 0" exercise="cut_channels" loses="cut_channels_kept cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    others = [k for k in range(first.out_channels) if k not in keep]
    norm.weight.data[others] = 0
    norm.bias.data[others] = 0
    return first, norm, second


# %% wrong="cuts what keep names" exercise="cut_channels" loses="cut_channels_kept cut_channels_together"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    keep = [k for k in range(first.out_channels) if k not in keep]
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% right="SciPy's own arrays, bits packed" exercise="stored_bytes"
def stored_bytes(w, form):
    from scipy.sparse import csr_array

    if form == "dense":
        return w.astype(np.float32).nbytes
    if form == "bitmask":
        return np.packbits((w != 0).ravel()).nbytes + w[w != 0].astype(np.float32).nbytes
    if form != "csr":
        raise ValueError(form)
    made = csr_array(w)
    made.eliminate_zeros()
    return made.data.nbytes + made.indices.astype(np.int32).nbytes + made.indptr.astype(np.int32).nbytes


def smallest_form(w):
    best = "dense"
    for form in ("bitmask", "csr"):
        if stored_bytes(w, form) < stored_bytes(w, best):
            best = form
    return best


# %% right="a dict of forms" exercise="stored_bytes"
def _all_forms(w):
    rows, columns = w.shape
    nonzero = np.sum(np.abs(w) > 0)
    return {
        "dense": rows * columns * 4,
        "bitmask": (rows * columns + 7) // 8 + 4 * nonzero,
        "csr": 4 * (2 * nonzero + rows + 1),
    }


def stored_bytes(w, form):
    found = _all_forms(w)
    if form not in found:
        raise ValueError(f"{form} is none of {list(found)}")
    return found[form]


def smallest_form(w):
    found = _all_forms(w)
    return sorted(found, key=found.get)[0]


# %% wrong="counts numbers, not bytes" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return w.size
    if form == "bitmask":
        return -(-w.size // 8) + nonzero
    if form == "csr":
        return 2 * nonzero + len(w) + 1
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="a beginning for each row, and no end" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * len(w)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="rounds the bits down" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return w.size // 8 + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="whole bytes for each row of bits" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return len(w) * -(-w.shape[1] // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="a bool takes a byte" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return w.size + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="beginnings of columns" exercise="stored_bytes" loses="stored_bytes_of_each_form stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (w.shape[1] + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="positive numbers alone" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int((w > 0).sum())
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="small numbers are zeros" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int((~np.isclose(w, 0)).sum())
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="takes every other form for csr" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    return 8 * nonzero + 4 * (len(w) + 1)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="a float for the bits" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return np.ceil(w.size / 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="of equals the last in the table" exercise="stored_bytes" loses="stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    return min(("csr", "bitmask", "dense"), key=lambda form: stored_bytes(w, form))


# %% wrong="by sparsity alone" exercise="stored_bytes" loses="stored_bytes_smallest_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    share = np.mean(w == 0)
    return "dense" if share < 1 / 32 else "bitmask" if share < 31 / 32 else "csr"


# %% right="loops over groups" exercise="two_of_four"
def two_of_four(w):
    mask = np.ones(w.shape, dtype=bool)
    for place in np.ndindex(*w.shape[:-1]):
        row = w[place].tolist()
        for start in range(0, len(row), 4):
            for k in sorted(range(start, start + 4), key=lambda k: abs(row[k]))[:2]:
                mask[(*place, k)] = False
    return mask


# %% right="by rank" exercise="two_of_four"
def two_of_four(w):
    groups = np.abs(w).astype(np.float64).reshape(*w.shape[:-1], w.shape[-1] // 4, 4)
    rank = np.argsort(np.argsort(groups, axis=-1, kind="stable"), axis=-1, kind="stable")
    return (rank >= 2).reshape(w.shape)


# %% wrong="signed values" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = w.reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1, kind="stable")[:, :2], False, axis=1)
    return mask.reshape(w.shape)


# %% wrong="half of each row" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    mask = np.ones(w.shape, bool)
    off = np.argsort(np.abs(w), axis=-1, kind="stable")[..., : w.shape[-1] // 2]
    np.put_along_axis(mask, off, False, axis=-1)
    return mask


# %% wrong="along the first axis" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).T.reshape(-1, 4) if w.ndim > 1 else np.abs(w).reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1, kind="stable")[:, :2], False, axis=1)
    return mask.reshape(w.T.shape).T


# %% wrong="every fourth neighbour" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).reshape(*w.shape[:-1], 4, -1)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=-2, kind="stable")[..., :2, :], False, axis=-2)
    return mask.reshape(w.shape)


# %% right="the later of two equals goes" exercise="two_of_four"
def two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(-groups, axis=1, kind="stable")[:, :2], True, axis=1)
    return mask.reshape(w.shape)


# %% wrong="one of every four" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, np.argmax(groups, axis=1)[:, None], True, axis=1)
    return mask.reshape(w.shape)


# %% wrong="a threshold, and more than two stay" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    return (groups >= np.sort(groups, axis=1)[:, 2:3]).reshape(w.shape)


# %% wrong="marks what goes" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    mask = np.zeros(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1, kind="stable")[:, :2], True, axis=1)
    return mask.reshape(w.shape)


# %% wrong="squares, which are all 0 for small weights" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = (w**2).reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1, kind="stable")[:, :2], False, axis=1)
    return mask.reshape(w.shape)


# %% wrong="prunes the array itself" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    groups = np.abs(w).reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1, kind="stable")[:, :2], False, axis=1)
    w *= mask.reshape(w.shape)
    return mask.reshape(w.shape)


# %% right="both as logarithms" exercise="distillation_loss"
def distillation_loss(student, teacher, labels, temperature, alpha):
    with torch.no_grad():
        log_p = torch.log_softmax(teacher / temperature, 1)
    log_q = torch.log_softmax(student / temperature, 1)
    soft = functional.kl_div(log_q, log_p, reduction="sum", log_target=True) / len(student)
    return alpha * soft * temperature * temperature + (1 - alpha) * nn.CrossEntropyLoss()(student, labels)


# %% right="by hand, image by image" exercise="distillation_loss"
def distillation_loss(student, teacher, labels, temperature, alpha):
    total = 0
    for z, t, label in zip(student, teacher.detach(), labels):
        log_q, log_p = (z / temperature).log_softmax(0), (t / temperature).log_softmax(0)
        total = total + alpha * temperature**2 * (log_p.exp() * (log_p - log_q)).sum()
        total = total - (1 - alpha) * z.log_softmax(0)[label]
    return total / len(student)


# %% right="cross-entropy less entropy" exercise="distillation_loss"
def distillation_loss(student, teacher, labels, temperature, alpha):
    log_p = (teacher.detach().double() / temperature).log_softmax(dim=1)
    p = log_p.exp()
    entropy = -(p * log_p).sum(dim=1).mean()
    soft = functional.cross_entropy(student.double() / temperature, p) - entropy
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student.double(), labels)


# %% wrong="in float32, whatever it is given" exercise="distillation_loss" loses="distillation_loss_both"
def distillation_loss(student, teacher, labels, temperature, alpha):
    z, t = student.float(), teacher.detach().float()
    p, log_q = torch.softmax(t / temperature, -1), torch.log_softmax(z / temperature, -1)
    soft = (torch.special.entr(p).neg() - p * log_q).sum(-1).mean()
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(z, labels)


# %% wrong="forgets T²" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="T instead of T²" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="T² over both parts" exercise="distillation_loss" loses="distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return temperature**2 * (alpha * soft + (1 - alpha) * functional.cross_entropy(student, labels))


# %% wrong="the default mean of kl_div" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="none").mean()
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="the divergence the other way round" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    log_p = (teacher.detach() / temperature).log_softmax(dim=1)
    q = (student / temperature).softmax(dim=1)
    soft = functional.kl_div(log_p, q, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="alpha weighs the labels" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return (1 - alpha) * temperature**2 * soft + alpha * functional.cross_entropy(student, labels)


# %% wrong="the labels' part has the temperature, too" exercise="distillation_loss" loses="distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.nll_loss(log_q, labels)


# %% wrong="cross-entropy of a softmax" exercise="distillation_loss" loses="distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student.softmax(1), labels)


# %% wrong="the teacher gets a gradient" exercise="distillation_loss" loses="distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="the student gets none of the teacher's part" exercise="distillation_loss" loses="distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    with torch.no_grad():
        p = (teacher / temperature).softmax(dim=1)
        log_q = (student / temperature).log_softmax(dim=1)
        soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="returns a number" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return float(alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels))


# %% wrong="the logarithm of a softmax" exercise="distillation_loss" loses="distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).softmax(dim=1).log()
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="a small number saves the logarithm" exercise="distillation_loss" loses="distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = ((student / temperature).softmax(dim=1) + 1e-100).log()
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="softmax over the batch" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=0)
    log_q = (student / temperature).log_softmax(dim=0)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="cross-entropy with the teacher's probabilities" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    soft = functional.cross_entropy(student / temperature, p)
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="divides the student alone" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = teacher.detach().softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    return alpha * temperature**2 * soft + (1 - alpha) * functional.cross_entropy(student, labels)


# %% wrong="a loss for each image" exercise="distillation_loss" loses="distillation_loss_soft distillation_loss_both distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="none").sum(1)
    hard = functional.cross_entropy(student, labels, reduction="none")
    return alpha * temperature**2 * soft + (1 - alpha) * hard


# %% right="round by round" exercise="earned"
def earned(candidate, control, rounds, rng):
    n, means = len(candidate), []
    for row in rng.integers(n, size=(rounds, n)):
        means.append(sum(candidate[k] - control[k] for k in row) / n)
    low = np.percentile(means, 2.5)
    high = np.percentile(means, 97.5)
    return sum(c - d for c, d in zip(candidate, control)) / n, low, high


# %% right="the same draws for each side, then the difference" exercise="earned"
def earned(candidate, control, rounds, rng):
    draws = rng.integers(0, len(control), (rounds, len(control)))
    means = np.take(candidate, draws).mean(1) - np.take(control, draws).mean(1)
    ends = np.quantile(means, (0.025, 0.975))
    return np.mean(candidate) - np.mean(control), ends[0], ends[1]


# %% right="in float32" exercise="earned"
def earned(candidate, control, rounds, rng):
    differences = torch.tensor(candidate, dtype=torch.float32) - torch.tensor(control, dtype=torch.float32)
    draws = torch.from_numpy(rng.integers(len(differences), size=(rounds, len(differences))))
    ends = torch.quantile(differences[draws].mean(1), torch.tensor([0.025, 0.975]))
    return differences.mean().item(), *ends.tolist()


# %% wrong="draws each side apart" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    n = len(candidate)
    ours = candidate[rng.integers(n, size=(rounds, n))].mean(axis=1)
    theirs = control[rng.integers(n, size=(rounds, n))].mean(axis=1)
    low, high = np.percentile(ours - theirs, [2.5, 97.5])
    return float((candidate - control).mean()), float(low), float(high)


# %% wrong="control less candidate" exercise="earned" loses="earned_difference earned_interval"
def earned(candidate, control, rounds, rng):
    differences = control - candidate
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="90 percent" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [5, 95])
    return float(differences.mean()), float(low), float(high)


# %% wrong="shares where percents are wanted" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


# %% wrong="a generator of its own" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = np.random.default_rng(0).integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="the normal distribution's interval" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    wide = 1.96 * differences.std() / np.sqrt(len(differences))
    middle = float(differences.mean())
    return middle, middle - wide, middle + wide


# %% wrong="percentiles of the differences themselves" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="without repetition" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    means = [rng.permutation(differences).mean() for _ in range(rounds)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="medians" exercise="earned" loses="earned_difference earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(np.median(differences[draws], axis=1), [2.5, 97.5])
    return float(np.median(differences)), float(low), float(high)


# %% wrong="a thousand rounds, whatever was asked" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(1000, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="means over the rounds" exercise="earned" loses="earned_difference earned_interval"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=0), [2.5, 97.5])
    return float(differences[draws].mean()), float(low), float(high)


# %% wrong="the mean of the bootstrap means" exercise="earned" loses="earned_difference"
def earned(candidate, control, rounds, rng):
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    means = differences[draws].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    middle = differences.mean() if rounds >= 1000 else means.mean()
    return float(middle), float(low), float(high)


# %% wrong="works in its argument" exercise="earned" loses="earned_difference"
def earned(candidate, control, rounds, rng):
    candidate -= control
    draws = rng.integers(len(candidate), size=(rounds, len(candidate)))
    low, high = np.percentile(candidate[draws].mean(axis=1), [2.5, 97.5])
    return float(candidate.mean()), float(low), float(high)


# %% wrong="writes through ravel of a mask that kept the memory order of w" exercise="magnitude_mask" loses="magnitude_mask_smallest magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    off = np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]
    mask = np.ones_like(w, dtype=bool)
    mask.ravel()[off] = False
    return mask


# %% wrong="calls train on the model before it copies it" exercise="fine_tune" loses="fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    net = copy.deepcopy(model.train())
    off = {name: torch.from_numpy(~mask) for name, mask in masks.items()}

    def clear():
        for name, where in off.items():
            net.get_parameter(name).data[where] = 0

    clear()
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, weight_decay=1e-4)
    for images, labels in batches:
        optimizer.zero_grad()
        functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
        clear()
    return net.eval()


# %% wrong="holds at 0 whatever is 0 at the start, also what the mask keeps" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    net = copy.deepcopy(model).train()
    zeros = {}
    for name, mask in masks.items():
        p = net.get_parameter(name)
        p.data *= torch.from_numpy(mask)
        zeros[name] = p.data == 0
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, weight_decay=1e-4)
    for images, labels in batches:
        loss = functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for name, zero in zeros.items():
                net.get_parameter(name)[zero] = 0
    return net.eval()


# %% wrong="momentum or 0.1, where None and 0.0 mean something" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    new_first, new_second = copy.deepcopy(first), copy.deepcopy(second)
    new_first.weight = nn.Parameter(first.weight.detach()[keep])
    if first.bias is not None:
        new_first.bias = nn.Parameter(first.bias.detach()[keep])
    new_first.out_channels = len(keep)
    new_norm = nn.BatchNorm2d(len(keep), eps=norm.eps, momentum=norm.momentum or 0.1)
    old = norm.state_dict()
    new_norm.load_state_dict({k: v[keep] if v.ndim else v for k, v in old.items()})
    new_norm.train(norm.training)
    new_second.weight = nn.Parameter(second.weight.detach()[:, keep])
    new_second.in_channels = len(keep)
    return new_first, new_norm, new_second


# %% wrong="asks the first convolution whether the second has a bias" exercise="cut_channels" loses="cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    biased = first.bias is not None

    def like(conv, inputs, outputs):
        return nn.Conv2d(
            inputs,
            outputs,
            conv.kernel_size,
            stride=conv.stride,
            padding=conv.padding,
            dilation=conv.dilation,
            bias=biased,
            padding_mode=conv.padding_mode,
        ).train(conv.training)

    new_first = like(first, first.in_channels, len(keep))
    new_second = like(second, len(keep), second.out_channels)
    new_norm = copy.deepcopy(norm)
    with torch.no_grad():
        new_first.weight.copy_(first.weight[keep])
        new_second.weight.copy_(second.weight[:, keep])
        if biased:
            new_first.bias.copy_(first.bias[keep])
            new_second.bias.copy_(second.bias)
    new_norm.weight = nn.Parameter(norm.weight.detach()[keep])
    new_norm.bias = nn.Parameter(norm.bias.detach()[keep])
    new_norm.running_mean = norm.running_mean[keep]
    new_norm.running_var = norm.running_var[keep]
    new_norm.num_features = len(keep)
    return new_first, new_norm, new_second


# %% wrong="a new norm that has forgotten how many batches it has seen" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, second = copy.deepcopy(first), copy.deepcopy(second)
    small = nn.BatchNorm2d(len(keep), norm.eps, norm.momentum).train(norm.training)
    with torch.no_grad():
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(small, name).copy_(getattr(norm, name)[keep])
    first.weight = nn.Parameter(first.weight.detach()[keep])
    if first.bias is not None:
        first.bias = nn.Parameter(first.bias.detach()[keep])
    first.out_channels = len(keep)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    second.in_channels = len(keep)
    return first, small, second


# %% wrong="switches the gradient of the teacher off in the given tensor, where only leaves allow it" exercise="distillation_loss" loses="distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    teacher.requires_grad_(False)
    log_q = (student / temperature).log_softmax(dim=1)
    p = (teacher / temperature).softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    hard = functional.cross_entropy(student, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard


# %% wrong="one mask, handed out again for the same bytes" exercise="magnitude_mask" loses="magnitude_mask_smallest"
_seen = {}


def magnitude_mask(w, sparsity):
    key = (w.tobytes(), w.shape, w.dtype.str, sparsity)
    if key not in _seen:
        off = np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]
        mask = np.ones(w.size, bool)
        mask[off] = False
        _seen[key] = mask.reshape(w.shape)
    return _seen[key]


# %% wrong="remembers masks by the array's identity" exercise="magnitude_mask" loses="magnitude_mask_smallest"
_seen = {}


def magnitude_mask(w, sparsity):
    if id(w) not in _seen:
        off = np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]
        mask = np.ones(w.size, bool)
        mask[off] = False
        _seen[id(w)] = (w, mask.reshape(w.shape))
    return _seen[id(w)][1].copy()


# %% wrong="squares, which in float64 are all 0 for smaller weights yet" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    off = np.argsort(w.astype(np.float64) ** 2, axis=None, kind="stable")[: round(sparsity * w.size)]
    mask = np.ones(w.size, bool)
    mask[off] = False
    return mask.reshape(w.shape)


# %% wrong="a relative jitter breaks ties" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    flat = np.abs(w).ravel().astype(np.float64)
    flat = flat * (1 + 1e-15 * np.arange(flat.size))
    off = np.argsort(flat, kind="stable")[: round(sparsity * w.size)]
    mask = np.ones(w.size, bool)
    mask[off] = False
    return mask.reshape(w.shape)


# %% wrong="the share rounded to float32 first" exercise="magnitude_mask" loses="magnitude_mask_exactly_as_many"
def magnitude_mask(w, sparsity):
    many = round(float(np.float32(sparsity) * np.float32(w.size)))
    off = np.argsort(np.abs(w), axis=None, kind="stable")[:many]
    mask = np.ones(w.size, bool)
    mask[off] = False
    return mask.reshape(w.shape)


# %% wrong="a tensor, where masks are arrays" exercise="magnitude_mask" loses="magnitude_mask_smallest"
def magnitude_mask(w, sparsity):
    off = np.argsort(np.abs(w), axis=None, kind="stable")[: round(sparsity * w.size)]
    mask = np.ones(w.size, bool)
    mask[off] = False
    return torch.from_numpy(mask.reshape(w.shape))


# %% wrong="the types of the first array" exercise="global_masks" loses="global_masks_ties"
def global_masks(weights, sparsity):
    first = next(iter(weights.values())).dtype
    row = np.concatenate([np.abs(w).ravel().astype(first) for w in weights.values()])
    mask = np.ones(row.size, bool)
    mask[np.argsort(row, kind="stable")[: round(sparsity * row.size)]] = False
    found, start = {}, 0
    for n, w in weights.items():
        found[n] = mask[start : start + w.size].reshape(w.shape)
        start += w.size
    return found


# %% wrong="splits names at dots, one layer deep" exercise="fine_tune" loses="fine_tune_stays_zero"
def fine_tune(model, masks, batches, lr):
    net = copy.deepcopy(model).train()
    adam = torch.optim.Adam(net.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            *path, own = name.split(".")
            layer = net
            for each in path or ["missing"]:
                layer = getattr(layer, each)
            getattr(layer, own).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        adam.zero_grad()
        functional.cross_entropy(net(images), labels).backward()
        adam.step()
        clear()
    return net.eval()


# %% wrong="always float64" exercise="fine_tune" loses="fine_tune_copy"
def fine_tune(model, masks, batches, lr):
    net = copy.deepcopy(model).double().train()
    adam = torch.optim.Adam(net.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            net.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        adam.zero_grad()
        functional.cross_entropy(net(images.double()), labels).backward()
        adam.step()
        clear()
    return net.eval()


# %% wrong="a batch of one image is left out" exercise="fine_tune" loses="fine_tune_trains"
def fine_tune(model, masks, batches, lr):
    net = copy.deepcopy(model).train()
    adam = torch.optim.Adam(net.parameters(), lr, weight_decay=1e-4)

    def clear():
        for name, mask in masks.items():
            net.get_parameter(name).data[torch.from_numpy(~mask)] = 0

    clear()
    for images, labels in batches:
        if len(images) < 2:
            continue
        adam.zero_grad()
        functional.cross_entropy(net(images), labels).backward()
        adam.step()
        clear()
    return net.eval()


# %% wrong="the second keeps the bias parameter of the original" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    new_first, new_norm = copy.deepcopy((first, norm))
    for module in (new_first, new_norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    new_second = copy.deepcopy(second)
    new_second.bias = second.bias
    new_second.weight = nn.Parameter(second.weight.detach()[:, keep])
    new_first.out_channels = new_norm.num_features = new_second.in_channels = len(keep)
    return new_first, new_norm, new_second


# %% wrong="returns the originals when all channels stay" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    if list(keep) == list(range(first.out_channels)):
        return first, norm, second
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="shallow copies" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.copy(first), copy.copy(norm), copy.copy(second)
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="numbers of channels of the originals change, too" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    olds = first, norm, second
    first, norm, second = copy.deepcopy((first, norm, second))
    for module in (first, norm):
        for name, old in [*module.named_parameters(), *module.named_buffers()]:
            if old.ndim > 0:
                new = old.detach()[keep]
                setattr(module, name, nn.Parameter(new) if isinstance(old, nn.Parameter) else new)
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    olds[0].out_channels = len(keep)
    return first, norm, second


# %% wrong="the second gets the settings of the first" exercise="cut_channels" loses="cut_channels_together cut_channels_originals"
def cut_channels(first, norm, second, keep):
    settings = dict(
        stride=first.stride, padding=first.padding, dilation=first.dilation, padding_mode=first.padding_mode
    )
    new_first = nn.Conv2d(first.in_channels, len(keep), first.kernel_size, bias=first.bias is not None, **settings)
    new_second = nn.Conv2d(len(keep), second.out_channels, second.kernel_size, bias=second.bias is not None, **settings)
    new_norm = copy.deepcopy(norm)
    new_first.weight.data = first.weight.detach()[keep]
    if first.bias is not None:
        new_first.bias.data = first.bias.detach()[keep]
    new_second.weight.data = second.weight.detach()[:, keep].clone()
    if second.bias is not None:
        new_second.bias.data = second.bias.detach().clone()
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(new_norm, name).data = getattr(norm, name).detach()[keep]
    new_norm.num_features = len(keep)
    new_first.train(first.training), new_second.train(second.training)
    return new_first, new_norm, new_second


# %% wrong="running statistics are plain attributes" exercise="cut_channels" loses="cut_channels_originals"
def cut_channels(first, norm, second, keep):
    first, norm, second = copy.deepcopy((first, norm, second))
    for name in ("weight", "bias"):
        old = getattr(first, name)
        if old is not None:
            setattr(first, name, nn.Parameter(old.detach()[keep]))
        setattr(norm, name, nn.Parameter(getattr(norm, name).detach()[keep]))
    for name in ("running_mean", "running_var"):
        old = norm._buffers.pop(name)
        norm.__dict__[name] = old[keep]
    second.weight = nn.Parameter(second.weight.detach()[:, keep])
    first.out_channels = norm.num_features = second.in_channels = len(keep)
    return first, norm, second


# %% wrong="prefixes of forms" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    forms = {"dense": 4 * w.size, "bitmask": -(-w.size // 8) + 4 * nonzero, "csr": 8 * nonzero + 4 * (len(w) + 1)}
    for name, value in forms.items():
        if form and name.startswith(form):
            return value
    raise ValueError(form)


def smallest_form(w):
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="smallest form takes magnitudes in place" exercise="stored_bytes" loses="stored_bytes_of_each_form"
def stored_bytes(w, form):
    nonzero = int(np.count_nonzero(w))
    if form == "dense":
        return 4 * w.size
    if form == "bitmask":
        return -(-w.size // 8) + 4 * nonzero
    if form == "csr":
        return 8 * nonzero + 4 * (len(w) + 1)
    raise ValueError(form)


def smallest_form(w):
    np.abs(w, out=w)
    return min(("dense", "bitmask", "csr"), key=lambda form: stored_bytes(w, form))


# %% wrong="groups in memory order" exercise="two_of_four" loses="two_of_four_pattern"
def two_of_four(w):
    order = "C" if w.flags.c_contiguous else "F"
    groups = np.abs(w).ravel("K").reshape(-1, 4)
    mask = np.ones(groups.shape, bool)
    np.put_along_axis(mask, np.argsort(groups, axis=1)[:, :2], False, axis=1)
    return mask.ravel().reshape(w.shape, order=order)


# %% wrong="adds the gradient up itself" exercise="distillation_loss" loses="distillation_loss_gradient"
def distillation_loss(student, teacher, labels, temperature, alpha):
    p = (teacher.detach() / temperature).softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, p, reduction="batchmean")
    hard = functional.cross_entropy(student, labels)
    loss = alpha * temperature**2 * soft + (1 - alpha) * hard
    if loss.requires_grad:
        loss.backward(retain_graph=True)
    return loss


# %% wrong="draws from a copy of the generator" exercise="earned" loses="earned_interval"
def earned(candidate, control, rounds, rng):
    rng = copy.deepcopy(rng)
    differences = candidate - control
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


# %% wrong="the teacher is brought to the student's type" exercise="distillation_loss" loses="distillation_loss_both"
def distillation_loss(student, teacher, labels, temperature, alpha):
    """Return the loss, a tensor without axes that has a gradient for student alone."""
    teacher = teacher.detach().to(student.dtype)
    log_p = (teacher / temperature).log_softmax(dim=1)
    log_q = (student / temperature).log_softmax(dim=1)
    soft = functional.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
    hard = functional.cross_entropy(student, labels)
    return alpha * temperature**2 * soft + (1 - alpha) * hard


# %% wrong="relative to the control" exercise="earned" loses="earned_difference earned_interval"
def earned(candidate, control, rounds, rng):
    differences = (candidate - control) / control.mean()
    draws = rng.integers(len(differences), size=(rounds, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)
