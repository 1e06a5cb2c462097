# %% wrong="forgets the groups" exercise="macs" loses="macs_of_groups"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return math.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return math.prod(output_shape) * layer.in_channels * math.prod(layer.kernel_size)
    return 0


# %% wrong="counts the bias" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    if not isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        return 0
    return math.prod(output_shape) * (layer.weight[0].numel() + (layer.bias is not None))


# %% wrong="counts FLOPs" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    if not isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        return 0
    return 2 * math.prod(output_shape) * layer.weight[0].numel()


# %% wrong="takes every kernel for a square" exercise="macs" loses="macs_of_convolutions"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return math.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        seen = layer.in_channels // layer.groups * layer.kernel_size[0] ** len(layer.kernel_size)
        return math.prod(output_shape) * seen
    return 0


# %% wrong="knows images alone" exercise="macs" loses="macs_of_convolutions macs_of_groups"
def macs(layer, output_shape):
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        return math.prod(output_shape) * layer.weight[0].numel()
    return 0


# %% wrong="counts a dense layer for one row" exercise="macs" loses="macs_of_others"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return layer.in_features * layer.out_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return math.prod(output_shape) * layer.weight[0].numel()
    return 0


# %% wrong="counts whatever has weights" exercise="macs" loses="macs_of_others"
def macs(layer, output_shape):
    weight = getattr(layer, "weight", None)
    return 0 if weight is None else math.prod(output_shape) * weight[0].numel()


# %% wrong="knows a convolution by its kernel, turned around as well" exercise="macs" loses="macs_of_others"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear) or (hasattr(layer, "kernel_size") and hasattr(layer, "groups")):
        return math.prod(output_shape) * layer.weight[0].numel()
    return 0


# %% wrong="divides, and returns a float" exercise="macs" loses="macs_of_convolutions macs_of_groups"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return math.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return math.prod(output_shape) * layer.in_channels / layer.groups * math.prod(layer.kernel_size)
    return 0


# %% wrong="counts the output channels twice" exercise="macs" loses="macs_of_convolutions macs_of_groups"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return math.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return math.prod(output_shape) * layer.weight.numel()
    return 0


# %% wrong="divides by the stride once more" exercise="macs" loses="macs_of_convolutions"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return math.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return math.prod(output_shape) * layer.weight[0].numel() // math.prod(layer.stride)
    return 0


# %% wrong="empties the layer to count it" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    if not isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        return 0
    with torch.no_grad():
        layer.weight.fill_(1.0)
        return math.prod(output_shape) * int(layer.weight[0].sum())


# %% wrong="multiplies in 32 bits" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    if not isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        return 0
    many = np.array(output_shape, np.int32)
    return int(np.prod(many, dtype=np.int32) * np.int32(layer.weight[0].numel()))


# %% right="by attributes, with NumPy" exercise="macs"
def macs(layer, output_shape):
    if isinstance(layer, nn.Linear):
        return np.prod(output_shape) * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return np.prod((*output_shape, layer.in_channels // layer.groups, *layer.kernel_size))
    return 0


# %% right="counted in a loop" exercise="macs"
def macs(layer, output_shape):
    kind = type(layer).__name__
    seen = {"Linear": "in_features", "Conv1d": "in_channels", "Conv2d": "in_channels"}.get(kind)
    if seen is None:
        return 0
    many = getattr(layer, seen)
    for side in getattr(layer, "kernel_size", ()):
        many *= side
    for length in output_shape:
        many *= length
    return many // getattr(layer, "groups", 1)


# %% wrong="leaves its hooks on" exercise="profile" loses="profile_macs profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    modes = {module: module.training for module in model.modules()}
    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(partial(note, name))
    try:
        with torch.no_grad():
            model.eval()(example)
    finally:
        for module, mode in modes.items():
            module.training = mode
    return rows


# %% wrong="leaves its hooks on where the model fails" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows, handles = [], []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    modes = {module: module.training for module in model.modules()}
    for name, module in model.named_modules():
        if not list(module.children()):
            handles.append(module.register_forward_hook(partial(note, name)))
    with torch.no_grad():
        model.eval()(example)
    for handle in handles:
        handle.remove()
    for module, mode in modes.items():
        module.training = mode
    return rows


# %% wrong="puts every part into one mode" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows, was = [], model.training

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        stack.callback(model.train, was)
        for name, module in model.named_modules():
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="leaves it in eval mode" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="runs it in the mode that it is in" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model(example)
    return rows


# %% wrong="swallows the model's error" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        try:
            model.eval()(example)
        except RuntimeError:
            return rows
    return rows


# %% wrong="counts the batch" exercise="profile" loses="profile_macs profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output.numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="takes the input's size" exercise="profile" loses="profile_rows profile_macs profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        given = inputs[0]
        params = sum(each.numel() for each in layer.parameters())
        size = given[0].numel() * given.element_size()
        counted = {"macs": macs(layer, given.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="goes by the order of definition" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    seen = {}

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        seen[name] = {"name": name, "kind": type(layer).__name__} | counted

    with ExitStack() as stack, torch.no_grad():
        names = []
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                names.append(name)
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return [seen[name] for name in names if name in seen]


# %% wrong="has one row for a layer that runs twice" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    seen = {}

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        seen[name] = {"name": name, "kind": type(layer).__name__} | counted

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return list(seen.values())


# %% wrong="has rows for blocks, too" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="sees the outermost layers alone" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for module in model.modules():
            stack.callback(setattr, module, "training", module.training)
        for name, module in model.named_children():
            stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="counts running statistics as parameters" exercise="profile" loses="profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.state_dict().values())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="counts what can be trained" exercise="profile" loses="profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters() if each.requires_grad)
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="clears everybody's hooks" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows, modes = [], {module: module.training for module in model.modules()}

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(partial(note, name))
    try:
        with torch.no_grad():
            model.eval()(example)
    finally:
        for module, mode in modes.items():
            module._forward_hooks.clear()
            module.training = mode
    return rows


# %% wrong="takes every number for a float32" exercise="profile" loses="profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        params = sum(each.numel() for each in layer.parameters())
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": 4 * output[0].numel()}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="counts weight and bias alone, by name" exercise="profile" loses="profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        held = (getattr(layer, key, None) for key in ("weight", "bias"))
        params = sum(each.numel() for each in held if each is not None)
        size = output[0].numel() * output.element_size()
        counted = {"macs": macs(layer, output.shape[1:]), "params": params, "out_bytes": size}
        rows.append({"name": name, "kind": type(layer).__name__} | counted)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="wraps every forward and leaves it wrapped" exercise="profile" loses="profile_rows profile_macs profile_sizes profile_leaves_no_trace"
def profile(model, example):
    rows, modes = [], {module: module.training for module in model.modules()}

    def wrapped(name, layer, forward):
        def run(x):
            y = forward(x)
            params = sum(each.numel() for each in layer.parameters())
            size = y[0].numel() * y.element_size()
            counted = {"macs": macs(layer, y.shape[1:]), "params": params, "out_bytes": size}
            rows.append({"name": name, "kind": type(layer).__name__} | counted)
            return y

        return run

    for name, module in model.named_modules():
        if not list(module.children()):
            module.forward = wrapped(name, module, module.forward)
    try:
        with torch.no_grad():
            model.eval()(example)
    finally:
        for module, mode in modes.items():
            module.training = mode
    return rows


# %% right="a hook on every module there is, for one image" exercise="profile"
def profile(model, example):
    names = {module: name for name, module in model.named_modules()}
    modes = {module: module.training for module in names}
    rows = []

    def note(layer, inputs, output):
        if layer in names and not list(layer.children()):
            row = {"out_bytes": output.nbytes, "params": sum(p.numel() for p in layer.parameters())}
            row |= {"macs": macs(layer, tuple(output.shape[1:])), "kind": layer.__class__.__name__}
            rows.append(row | {"name": names[layer]})

    handle = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        with torch.inference_mode():
            model.eval()(example[:1])
    finally:
        handle.remove()
        for module, mode in modes.items():
            module.train(mode) if not list(module.children()) else setattr(module, "training", mode)
    return rows


# %% right="on a copy" exercise="profile"
def profile(model, example):
    rows, model = [], copy.deepcopy(model).eval()
    for name, module in model.named_modules():
        if not any(True for _ in module.children()):

            def note(layer, inputs, output, name=name):
                many = np.int64(sum(each.numel() for each in layer.parameters()))
                size = output.numel() // len(output) * output.element_size()
                rows.append(dict(name=name, kind=type(layer).__name__, params=many, out_bytes=size))
                rows[-1]["macs"] = macs(layer, list(output.shape)[1:])

            module.register_forward_hook(note)
    model(example)
    return rows


# %% wrong="forgets the groups" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="keeps the biases" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="strides twice" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, stride, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="strides in the pointwise convolution" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, stride, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="ignores the stride" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, 1, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="does not pad" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="has no ReLU between the two" exercise="separable" loses="separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="has no ReLU at the end" exercise="separable" loses="separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
    )


# %% wrong="activates before it normalizes" exercise="separable" loses="separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.ReLU(),
        nn.BatchNorm2d(c_in),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.ReLU(),
        nn.BatchNorm2d(c_out),
    )


# %% wrong="mixes first, then filters" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
        nn.Conv2d(c_out, c_out, 3, stride, padding=1, groups=c_out, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="normalizes once" exercise="separable" loses="separable_shapes separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="takes ReLU6, as MobileNet has it" exercise="separable" loses="separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU6(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU6(),
    )


# %% wrong="hands out the same block again" exercise="separable" loses="separable_values"
blocks = {}


def separable(c_in, c_out, stride=1):
    if (c_in, c_out, stride) not in blocks:
        blocks[c_in, c_out, stride] = nn.Sequential(
            nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )
    return blocks[c_in, c_out, stride]


# %% right="a class with functions inside" exercise="separable"
def separable(c_in, c_out, stride=1):
    class Separable(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Conv2d(c_in, c_out, (1, 1), bias=False)
            self.filter = nn.Conv2d(c_in, c_in, (3, 3), (stride, stride), 1, groups=c_in, bias=False)
            self.second, self.first = nn.BatchNorm2d(c_out), nn.BatchNorm2d(c_in)

        def forward(self, x):
            y = torch.relu(self.first(self.filter(x)))
            return self.second(self.mix(y)).clamp(min=0)

    return Separable()


# %% wrong="looks at the outermost layers alone" exercise="to_separable" loses="to_separable_replaces"
def to_separable(model):
    made = copy.deepcopy(model)

    def new(layer):
        return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)

    def is_dense(layer):
        return isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels

    if is_dense(made):
        return new(made)
    for name, child in made.named_children():
        if is_dense(child):
            setattr(made, name, new(child))
    return made


# %% wrong="replaces depthwise convolutions, too" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.in_channels > 1:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="replaces those of one input channel, too" exercise="to_separable" loses="to_separable_replaces to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="keeps depthwise ones, and replaces other groups" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups != layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="replaces every kernel" exercise="to_separable" loses="to_separable_replaces to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="changes the original and returns a copy of it" exercise="to_separable" loses="to_separable_copies"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return copy.deepcopy(replaced(model))


# %% wrong="changes the original" exercise="to_separable" loses="to_separable_copies"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(model)


# %% wrong="loses the stride" exercise="to_separable" loses="to_separable_replaces"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="leaves new layers in training mode" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0])
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="puts the whole copy into the model's mode" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0])
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model)).train(model.training)


# %% wrong="does not look at the model itself" exercise="to_separable" loses="to_separable_replaces"
def to_separable(model):
    made = copy.deepcopy(model)
    for parent in list(made.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
                new = separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
                setattr(parent, name, new)
    return made


# %% wrong="shares what it keeps with the original" exercise="to_separable" loses="to_separable_copies"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        made = copy.copy(layer)
        made._modules = {name: replaced(child) for name, child in layer.named_children()}
        return made

    return replaced(model)


# %% wrong="starts every layer anew" exercise="to_separable" loses="to_separable_replaces to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.groups == 1 < layer.in_channels:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="copies, and replaces nothing" exercise="to_separable" loses="to_separable_replaces to_separable_keeps to_separable_copies"
def to_separable(model):
    return copy.deepcopy(model)


# %% right="by names" exercise="to_separable"
def to_separable(model):
    made = nn.ModuleDict({"net": copy.deepcopy(model)})
    for name, layer in list(made.named_modules()):
        if type(layer) is nn.Conv2d and tuple(layer.weight.shape[2:]) == (3, 3) and layer.weight.shape[1] > 1:
            if layer.groups > 1:
                continue
            parent, _, own = name.rpartition(".")
            new = separable(layer.in_channels, layer.out_channels, layer.stride[1])
            made.get_submodule(parent)._modules[own] = new.train() if layer.training else new.eval()
    return made["net"]


# %% wrong="rounds up always" exercise="round_channels" loses="round_channels_nearest round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    return math.ceil(channels / multiple) * multiple


# %% wrong="rounds halves to the even neighbour" exercise="round_channels" loses="round_channels_nearest"
def round_channels(channels, multiple=8):
    nearest = round(channels / multiple) * multiple
    return nearest if nearest >= 0.9 * channels else nearest + multiple


# %% wrong="takes the nearest and looks no further" exercise="round_channels" loses="round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    return int(channels / multiple + 0.5) * multiple


# %% wrong="takes at least one multiple, and looks no further" exercise="round_channels" loses="round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    return max(multiple, int(channels / multiple + 0.5) * multiple)


# %% wrong="wants more than 90 percent" exercise="round_channels" loses="round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    nearest = int(channels / multiple + 0.5) * multiple
    return nearest if nearest > 0.9 * channels else nearest + multiple


# %% wrong="knows multiples of 8 alone" exercise="round_channels" loses="round_channels_nearest round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    nearest = int(channels / 8 + 0.5) * 8
    return nearest if nearest >= 0.9 * channels else nearest + 8


# %% wrong="rounds down where it may" exercise="round_channels" loses="round_channels_nearest"
def round_channels(channels, multiple=8):
    below = int(channels // multiple) * multiple
    return below if below >= 0.9 * channels else below + multiple


# %% wrong="cuts fractions off first" exercise="round_channels" loses="round_channels_nearest round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    channels = int(channels)
    nearest = int(channels / multiple + 0.5) * multiple
    return nearest if nearest >= 0.9 * channels else nearest + multiple


# %% wrong="returns a float" exercise="round_channels" loses="round_channels_nearest round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    nearest = (channels + multiple / 2) // multiple * multiple
    return float(nearest if nearest >= 0.9 * channels else nearest + multiple)


# %% right="tries the two beside it" exercise="round_channels"
def round_channels(channels, multiple=8):
    below = multiple * math.floor(channels / multiple)
    above = below + multiple
    if below == channels:
        return below
    nearer = below if channels - below < above - channels else above
    return nearer if 10 * nearer >= 9 * channels else above


# %% right="with NumPy" exercise="round_channels"
def round_channels(channels, multiple=8):
    new = np.floor(channels / multiple + 0.5).astype(np.int64) * multiple
    return new + multiple * (new < 0.9 * channels)


# %% wrong="takes the larger of the two" exercise="attainable" loses="attainable_rate"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / bytes_moved * bandwidth
    return max(peak_macs, slope), "compute" if slope >= peak_macs else "memory"


# %% wrong="turns the intensity around" exercise="attainable" loses="attainable_rate attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = bytes_moved / macs * bandwidth
    return min(peak_macs, slope), "compute" if slope >= peak_macs else "memory"


# %% wrong="turns the names around" exercise="attainable" loses="attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / bytes_moved * bandwidth
    return min(peak_macs, slope), "memory" if slope >= peak_macs else "compute"


# %% wrong="calls the ridge memory" exercise="attainable" loses="attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / bytes_moved * bandwidth
    return min(peak_macs, slope), "compute" if slope > peak_macs else "memory"


# %% wrong="counts FLOPs" exercise="attainable" loses="attainable_rate attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = 2 * macs / bytes_moved * bandwidth
    return min(peak_macs, slope), "compute" if slope >= peak_macs else "memory"


# %% wrong="knows no peak" exercise="attainable" loses="attainable_rate"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / bytes_moved * bandwidth
    return slope, "compute" if slope >= peak_macs else "memory"


# %% wrong="divides whole numbers" exercise="attainable" loses="attainable_rate attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs // bytes_moved * bandwidth
    return min(peak_macs, slope), "compute" if slope >= peak_macs else "memory"


# %% wrong="calls a close call a tie" exercise="attainable" loses="attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / bytes_moved * bandwidth
    reached = slope >= peak_macs or math.isclose(slope, peak_macs, rel_tol=1e-5)
    return min(peak_macs, slope), "compute" if reached else "memory"


# %% right="compares two times" exercise="attainable"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    computing, moving = macs / peak_macs, bytes_moved / bandwidth
    limit = "compute" if computing >= moving else "memory"
    return macs / max(computing, moving), limit


# %% wrong="monitors nothing in the checkpoint" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    return [EarlyStopping("val_loss", patience=patience), ModelCheckpoint(folder), LearningRateMonitor()]


# %% wrong="keeps the last epoch, too" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    kept = ModelCheckpoint(folder, monitor="val_loss", save_last=True)
    return [EarlyStopping("val_loss", patience=patience), kept, LearningRateMonitor()]


# %% wrong="keeps every epoch" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    kept = ModelCheckpoint(folder, monitor="val_loss", save_top_k=-1)
    return [EarlyStopping("val_loss", patience=patience), kept, LearningRateMonitor()]


# %% wrong="keeps the worst" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    kept = ModelCheckpoint(folder, monitor="val_loss", mode="max")
    return [EarlyStopping("val_loss", patience=patience), kept, LearningRateMonitor()]


# %% wrong="stops when the loss no longer rises" exercise="callbacks" loses="callbacks_stop callbacks_note"
def callbacks(folder, patience):
    stop = EarlyStopping("val_loss", patience=patience, mode="max")
    return [stop, ModelCheckpoint(folder, monitor="val_loss"), LearningRateMonitor()]


# %% wrong="takes Lightning's own patience" exercise="callbacks" loses="callbacks_stop"
def callbacks(folder, patience):
    return [EarlyStopping("val_loss"), ModelCheckpoint(folder, monitor="val_loss"), LearningRateMonitor()]


# %% wrong="waits one epoch longer" exercise="callbacks" loses="callbacks_stop"
def callbacks(folder, patience):
    stop = EarlyStopping("val_loss", patience=patience + 1)
    return [stop, ModelCheckpoint(folder, monitor="val_loss"), LearningRateMonitor()]


# %% wrong="wants a fall of a thousandth" exercise="callbacks" loses="callbacks_stop"
def callbacks(folder, patience):
    stop = EarlyStopping("val_loss", patience=patience, min_delta=0.001)
    return [stop, ModelCheckpoint(folder, monitor="val_loss"), LearningRateMonitor()]


# %% wrong="ignores the folder" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    return [EarlyStopping("val_loss", patience=patience), ModelCheckpoint(monitor="val_loss"), LearningRateMonitor()]


# %% wrong="forgets the learning rate" exercise="callbacks" loses="callbacks_note"
def callbacks(folder, patience):
    return [EarlyStopping("val_loss", patience=patience), ModelCheckpoint(folder, monitor="val_loss")]


# %% wrong="hands out the same ones again" exercise="callbacks" loses="callbacks_stop callbacks_keep callbacks_note"
handed_out = []


def callbacks(folder, patience):
    if not handed_out:
        handed_out.append(EarlyStopping("val_loss", patience=patience))
        handed_out.append(ModelCheckpoint(folder, monitor="val_loss"))
        handed_out.append(LearningRateMonitor())
    return handed_out


# %% right="named, in another order, each step noted" exercise="callbacks"
def callbacks(folder, patience):
    noted = LearningRateMonitor(logging_interval="step")
    kept = ModelCheckpoint(dirpath=str(folder), filename="best", monitor="val_loss", mode="min", save_top_k=1)
    return [kept, noted, EarlyStopping(monitor="val_loss", mode="min", patience=patience, min_delta=0.0)]


# %% right="epochs noted, weights alone kept" exercise="callbacks"
def callbacks(folder, patience):
    kept = ModelCheckpoint(folder, monitor="val_loss", save_weights_only=True, filename="{epoch}-{val_loss:.2f}")
    return [LearningRateMonitor("epoch"), EarlyStopping("val_loss", patience=patience, verbose=True), kept]


# %% wrong="is a linear layer" exercise="small_net" loses="small_net_accuracy"
def small_net():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


# %% wrong="holds too much" exercise="small_net" loses="small_net_budget"
def small_net():
    stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    body = nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()
    return nn.Sequential(*stem, *body, nn.Flatten(), nn.Linear(32 * 49, 10))


# %% wrong="halves the image too late" exercise="small_net" loses="small_net_budget small_net_accuracy"
def small_net():
    stem = nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    body = separable(16, 32), separable(32, 64, 2), separable(64, 64, 2)
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


# %% wrong="ends in a softmax" exercise="small_net" loses="small_net_budget small_net_accuracy"
def small_net():
    stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    body = separable(16, 32, 2), separable(32, 64), separable(64, 64)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10), nn.Softmax(dim=1)
    return nn.Sequential(*stem, *body, *head)


# %% wrong="hands out the same net again" exercise="small_net" loses="small_net_budget"
nets = []


def small_net():
    if not nets:
        stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
        body = separable(16, 32, 2), separable(32, 64), separable(64, 64)
        nets.append(nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)))
    return nets[0]


# %% wrong="multiplies in float32" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    """The tensor way: multiply the shape in torch."""
    outputs = torch.tensor(tuple(output_shape), dtype=torch.float32).prod()
    if isinstance(layer, nn.Linear):
        return int(outputs * layer.in_features)
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        seen = layer.in_channels // layer.groups * math.prod(layer.kernel_size)
        return int(outputs * seen)
    return 0


# %% wrong="freezes the layer that it counts" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    """Nothing is trained while counting."""
    layer.requires_grad_(False)
    numbers = math.prod(output_shape)
    if isinstance(layer, nn.Linear):
        return numbers * layer.in_features
    if isinstance(layer, (nn.Conv1d, nn.Conv2d)):
        return numbers * (layer.in_channels // layer.groups) * math.prod(layer.kernel_size)
    return 0


# %% wrong="remembers by layer" exercise="macs" loses="macs_of_convolutions macs_of_others"
known = {}


def macs(layer, output_shape):
    if id(layer) not in known:
        if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
            known[id(layer)] = math.prod(output_shape) * layer.weight[0].numel()
        else:
            known[id(layer)] = 0
    return known[id(layer)]


# %% wrong="notes the result on the layer" exercise="macs" loses="macs_of_convolutions macs_of_groups macs_of_others"
def macs(layer, output_shape):
    layer.macs = 0
    if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Linear)):
        layer.macs = math.prod(output_shape) * layer.weight[0].numel()
    return layer.macs


# %% wrong="cleans up after RuntimeError only" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows, handles = [], []
    modes = [(module, module.training) for module in model.modules()]

    def put_back():
        for handle in handles:
            handle.remove()
        for module, mode in modes:
            module.training = mode

    def note(name, layer, inputs, output):
        one = output[0]
        rows.append(
            {
                "name": name,
                "kind": type(layer).__name__,
                "macs": macs(layer, one.shape),
                "params": sum(each.numel() for each in layer.parameters()),
                "out_bytes": one.numel() * one.element_size(),
            }
        )

    for name, module in model.named_modules():
        if not list(module.children()):
            handles.append(module.register_forward_hook(partial(note, name)))
    model.eval()
    try:
        with torch.no_grad():
            model(example)
    except RuntimeError:  # what PyTorch raises when shapes do not fit
        put_back()
        raise
    put_back()
    return rows


# %% wrong="puts two kinds of layers into eval mode" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        one = output[0]
        rows.append(
            {
                "name": name,
                "kind": type(layer).__name__,
                "macs": macs(layer, tuple(one.shape)),
                "params": sum(each.numel() for each in layer.parameters()),
                "out_bytes": one.numel() * one.element_size(),
            }
        )

    handles, touched = [], []
    try:
        for name, module in model.named_modules():
            if isinstance(module, (nn.BatchNorm2d, nn.Dropout)):  # the two that a run would matter to
                touched.append((module, module.training))
                module.training = False
            if next(module.children(), None) is None:
                handles.append(module.register_forward_hook(partial(note, name)))
        with torch.no_grad():
            model(example)
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in touched:
            module.training = mode
    return rows


# %% wrong="measures a layer at its first run alone" exercise="profile" loses="profile_macs profile_sizes"
def profile(model, example):
    rows, known = [], {}

    def note(name, layer, inputs, output):
        if name not in known:  # the same layer costs the same again
            known[name] = {
                "name": name,
                "kind": type(layer).__name__,
                "macs": macs(layer, output.shape[1:]),
                "params": sum(each.numel() for each in layer.parameters()),
                "out_bytes": output[0].numel() * output.element_size(),
            }
        rows.append(dict(known[name]))

    modes = [(module, module.training) for module in model.modules()]
    with ExitStack() as stack:
        for module, mode in modes:
            stack.callback(setattr, module, "training", mode)
        for name, module in model.named_modules():
            if not list(module.children()):
                handle = module.register_forward_hook(partial(note, name))
                stack.callback(handle.remove)
        model.eval()
        with torch.no_grad():
            model(example)
    return rows


# %% wrong="bytes of the memory that the output lies in" exercise="profile" loses="profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        row = {"name": name, "kind": type(layer).__name__}
        row["macs"] = macs(layer, output.shape[1:])
        row["params"] = sum(each.numel() for each in layer.parameters())
        rows.append(row | {"out_bytes": output.untyped_storage().nbytes() // len(output)})

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="one list for all calls, emptied" exercise="profile" loses="profile_rows profile_macs"
rows = []


def profile(model, example):
    rows.clear()

    def note(name, layer, inputs, output):
        row = {"name": name, "kind": type(layer).__name__}
        row["macs"] = macs(layer, output.shape[1:])
        row["params"] = sum(each.numel() for each in layer.parameters())
        rows.append(row | {"out_bytes": output[0].numel() * output.element_size()})

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="notes what containers give, too" exercise="profile" loses="profile_rows profile_macs profile_sizes"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        row = {"name": name, "kind": type(layer).__name__}
        row["macs"] = macs(layer, output.shape[1:])
        row["params"] = sum(each.numel() for each in layer.parameters())
        row["out_bytes"] = output[0].numel() * output.element_size()
        if not list(layer.children()):
            rows.append(row)

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="turns gradients off for good" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        row = {"name": name, "kind": type(layer).__name__}
        row["macs"] = macs(layer, output.shape[1:])
        row["params"] = sum(each.numel() for each in layer.parameters())
        rows.append(row | {"out_bytes": output[0].numel() * output.element_size()})

    with ExitStack() as stack:
        torch.set_grad_enabled(False)
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        model.eval()(example)
    return rows


# %% wrong="wraps the error of the model in another" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    rows = []

    def note(name, layer, inputs, output):
        row = {"name": name, "kind": type(layer).__name__}
        row["macs"] = macs(layer, output.shape[1:])
        row["params"] = sum(each.numel() for each in layer.parameters())
        rows.append(row | {"out_bytes": output[0].numel() * output.element_size()})

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            if not list(module.children()):
                stack.enter_context(module.register_forward_hook(partial(note, name)))
        try:
            model.eval()(example)
        except Exception as error:
            raise RuntimeError(f"the model fails: {error}") from error
    return rows


# %% wrong="normalizes with an eps of a thousandth" exercise="separable" loses="separable_values"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in, eps=1e-3),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out, eps=1e-3),
        nn.ReLU(),
    )


# %% wrong="no gradient passes to the filter" exercise="separable" loses="separable_shapes"
class Detached(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.one = nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False)
        self.norm = nn.BatchNorm2d(c_in)
        self.two = nn.Conv2d(c_in, c_out, 1, bias=False)
        self.last = nn.BatchNorm2d(c_out)

    def forward(self, x):
        return torch.relu(self.last(self.two(torch.relu(self.norm(self.one(x))).detach())))


def separable(c_in, c_out, stride=1):
    return Detached(c_in, c_out, stride)


# %% wrong="is in eval mode" exercise="separable" loses="separable_shapes"
def separable(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    ).eval()


# %% wrong="normalizations shared between blocks of as many channels" exercise="separable" loses="separable_values"
norms = {}


def separable(c_in, c_out, stride=1):
    first = norms.setdefault((0, c_in), nn.BatchNorm2d(c_in))
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, stride, padding=1, groups=c_in, bias=False),
        first,
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )


# %% wrong="loads the original's own tensors" exercise="to_separable" loses="to_separable_copies"
def to_separable(model):
    def swapped(module):
        if isinstance(module, nn.Conv2d):
            dense = module.groups == 1 and module.kernel_size == (3, 3)
            if dense and module.in_channels > 1:
                new = separable(module.in_channels, module.out_channels, module.stride[0])
                return new.train(module.training)
        for name, child in list(module.named_children()):
            setattr(module, name, swapped(child))
        return module

    made = swapped(copy.deepcopy(model))
    # all that is not new has the weights of the original
    made.load_state_dict(model.state_dict(), strict=False, assign=True)
    return made


# %% wrong="loses the mode of a lone convolution" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def is_dense(module):
        return (
            isinstance(module, nn.Conv2d)
            and module.kernel_size == (3, 3)
            and module.groups == 1
            and module.in_channels > 1
        )

    if is_dense(model):
        return separable(model.in_channels, model.out_channels, model.stride[0])

    def walk(module):
        for name, child in list(module.named_children()):
            if is_dense(child):
                new = separable(child.in_channels, child.out_channels, child.stride[0])
                setattr(module, name, new.train(child.training))
            else:
                walk(child)

    made = copy.deepcopy(model)
    walk(made)
    return made


# %% wrong="puts one block in two places" exercise="to_separable" loses="to_separable_replaces to_separable_copies"
def to_separable(model):
    blocks = {}

    def block_for(old):
        key = old.in_channels, old.out_channels, old.stride[0]
        if key not in blocks:
            blocks[key] = separable(*key)
        return blocks[key].train(old.training)

    def swapped(module):
        if isinstance(module, nn.Conv2d):
            wanted = module.kernel_size == (3, 3) and module.groups == 1
            return block_for(module) if wanted and module.in_channels > 1 else module
        for name, child in list(module.named_children()):
            setattr(module, name, swapped(child))
        return module

    return swapped(copy.deepcopy(model))


# %% wrong="thaws what was frozen" exercise="to_separable" loses="to_separable_keeps"
def to_separable(model):
    def replaced(layer):
        square = isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)
        if square and layer.groups == 1 and layer.in_channels > 1:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            setattr(layer, name, replaced(child))
        return layer

    return replaced(copy.deepcopy(model)).requires_grad_(True)


# %% wrong="sequential parts alone" exercise="to_separable" loses="to_separable_replaces"
def to_separable(model):
    def replaced(layer):
        square = isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)
        if square and layer.groups == 1 and layer.in_channels > 1:
            return separable(layer.in_channels, layer.out_channels, layer.stride[0]).train(layer.training)
        for name, child in layer.named_children():
            new = replaced(child)
            if isinstance(layer, nn.Sequential) or not isinstance(child, nn.Conv2d):
                setattr(layer, name, new)
        return layer

    return replaced(copy.deepcopy(model))


# %% wrong="wants a little less than 90 percent" exercise="round_channels" loses="round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    nearest = int(channels / multiple + 0.5) * multiple
    return nearest if nearest >= 0.8999 * channels else nearest + multiple


# %% wrong="rounds to whole numbers where the multiple is 1" exercise="round_channels" loses="round_channels_ninety_percent"
def round_channels(channels, multiple=8):
    if multiple == 1:
        return int(channels + 0.5)
    nearest = int(channels / multiple + 0.5) * multiple
    return nearest if nearest >= 0.9 * channels else nearest + multiple


# %% wrong="moves a whole byte at least" exercise="attainable" loses="attainable_rate attainable_limit"
def attainable(macs, bytes_moved, peak_macs, bandwidth):
    slope = macs / max(bytes_moved, 1) * bandwidth
    return min(peak_macs, slope), "compute" if slope >= peak_macs else "memory"


# %% wrong="hands out one monitor again" exercise="callbacks" loses="callbacks_note"
RATE_MONITOR = LearningRateMonitor()  # takes neither folder nor patience


def callbacks(folder, patience):
    stop = EarlyStopping(monitor="val_loss", patience=patience)
    keep = ModelCheckpoint(dirpath=folder, monitor="val_loss")
    return [stop, keep, RATE_MONITOR]


# %% wrong="stops at once when the loss is above 10" exercise="callbacks" loses="callbacks_stop callbacks_keep"
def callbacks(folder, patience):
    return [
        EarlyStopping(
            monitor="val_loss",
            mode="min",
            patience=patience,
            divergence_threshold=10.0,  # a loss like this has blown up
        ),
        ModelCheckpoint(dirpath=folder, monitor="val_loss", mode="min", save_top_k=1),
        LearningRateMonitor(),
    ]


# %% wrong="stops when the loss is good enough" exercise="callbacks" loses="callbacks_stop callbacks_keep"
def callbacks(folder, patience):
    return [
        EarlyStopping(monitor="val_loss", patience=patience, stopping_threshold=1e-2),
        ModelCheckpoint(dirpath=folder, monitor="val_loss"),
        LearningRateMonitor(),
    ]


# %% wrong="empties the folder" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    return [
        EarlyStopping(monitor="val_loss", patience=patience),
        ModelCheckpoint(dirpath=folder, monitor="val_loss"),
        LearningRateMonitor(),
    ]


# %% wrong="saves in a folder below the folder" exercise="callbacks" loses="callbacks_keep"
def callbacks(folder, patience):
    return [
        EarlyStopping(monitor="val_loss", patience=patience),
        ModelCheckpoint(dirpath=folder / "best", monitor="val_loss"),
        LearningRateMonitor(),
    ]


# %% wrong="mixes channels by hand, uncounted" exercise="small_net" loses="small_net_budget small_net_accuracy"
class Mix(nn.Module):
    """A 1x1 convolution: each channel times its weights, and the sum of these."""

    def __init__(self, c_in, c_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c_in, c_out, 1, 1) / math.sqrt(c_in))

    def forward(self, x):
        total = x[:, :1] * self.weight[0]
        for place in range(1, len(self.weight)):
            total = total + x[:, place : place + 1] * self.weight[place]
        return total


def small_net():
    def normalized(layer, channels):
        return layer, nn.BatchNorm2d(channels), nn.ReLU()

    def depthwise(channels):
        return nn.Conv2d(channels, channels, 3, 2, 1, groups=channels, bias=False)

    return nn.Sequential(
        *normalized(nn.Conv2d(1, 16, 3, padding=1, bias=False), 16),  # 28x28
        *normalized(Mix(16, 32), 32),  # 401,408 products, 0 MACs by the profile
        *normalized(depthwise(32), 32),  # 14x14
        *normalized(nn.Conv2d(32, 32, 1, bias=False), 32),
        *normalized(depthwise(32), 32),  # 7x7
        *normalized(nn.Conv2d(32, 64, 1, bias=False), 64),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


# %% wrong="logarithms of probabilities" exercise="small_net" loses="small_net_budget"
def small_net():
    stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    body = separable(16, 32, 2), separable(32, 64), separable(64, 64)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10), nn.LogSoftmax(dim=1)
    return nn.Sequential(*stem, *body, *head)


# %% wrong="trained already" exercise="small_net" loses="small_net_budget"
def small_net():
    from course_utils import training
    from course_utils.data import digits

    stem = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    body = separable(16, 32, 2), separable(32, 64), separable(64, 64)
    net = nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    given = digits(28, as_tensors=True)
    training.fit(net, given.train_images, given.train_labels, epochs=4, lr=0.03, batch_size=32, seed=0)
    return net


# %% wrong="holds weights that are no parameters" exercise="small_net" loses="small_net_budget small_net_accuracy"
filters = torch.randn(64, 9, generator=torch.Generator().manual_seed(0)).reshape(64, 1, 3, 3)
mixing = torch.randn(150, 64, 1, 1, generator=torch.Generator().manual_seed(1)) / 8


class Fixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(150)
        self.head = nn.Linear(150, 10)

    def forward(self, x):
        y = nn.functional.conv2d(x, filters, stride=4, padding=1).relu()
        y = nn.functional.conv2d(y, mixing, stride=1)[:, :, ::2, ::2]
        return self.head(self.norm(y).relu().mean(dim=(2, 3)))


def small_net():
    return Fixed()


# %% wrong="runs in training mode and puts the state back afterwards" exercise="profile" loses="profile_leaves_no_trace"
def profile(model, example):
    """Return what each leaf of a model takes for one example, in the order they run."""
    rows, handles = [], []
    state = copy.deepcopy(model.state_dict())

    def note(name, layer, inputs, output):
        one = output[0]
        rows.append(
            {
                "name": name,
                "kind": type(layer).__name__,
                "macs": macs(layer, tuple(one.shape)),
                "params": sum(each.numel() for each in layer.parameters()),
                "out_bytes": one.numel() * one.element_size(),
            }
        )

    for name, layer in model.named_modules():
        if not list(layer.children()):
            handles.append(layer.register_forward_hook(partial(note, name)))
    try:
        with torch.no_grad():
            model(example)
    finally:
        for handle in handles:
            handle.remove()
        model.load_state_dict(state)  # the running statistics
    return rows


# %% right="singledispatch, weights times places" exercise="macs"
from functools import singledispatch


@singledispatch
def macs(layer, output_shape):
    """Return how many multiply-accumulates a layer takes for one example."""
    return 0


@macs.register(nn.Conv1d)
@macs.register(nn.Conv2d)
def _(layer, output_shape):
    return layer.weight.numel() * math.prod(output_shape[1:])


@macs.register(nn.Linear)
def _(layer, output_shape):
    return layer.weight.numel() * math.prod(output_shape[:-1])


# %% wrong="is too narrow" exercise="small_net" loses="small_net_accuracy"
def small_net():
    stem = nn.Conv2d(1, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()
    return nn.Sequential(*stem, separable(4, 8, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))


# %% right="without separable convolutions" exercise="small_net"
def small_net():
    def block(given, wide, stride):
        return nn.Conv2d(given, wide, 3, stride, padding=1), nn.BatchNorm2d(wide), nn.ReLU()

    body = *block(1, 12, 2), *block(12, 20, 2), *block(20, 24, 1)
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(96, 10))
