# %% right="dynamic_axes, names set afterwards by hand, eval put back" exercise="export"
def export(model, example, path):
    was_training = model.training
    program = torch.onnx.export(model.eval(), (example,), dynamic_shapes=({0: "n"},), verbose=False)
    model.train(was_training)
    graph = program.model.graph
    graph.inputs[0].name, graph.outputs[0].name = "images", "scores"
    program.save(path, external_data=False)
    checker.check_model(path)
    return path


# %% right="the older exporter, which is quick and warns" exercise="export"
def export(model, example, path):
    axes = {"images": {0: "batch"}, "scores": {0: "batch"}}
    names = {"input_names": ["images"], "output_names": ["scores"]}
    torch.onnx.export(model.eval(), example, str(path), dynamo=False, dynamic_axes=axes, **names)
    onnx.checker.check_model(str(path), full_check=True)
    return path


# %% right="the newer exporter with dynamic_axes, which warns and is heard" exercise="export"
def export(model, example, path):
    model.eval()
    axes = {"images": {0: "batch"}, "scores": {0: "batch"}}
    options = dict(input_names=["images"], output_names=["scores"], dynamic_axes=axes, external_data=False)
    torch.onnx.export(model, (example,), path, **options)
    onnx.checker.check_model(path)
    return path


# %% wrong="leaves the model in training mode" exercise="export" loses="export_eval_mode"
def export(model, example, path):
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    onnx.checker.check_model(path)
    return path


# %% wrong="freezes the batch" exercise="export" loses="export_ends"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, **options)
    onnx.checker.check_model(path)
    return path


# %% wrong="leaves the weights in a second file" exercise="export" loses="export_one_file"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    onnx.checker.check_model(path)
    return path


# %% wrong="names neither end" exercise="export" loses="export_ends"
def export(model, example, path):
    model.eval()
    axes = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(model, (example,), path, dynamic_shapes=axes, external_data=False, verbose=False)
    checker.check_model(path)
    return path


# %% wrong="names the output only" exercise="export" loses="export_ends"
def export(model, example, path):
    model.eval()
    options = dict(output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    checker.check_model(path)
    return path


# %% wrong="returns nothing" exercise="export" loses="export_one_file"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)


# %% wrong="writes nothing, as no path is given" exercise="export" loses="export_ends export_eval_mode export_one_file"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    return path


# %% right="a free axis by a hint, training turned off by train(False)" exercise="export"
def export(model, example, path):
    axes = [{0: torch.export.Dim.DYNAMIC}]
    names = dict(input_names=("images",), output_names=("scores",))
    program = torch.onnx.export(model.train(False), args=(example,), dynamic_shapes=axes, verbose=False, **names)
    path.write_bytes(program.model_proto.SerializeToString())
    checker.check_model(path)
    return path


# %% wrong="lets nobody look at the file" exercise="export" loses="export_one_file"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    return path


# %% wrong="puts the layers in eval mode, not the model" exercise="export" loses="export_eval_mode"
def export(model, example, path):
    for layer in model.children():
        layer.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    checker.check_model(path)
    return path


# %% wrong="has the name of forward's argument built in" exercise="export" loses="export_ends"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    torch.onnx.export(model, (example,), path, dynamic_shapes={"input": {0: torch.export.Dim("batch")}}, **options)
    checker.check_model(path)
    return path


# %% wrong="freezes the batch, and frees the signature afterwards" exercise="export" loses="export_ends"
def export(model, example, path):
    program = torch.onnx.export(
        model.eval(),
        (example,),
        input_names=["images"],
        output_names=["scores"],
        verbose=False,
    )
    proto = program.model_proto
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    del proto.graph.value_info[:]
    onnx.save(proto, path)
    checker.check_model(path)
    return path


# %% wrong="puts some kinds of layers in eval mode" exercise="export" loses="export_eval_mode"
def export(model, example, path):
    for module in model.modules():
        if isinstance(module, (torch.nn.Dropout, torch.nn.BatchNorm1d)):
            module.eval()
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        external_data=False,
        verbose=False,
    )
    checker.check_model(path)
    return path


# %% wrong="asks the model alone for its mode" exercise="export" loses="export_eval_mode"
def export(model, example, path):
    if model.training:
        model.eval()
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        external_data=False,
        verbose=False,
    )
    checker.check_model(path)
    return path


# %% wrong="leaves large weights in a second file" exercise="export" loses="export_one_file"
def export(model, example, path):
    model.eval()
    size = sum(w.numel() * w.element_size() for w in model.state_dict().values())
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        external_data=size > 2**20,
        verbose=False,
    )
    checker.check_model(path)
    return path


# %% wrong="leaves a file that is already there" exercise="export" loses="export_one_file"
def export(model, example, path):
    model.eval()
    options = dict(input_names=["images"], output_names=["scores"], external_data=False, verbose=False)
    if not path.exists():
        torch.onnx.export(model, (example,), path, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
    checker.check_model(path)
    return path


# %% right="all results joined, then compared at once" exercise="largest_difference"
import copy


def largest_difference(model, path, batches):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    copied = copy.deepcopy(model).eval()
    with torch.inference_mode():
        theirs = torch.cat([copied(batch) for batch in batches])
    ours = torch.cat([torch.from_numpy(session.run(None, {given.name: batch.numpy()})[0]) for batch in batches])
    return (theirs - ours).abs().max().item()


# %% right="row by row, nan kept by hand" exercise="largest_difference"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name, worst = session.get_inputs()[0].name, 0.0
    model.eval()
    for batch in batches:
        ours = session.run(None, {name: batch.numpy()})[0].ravel().tolist()
        theirs = model(batch).detach().numpy().ravel().tolist()
        for a, b in zip(ours, theirs):
            gap = abs(a - b)
            if gap != gap:
                return gap
            worst = max(worst, gap)
    return worst


# %% wrong="forgets the absolute value, module minus file" exercise="largest_difference" loses="largest_difference_value largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [model(batch).numpy() - session.run(None, {name: batch.numpy()})[0] for batch in batches]
    return float(np.max([gap.max() for gap in gaps]))


# %% wrong="forgets the absolute value, file minus module" exercise="largest_difference" loses="largest_difference_value largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [session.run(None, {name: batch.numpy()})[0] - model(batch).numpy() for batch in batches]
    return float(np.max([gap.max() for gap in gaps]))


# %% wrong="takes the absolute value of the largest" exercise="largest_difference" loses="largest_difference_value largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [session.run(None, {name: batch.numpy()})[0] - model(batch).numpy() for batch in batches]
    return float(np.max([abs(np.max(gap)) for gap in gaps]))


# %% wrong="joins the batches to one" exercise="largest_difference" loses="largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name, joined = session.get_inputs()[0].name, torch.cat(batches)
    model.eval()
    with torch.no_grad():
        expected = model(joined).numpy()
    return float(np.abs(session.run(None, {name: joined.numpy()})[0] - expected).max())


# %% wrong="takes the mean difference" exercise="largest_difference" loses="largest_difference_value largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return float(np.max([gap.mean() for gap in gaps]))


# %% wrong="looks at the last batch only" exercise="largest_difference" loses="largest_difference_batches largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        gap = np.abs(session.run(None, {name: batch.numpy()})[0] - expected).max()
    return float(gap)


# %% wrong="looks at the first batch only" exercise="largest_difference" loses="largest_difference_batches largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        return float(np.abs(session.run(None, {name: batch.numpy()})[0] - expected).max())


# %% wrong="loses nan in Python's max" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name, worst = session.get_inputs()[0].name, 0.0
    model.eval()
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        worst = max(worst, float(np.abs(session.run(None, {name: batch.numpy()})[0] - expected).max()))
    return worst


# %% wrong="ignores nan with nanmax" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return float(np.max([np.nanmax(gap) for gap in gaps]))


# %% wrong="compares in training mode" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return float(np.max([gap.max() for gap in gaps]))


# %% wrong="has the input's name built in" exercise="largest_difference" loses="largest_difference_value largest_difference_batches largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {"images": batch.numpy()})[0]) for batch in batches]
    return float(np.max([gap.max() for gap in gaps]))


# %% wrong="forgets no_grad" exercise="largest_difference" loses="largest_difference_value largest_difference_batches largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return float(np.max([gap.max() for gap in gaps]))


# %% right="a session for each batch, float64, NumPy's own number" exercise="largest_difference"
def largest_difference(model, path, batches):
    worst = np.float64(0)
    for batch in batches:
        session = ort.InferenceSession(path.read_bytes())
        (found,) = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: batch.numpy()})
        gap = np.abs(model.eval()(batch).detach().numpy().astype(np.float64) - found).ravel()
        worst = np.maximum(worst, np.maximum.reduce(gap))
    return worst


# %% wrong="rounds to six digits" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return round(float(np.max([gap.max() for gap in gaps])), 6)


# %% wrong="takes inf for nan" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    worst = float(np.max([gap.max() for gap in gaps]))
    return worst if np.isfinite(worst) else float("nan")


# %% wrong="returns a tensor" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name = session.get_inputs()[0].name
    model.eval()
    with torch.no_grad():
        gaps = [np.abs(model(batch).numpy() - session.run(None, {name: batch.numpy()})[0]) for batch in batches]
    return torch.tensor([float(gap.max()) for gap in gaps]).max()


# %% wrong="keeps sessions by path" exercise="largest_difference" loses="largest_difference_value"
sessions = {}


def session_of(path):
    if path not in sessions:
        options = ["CPUExecutionProvider"]
        sessions[path] = ort.InferenceSession(str(path), providers=options)
    return sessions[path]


def largest_difference(model, path, batches):
    model.eval()
    session = session_of(path)
    name = session.get_inputs()[0].name
    differences = []
    with torch.no_grad():
        for batch in batches:
            theirs = model(batch).numpy()
            (ours,) = session.run(None, {name: batch.numpy()})
            differences.append(np.max(np.abs(theirs - ours)))
    return float(np.max(differences))


# %% wrong="gives a number of NumPy's, float32" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    model.eval()
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    differences = []
    with torch.no_grad():
        for batch in batches:
            theirs = model(batch).numpy()
            (ours,) = session.run(None, {name: batch.numpy()})
            differences.append(np.abs(theirs - ours).max())
    return np.max(differences)


# %% wrong="takes what is close for equal" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    model.eval()
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    gaps = []
    with torch.no_grad():
        for batch in batches:
            theirs = model(batch).numpy()
            (ours,) = session.run(None, {name: batch.numpy()})
            gaps.append(np.abs(theirs - ours).max() if not np.allclose(theirs, ours) else 0.0)
    return float(np.max(gaps))


# %% wrong="runs one batch of each size" exercise="largest_difference" loses="largest_difference_batches"
def largest_difference(model, path, batches):
    model.eval()
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    gaps, seen = [], set()
    with torch.no_grad():
        for batch in batches:
            theirs = model(batch).numpy()
            (ours,) = session.run(None, {name: batch.numpy()})
            if len(batch) not in seen:
                seen.add(len(batch))
                gaps.append(np.abs(theirs - ours).max())
    return float(np.max(gaps))


# %% wrong="looks for nan in the file's results alone" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path)
    name, worst = session.get_inputs()[0].name, 0.0
    model.eval()
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        if np.isnan(found).any():
            return float("nan")
        worst = max(worst, float(np.abs(found - expected).max()))
    return worst


# %% right="onnx_ir reads the file" exercise="describe"
def describe(path):
    import onnx_ir

    model = onnx_ir.load(path)
    graph = model.graph

    def ends(values):
        for value in values:
            axes = [axis if isinstance(axis, int) else axis.value or 0 for axis in value.shape]
            yield value.name, str(value.dtype.numpy()), axes

    operators = {}
    for node in graph:
        operators[node.op_type] = operators.get(node.op_type, 0) + 1
    return {
        "opset": graph.opset_imports[""],
        "ir_version": model.ir_version,
        "inputs": list(ends(value for value in graph.inputs if value.name not in graph.initializers)),
        "outputs": list(ends(graph.outputs)),
        "operators": operators,
        "weight_bytes": sum(value.const_value.nbytes for value in graph.initializers.values()),
    }


# %% wrong="lists weights among the inputs" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="calls a free axis 0" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="leaves the type as ONNX's number" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        return value.name, kind.elem_type, [dim.dim_param or dim.dim_value for dim in kind.shape.dim]

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="compares inputs with weights, not their names" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = graph.initializer

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="gives NumPy's type, not its name" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="gives names of axes only" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="gives a shape as a tuple" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = tuple(dim.dim_param or dim.dim_value for dim in kind.shape.dim)
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="takes the first opset, whatever its domain" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": model.opset_import[0].version,
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="lists the operators without counting" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": sorted({node.op_type for node in graph.node}),
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="counts the bytes of raw_data" exercise="describe" loses="describe_weights"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(len(tensor.raw_data) for tensor in graph.initializer),
    }


# %% wrong="takes every weight for float32" exercise="describe" loses="describe_weights"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        kind = value.type.tensor_type
        shape = [dim.dim_param or dim.dim_value for dim in kind.shape.dim]
        return value.name, str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(4 * int(np.prod(tensor.dims)) for tensor in graph.initializer),
    }


# %% right="the message read from bytes, the bytes counted by hand" exercise="describe"
def describe(path):
    model = onnx.ModelProto.FromString(path.read_bytes())
    said = {"ir_version": int(model.ir_version), "inputs": [], "outputs": [], "operators": {}, "weight_bytes": 0}
    for entry in model.opset_import:
        if not entry.domain:
            said["opset"] = int(entry.version)
    for weight in model.graph.initializer:
        kind = onnx.helper.tensor_dtype_to_np_dtype(weight.data_type)
        said["weight_bytes"] += int(np.prod(weight.dims, dtype=np.int64)) * kind.itemsize
    names = {weight.name for weight in model.graph.initializer}
    for key, values in (("inputs", model.graph.input), ("outputs", model.graph.output)):
        for value in values:
            dims = value.type.tensor_type.shape.dim
            shape = [dim.dim_value if dim.HasField("dim_value") else dim.dim_param for dim in dims]
            if key == "outputs" or value.name not in names:
                said[key].append((value.name, lesson.numpy_type(value), shape))
    for node in model.graph.node:
        said["operators"][node.op_type] = said["operators"].get(node.op_type, 0) + 1
    return said


# %% wrong="takes the last opset, whatever its domain" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        return value.name, lesson.numpy_type(value), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": model.opset_import[-1].version,
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="takes an input that begins like a weight for the weight" exercise="describe" loses="describe_ends"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        return value.name, lesson.numpy_type(value), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if not value.name.startswith(tuple(weights))],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="counts the standard operators alone" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        return value.name, lesson.numpy_type(value), shape

    operators = [node.op_type for node in graph.node if node.domain == ""]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in graph.initializer),
    }


# %% wrong="turns an axis of size 0 into a name" exercise="describe" loses="describe_ends"
from collections import Counter


def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}

    def ends(values):
        return [
            (
                value.name,
                lesson.numpy_type(value),
                [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim],
            )
            for value in values
        ]

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": ends([v for v in graph.input if v.name not in weights]),
        "outputs": ends(graph.output),
        "operators": dict(Counter(node.op_type for node in graph.node)),
        "weight_bytes": sum(onnx.numpy_helper.to_array(w).nbytes for w in graph.initializer),
    }


# %% wrong="takes the highest version of all domains" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}

    def end(value):
        dims = value.type.tensor_type.shape.dim
        shape = [dim.dim_param or dim.dim_value for dim in dims]
        return value.name, lesson.numpy_type(value), shape

    operators = {}
    for node in graph.node:
        operators[node.op_type] = operators.get(node.op_type, 0) + 1
    return {
        "opset": max(entry.version for entry in model.opset_import),
        "ir_version": model.ir_version,
        "inputs": [end(v) for v in graph.input if v.name not in weights],
        "outputs": [end(v) for v in graph.output],
        "operators": operators,
        "weight_bytes": sum(onnx.numpy_helper.to_array(w).nbytes for w in graph.initializer),
    }


# %% wrong="counts the nodes of functions, too" exercise="describe" loses="describe_versions_and_operators"
from collections import Counter


def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = {w.name for w in graph.initializer}

    def end(v):
        return (v.name, lesson.numpy_type(v), [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim])

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [end(v) for v in graph.input if v.name not in weights],
        "outputs": [end(v) for v in graph.output],
        "operators": dict(Counter(n.op_type for n in [*graph.node, *(m for f in model.functions for m in f.node)])),
        "weight_bytes": sum(onnx.numpy_helper.to_array(w).nbytes for w in graph.initializer),
    }


# %% wrong="counts the nodes of branches, too" exercise="describe" loses="describe_versions_and_operators"
from collections import Counter


def every(graph):
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from every(attribute.g)


def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = {w.name for w in graph.initializer}

    def end(v):
        return (v.name, lesson.numpy_type(v), [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim])

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [end(v) for v in graph.input if v.name not in weights],
        "outputs": [end(v) for v in graph.output],
        "operators": dict(Counter(every(graph))),
        "weight_bytes": sum(onnx.numpy_helper.to_array(w).nbytes for w in graph.initializer),
    }


# %% wrong="counts weights that are alike once" exercise="describe" loses="describe_weights"
def describe(path):
    model = onnx.load(path)
    graph = model.graph
    weights = [tensor.name for tensor in graph.initializer]

    def ends(value):
        shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        return value.name, lesson.numpy_type(value), shape

    operators = [node.op_type for node in graph.node]
    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [ends(value) for value in graph.input if value.name not in weights],
        "outputs": [ends(value) for value in graph.output],
        "operators": {name: operators.count(name) for name in set(operators)},
        "weight_bytes": sum(map(len, {onnx.numpy_helper.to_array(tensor).tobytes() for tensor in graph.initializer})),
    }


# %% right="softmax by hand, label by argmax" exercise="with_predictor_head"
class Head(torch.nn.Module):
    def __init__(self, model, mean, scale):
        super().__init__()
        self.model = model
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(scale))

    def forward(self, images):
        z = self.model(((images.to(torch.float32) - self.mean) / self.scale).unsqueeze(1))
        powers = torch.exp(z - z.amax(dim=1, keepdim=True))
        return z.argmax(dim=1), (powers / powers.sum(dim=1, keepdim=True)).amax(dim=1)


def with_predictor_head(model, mean, scale):
    return Head(model.eval(), mean, scale)


# %% right="the probability gathered at the label" exercise="with_predictor_head"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, images):
            x = images.float().sub(mean).div(scale)
            logs = torch.log_softmax(self.inner(x.reshape(x.shape[0], 1, x.shape[1], x.shape[2])), dim=-1)
            label = logs.argmax(dim=-1)
            return label, logs.gather(1, label[:, None]).squeeze(1).exp()

    return Head()


# %% right="normalizes in NumPy, which torch.export can follow" exercise="with_predictor_head"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = torch.from_numpy((images.numpy().astype(np.float32) - np.float32(mean)) / np.float32(scale))
            probability, label = torch.softmax(self.model(x[:, None]), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% right="each label's place, by arange of the shape" exercise="with_predictor_head"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probabilities = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), dim=1)
            label = probabilities.argmax(dim=1)
            return label, probabilities[torch.arange(label.shape[0]), label]

    return Head()


# %% wrong="forgets to normalize" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probability, label = torch.softmax(self.model(images.float()[:, None]), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="divides by 255 instead" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probability, label = torch.softmax(self.model(images.float()[:, None] / 255), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="divides by 255 first" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images.float() / 255 - mean) / scale
            probability, label = torch.softmax(self.model(x[:, None]), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="lets bytes wrap around below 0" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images - int(mean)).float() / scale
            probability, label = torch.softmax(self.model(x[:, None]), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="forgets the mean" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probability, label = torch.softmax(self.model((images.float() / scale)[:, None]), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="seeks the largest of each class" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probabilities = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), dim=1)
            probability, label = probabilities.max(dim=0)
            return label, probability

    return Head()


# %% wrong="takes label and probability of a softmax over the images" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            z = self.model(((images.float() - mean) / scale)[:, None])
            probability, label = torch.softmax(z, dim=0).max(dim=1)
            return label, probability

    return Head()


# %% wrong="fixes the batch by len" exercise="with_predictor_head" loses="with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probabilities = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), dim=1)
            label = probabilities.argmax(dim=1)
            return label, probabilities[torch.arange(len(probabilities)), label]

    return Head()


# %% wrong="gives the score for the probability" exercise="with_predictor_head" loses="with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            score, label = self.model(((images.float() - mean) / scale)[:, None]).max(dim=1)
            return label, score

    return Head()


# %% wrong="runs softmax over the images" exercise="with_predictor_head" loses="with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            z = self.model(((images.float() - mean) / scale)[:, None])
            return z.argmax(dim=1), torch.softmax(z, dim=0).amax(dim=1)

    return Head()


# %% wrong="returns them in the other order" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probability, label = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), 1).max(dim=1)
            return probability, label

    return Head()


# %% wrong="takes the labels through a Python list" exercise="with_predictor_head" loses="with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probabilities = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), dim=1)
            return torch.tensor(probabilities.argmax(dim=1).tolist()), probabilities.amax(dim=1)

    return Head()


# %% wrong="expects float images of a channel" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probability, label = torch.softmax(self.model((images - mean) / scale), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="gives all probabilities" exercise="with_predictor_head" loses="with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            probabilities = torch.softmax(self.model(((images.float() - mean) / scale)[:, None]), dim=1)
            return probabilities.argmax(dim=1), probabilities

    return Head()


# %% right="softmax in float64, the best by topk" exercise="with_predictor_head"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = torch.unsqueeze(images.to(torch.float32) - mean, 1) / scale
            best = self.model(x).double().softmax(-1).topk(1, dim=-1)
            return best.indices.flatten(), best.values.float().flatten()

    return Head()


# %% wrong="takes every image for a square" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images.float() - mean) / scale
            x = x.reshape(x.shape[0], 1, x.shape[1], x.shape[1])
            probability, label = torch.softmax(self.model(x), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="squeezes a batch of one away" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = ((images.float() - mean) / scale)[:, None]
            probability, label = torch.softmax(self.model(x), dim=1).max(dim=1, keepdim=True)
            return label.squeeze(), probability.squeeze()

    return Head()


# %% wrong="adds a little to the scale" exercise="with_predictor_head" loses="with_predictor_head_probability"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = ((images.float() - mean) / (scale + 1e-5))[:, None]
            probability, label = torch.softmax(self.model(x), dim=1).max(dim=1)
            return label, probability

    return Head()


# %% wrong="takes powers that float32 does not hold" exercise="with_predictor_head" loses="with_predictor_head_probability"
def with_predictor_head(model, mean, scale):
    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            z = self.model(((images.float() - mean) / scale)[:, None])
            powers = torch.exp(z)
            return z.argmax(dim=1), (powers / powers.sum(dim=1, keepdim=True)).amax(dim=1)

    return Head()


# %% wrong="keeps mean and scale of the latest head for all" exercise="with_predictor_head" loses="with_predictor_head_label"
class Head(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images):
        x = ((images.float() - Head.mean) / Head.scale)[:, None]
        probability, label = torch.softmax(self.model(x), dim=1).max(dim=1)
        return label, probability


def with_predictor_head(model, mean, scale):
    Head.mean, Head.scale = mean, scale
    return Head(model)


# %% right="a weighted sum of both sides" exercise="branchless_graph"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            inverted = (images.mean() > 0.5).float()
            return 2 * (inverted * (1 - images) + (1 - inverted) * images) - 1

    return export(Branchless(), torch.zeros(3, 8, 8), path)


# %% right="a branch in the graph, by torch.cond" exercise="branchless_graph"
def branchless_graph(path):
    class Branching(torch.nn.Module):
        def forward(self, images):
            return 2 * torch.cond(images.mean() > 0.5, lambda x: 1 - x, lambda x: x.clone(), (images,)) - 1

    axes = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(Branching(), (torch.rand(2, 8, 8),), path, dynamic_shapes=axes, external_data=False)
    return path


# %% right="stretches first, and decides on the sign" exercise="branchless_graph"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            x = 2 * images - 1
            return torch.where(x.mean() > 0, -x, x)

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="lets the older exporter freeze the branch, on a bright example" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    import warnings

    axes = {"images": {0: "batch"}}
    options = dict(dynamo=False, input_names=["images"], dynamic_axes=axes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(InkOnPaper(), (torch.ones(2, 8, 8),), path, **options)
    return path


# %% wrong="exports the branch as it is" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    return to_onnx(InkOnPaper(), torch.zeros(2, 8, 8), path)


# %% wrong="decides for each image" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            bright = images.mean(dim=(1, 2), keepdim=True) > 0.5
            return 2 * torch.where(bright, 1 - images, images) - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="decides for each pixel" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            return 2 * torch.where(images > 0.5, 1 - images, images) - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="has the two sides the wrong way round" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            return 2 * torch.where(images.mean() > 0.5, images, 1 - images) - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="stretches before it decides" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            x = 2 * images - 1
            return torch.where(x.mean() > 0.5, 1 - x, x)

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="forgets to stretch" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            return torch.where(images.mean() > 0.5, 1 - images, images)

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="freezes the batch of its example" exercise="branchless_graph" loses="branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            return 2 * torch.where(images.mean() > 0.5, 1 - images, images) - 1

    torch.onnx.export(Branchless(), (torch.rand(2, 8, 8),), path, external_data=False, verbose=False)
    return path


# %% wrong="drops the branch" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% right="written as ONNX's text, without PyTorch" exercise="branchless_graph"
def branchless_graph(path):
    head = '<ir_version: 8, opset_import: ["" : 18]> g (float[n,8,8] x) => (float[n,8,8] y) '
    weights = "<float half = {0.5}, float one = {1}, float two = {2}> "
    choose = "{mean = ReduceMean<keepdims = 0>(x) bright = Greater(mean, half) other = Sub(one, x) "
    model = onnx.parser.parse_model(
        head + weights + choose + "z = Where(bright, other, x) d = Mul(two, z) y = Sub(d, one)}"
    )
    onnx.save(model, path)
    return path


# %% wrong="inverts a batch in the middle, too" exercise="branchless_graph" loses="branchless_graph_both_sides"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images.mean() >= 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="lets the majority of pixels decide" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where((images > 0.5).float().mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% wrong="lets the last image decide" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images[-1].mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% right="the distance to 0 or to 1" exercise="branchless_graph"
class Distance(torch.nn.Module):
    def forward(self, images):
        bright = (images.mean() > 0.5).to(images.dtype)  # 0 or 1
        return (images - bright).abs() * 2 - 1


def branchless_graph(path):
    example = torch.linspace(0, 1, 5 * 64).reshape(5, 8, 8)
    torch.onnx.export(
        Distance().eval(),
        (example,),
        path,
        verbose=False,
        external_data=False,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    return path


# %% wrong="lets the majority of images decide" exercise="branchless_graph" loses="branchless_graph_both_sides branchless_graph_whole_batch"
def branchless_graph(path):
    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where((images.mean(dim=(1, 2)) > 0.5).float().mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path)


# %% right="the clipped line by an operator of its own, the function outside" exercise="hard_swish_graph"
@onnxscript.script(default_opset=op)
def sloped(values: FLOAT["rows", "columns"]) -> FLOAT["rows", "columns"]:
    return values * op.HardSigmoid(values, alpha=0.16666667, beta=0.5)


def hard_swish_graph(path):
    onnx.save(sloped.to_model_proto(), path)
    return path


# %% right="minimum and maximum, divided at the end, integers" exercise="hard_swish_graph"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        lifted = op.Min(op.Max(x + 3, 0), 6)
        return lifted * x / 6

    path.write_bytes(hard_swish.to_model_proto().SerializeToString())
    return path


# %% wrong="takes ONNX's own operator" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return op.HardSwish(x)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="divides integers" exercise="hard_swish_graph" loses="hard_swish_graph_values hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x / 6 + 1 / 2, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="leaves out how many axes there are" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT) -> FLOAT:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="writes dots for the axes" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[...]) -> FLOAT[...]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="forgets to clip" exercise="hard_swish_graph" loses="hard_swish_graph_values"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * (x / 6.0 + 0.5)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="gives the clipped line alone" exercise="hard_swish_graph" loses="hard_swish_graph_values"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="clips at 6 and forgets to divide" exercise="hard_swish_graph" loses="hard_swish_graph_values"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x + 3.0, 0.0, 6.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="fixes the axes" exercise="hard_swish_graph" loses="hard_swish_graph_values hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[2, 4]) -> FLOAT[2, 4]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="has one axis only" exercise="hard_swish_graph" loses="hard_swish_graph_values hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None]) -> FLOAT[None]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="saves the function for the model" exercise="hard_swish_graph" loses="hard_swish_graph_values hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish, path)
    return path


# %% wrong="returns the model and writes nothing" exercise="hard_swish_graph" loses="hard_swish_graph_values hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    return hard_swish.to_model_proto()


# %% wrong="writes swish with its exponential" exercise="hard_swish_graph" loses="hard_swish_graph_values"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Sigmoid(x)

    onnx.save(swish.to_model_proto(), path)
    return path


# %% right="three pieces, chosen by Where" exercise="hard_swish_graph"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        middle = x * (x / 6.0 + 0.5)
        return op.Where(x < -3.0, x * 0.0, op.Where(x > 3.0, x, middle))

    with path.open("wb") as file:
        file.write(hard_swish.to_model_proto().SerializeToString())
    return path


# %% wrong="lets PyTorch export the formula" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    class HardSwish(torch.nn.Module):
        def forward(self, x):
            return x * torch.clamp(x / 6 + 0.5, 0, 1)

    axes = ({0: torch.export.Dim("n"), 1: torch.export.Dim("d")},)
    example = (torch.zeros(2, 3),)
    torch.onnx.export(HardSwish(), example, path, dynamic_shapes=axes, external_data=False, verbose=False)
    return path


# %% wrong="gives both axes one name" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT["n", "n"]) -> FLOAT["n", "n"]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="hides ONNX's own operator in a branch" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    text = """<ir_version: 8, opset_import: ["" : 18]> g (float[n,d] x) => (float[n,d] y)
    { yes = Constant<value = bool {1}>() y = If(yes) <then_branch = a () => (float[n,d] b) {b = HardSwish(x)},
    else_branch = c () => (float[n,d] e) {e = HardSwish(x)}> }"""
    onnx.save(onnx.parser.parse_model(text), path)
    return path


# %% wrong="fixes the output's axes" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[2, 4]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% right="convert, then save; the library's reader of references" exercise="split_weights"
def split_weights(path, folder):
    model = onnx.load(str(path))
    onnx.external_data_helper.convert_model_to_external_data(model, True, path.name + ".data", 0)
    onnx.save(model, str(folder / path.name))
    return folder / path.name


def missing_files(path):
    lacking = []
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        if onnx.external_data_helper.uses_external_data(tensor):
            location = onnx.external_data_helper.ExternalDataInfo(tensor).location
            if location not in lacking and not path.with_name("x").parent.joinpath(location).exists():
                lacking.append(location)
    lacking.sort()
    return lacking


# %% wrong="leaves small weights inside" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    moved = folder / path.name
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=f"{path.name}.data")
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="writes a file for each weight" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    moved = folder / path.name
    options = dict(save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)
    onnx.save_model(onnx.load(path), moved, **options)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="saves without moving anything out" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    onnx.save(onnx.load(path), folder / path.name)
    return folder / path.name


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="looks in the working folder" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    from pathlib import Path

    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not Path(location).is_file())


# %% wrong="names a file for each weight" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = [entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"]
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="loads the weights to see" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path)
    needed = {entry.value for tensor in model.graph.initializer for entry in tensor.external_data}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="takes every entry for a location" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="looks at the names in the model's folder only" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    there = {each.name for each in path.parent.iterdir()}
    return sorted(needed - there)


# %% wrong="names the second file by the stem" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.stem}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="names no second file" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    moved = folder / path.name
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="gives a path for the second file's name" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=str(folder / data), size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    needed = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    return sorted(location for location in needed if not (path.parent / location).is_file())


# %% wrong="names the weights, not their files" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    moved, data = folder / path.name, f"{path.name}.data"
    onnx.save_model(onnx.load(path), moved, save_as_external_data=True, location=data, size_threshold=0)
    return moved


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    return sorted({tensor.name for tensor in model.graph.initializer if tensor.external_data})


# %% right="onnx_ir writes the two files" exercise="split_weights"
def split_weights(path, folder):
    import onnx_ir

    model, new = onnx_ir.load(path), folder / path.name
    onnx_ir.save(model, new, external_data=f"{new.name}.data", size_threshold_bytes=0)
    return new


def missing_files(path):
    found = set()
    for weight in onnx.load(path, load_external_data=False).graph.initializer:
        said = {entry.key: entry.value for entry in weight.external_data}
        if "location" in said and not (path.parent / said["location"]).exists():
            found.add(said["location"])
    return sorted(found)


# %% wrong="cuts a name at its first point" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    name = path.name.split(".")[0] + ".onnx.data"
    options = {"location": name, "save_as_external_data": True}
    onnx.save_model(onnx.load(path), folder / path.name, size_threshold=0, **options)
    return folder / path.name


def missing_files(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer
    outside = [each for each in weights if each.data_location == each.EXTERNAL]
    entries = [entry for each in outside for entry in each.external_data]
    needed = {entry.value for entry in entries if entry.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="stores every weight as float32" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    model = onnx.load(path)
    for weight in model.graph.initializer:
        array = onnx.numpy_helper.to_array(weight).astype(np.float32)
        weight.CopyFrom(onnx.numpy_helper.from_array(array, weight.name))
    options = {"location": f"{path.name}.data", "save_as_external_data": True}
    onnx.save_model(model, folder / path.name, size_threshold=0, **options)
    return folder / path.name


def missing_files(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer
    outside = [each for each in weights if each.data_location == each.EXTERNAL]
    entries = [entry for each in outside for entry in each.external_data]
    needed = {entry.value for entry in entries if entry.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="looks in the working folder, too" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    options = {"location": f"{path.name}.data", "save_as_external_data": True}
    onnx.save_model(onnx.load(path), folder / path.name, size_threshold=0, **options)
    return folder / path.name


def missing_files(path):
    from pathlib import Path

    weights = onnx.load(path, load_external_data=False).graph.initializer
    entries = [entry for each in weights for entry in each.external_data]
    needed = {entry.value for entry in entries if entry.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file() and not Path(name).is_file())


# %% wrong="takes a file in any folder for it" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    onnx.save_model(
        onnx.load(path),
        folder / path.name,
        save_as_external_data=True,
        location=path.name + ".data",
        size_threshold=0,
    )
    return folder / path.name


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    there = {each.name for each in path.parent.rglob("*") if each.is_file()}
    needed = {
        entry.value
        for tensor in model.graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return sorted(name for name in needed if name.split("/")[-1] not in there)


# %% wrong="makes a new model of graph and versions" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    old = onnx.load(path)
    model = onnx.helper.make_model(old.graph, opset_imports=old.opset_import, ir_version=old.ir_version)
    onnx.save_model(
        model,
        folder / path.name,
        save_as_external_data=True,
        location=path.name + ".data",
        size_threshold=0,
    )
    return folder / path.name


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    needed = set()
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            needed |= {e.value for e in tensor.external_data if e.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="tidies locations up" exercise="split_weights" loses="split_weights_missing"
from pathlib import Path


def split_weights(path, folder):
    new = folder / path.name
    onnx.save_model(
        onnx.load(path),
        new,
        save_as_external_data=True,
        location=f"{path.name}.data",
        size_threshold=0,
    )
    return new


def missing_files(path):
    model = onnx.load(path, load_external_data=False)
    needed = {
        Path(entry.value)
        for tensor in model.graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return sorted(str(file) for file in needed if not (path.parent / file).exists())


# %% wrong="takes the first entry for the location" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    options = {"location": f"{path.name}.data", "save_as_external_data": True}
    onnx.save_model(onnx.load(path), folder / path.name, size_threshold=0, **options)
    return folder / path.name


def missing_files(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer
    needed = {each.external_data[0].value for each in weights if each.data_location == each.EXTERNAL}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% right="the option by the classifier's identity" exercise="sklearn_to_onnx"
def sklearn_to_onnx(classifier, n_features, path):
    kind = [("x", FloatTensorType([None, n_features]))]
    model = convert_sklearn(classifier, initial_types=kind, options={id(classifier): {"zipmap": False}})
    path.write_bytes(model.SerializeToString())
    return path


# %% right="skl2onnx's shorter function, by an example" exercise="sklearn_to_onnx"
def sklearn_to_onnx(classifier, n_features, path):
    from skl2onnx import to_onnx as translate

    model = translate(classifier, np.zeros((1, n_features), np.float32), options={"zipmap": False})
    onnx.save(model, path)
    return path


# %% wrong="keeps ZipMap" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    model = convert_sklearn(classifier, initial_types=[("x", FloatTensorType([None, n_features]))])
    onnx.save(model, path)
    return path


# %% wrong="fixes the number of rows" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([1, n_features])
    onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False}), path)
    return path


# %% wrong="gives the scores" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, n_features])
    options = {"zipmap": False, "raw_scores": True}
    onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options=options), path)
    return path


# %% wrong="has 3 features built in" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, 3])
    onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False}), path)
    return path


# %% wrong="has 64 features built in" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, 64])
    onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False}), path)
    return path


# %% wrong="returns the model and writes nothing" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, n_features])
    return convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False})


# %% right="the option by the classifier's class, bytes written by hand" exercise="sklearn_to_onnx"
def sklearn_to_onnx(classifier, n_features, path):
    kinds, options = [("rows", FloatTensorType(shape=[None, n_features]))], {type(classifier): {"zipmap": False}}
    model = convert_sklearn(classifier, "net", kinds, options=options, target_opset=17)
    path.write_bytes(model.SerializeToString())
    return path


# %% wrong="leaves ZipMap out for one kind of classifier" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind, options = FloatTensorType([None, n_features]), {LogisticRegression: {"zipmap": False}}
    onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options=options), path)
    return path


# %% wrong="leaves a file that is already there" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, n_features])
    if not path.exists():
        onnx.save(convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False}), path)
    return path


# %% wrong="leaves ZipMap out for the two kinds one sees" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    model = convert_sklearn(
        classifier,
        initial_types=[("x", FloatTensorType([None, n_features]))],
        options={LogisticRegression: {"zipmap": False}, RandomForestClassifier: {"zipmap": False}},
    )
    onnx.save(model, path)
    return path


# %% wrong="the first thousand rows of a batch" exercise="largest_difference" loses="largest_difference_batches"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    model.eval()
    gaps = []
    for batch in batches:
        batch = batch[:1000]
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max())
    return float(np.max(gaps))


# %% wrong="eval only if the model itself is in training mode" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    if model.training:
        model.eval()
    gaps = []
    for batch in batches:
        pass
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max())
    return float(np.max(gaps))


# %% wrong="inf counts as nan" exercise="largest_difference" loses="largest_difference_value"
def largest_difference(model, path, batches):
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    model.eval()
    gaps = []
    for batch in batches:
        pass
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max() if np.isfinite(found).all() else np.nan)
    return float(np.max(gaps))


# %% wrong="a cache by path" exercise="describe" loses="describe_ends describe_weights"
import functools


@functools.cache
def describe(path):
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    weights = [(each.name, to_array(each).nbytes) for each in model.graph.initializer]
    names = {name for name, _ in weights}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (value.name, lesson.numpy_type(value), shape(value))

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in names],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(size for _, size in weights),
    }


# %% wrong="operators of the first 200 nodes" exercise="describe" loses="describe_versions_and_operators"
def describe(path):
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node[:200]]
    weights = [(each.name, to_array(each).nbytes) for each in model.graph.initializer]
    names = {name for name, _ in weights}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (value.name, lesson.numpy_type(value), shape(value))

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in names],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(size for _, size in weights),
    }


# %% wrong="the first hundred weights" exercise="describe" loses="describe_weights"
def describe(path):
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    weights = [(each.name, to_array(each).nbytes) for each in model.graph.initializer[:100]]
    names = {name for name, _ in weights}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (value.name, lesson.numpy_type(value), shape(value))

    return {
        "opset": next(e.version for e in model.opset_import if e.domain == ""),
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in names],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(size for _, size in weights),
    }


# %% wrong="a batch of 512 at most" exercise="with_predictor_head" loses="with_predictor_head_label with_predictor_head_probability with_predictor_head_graph"
def with_predictor_head(model, mean, scale):
    pass

    class Head(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images.float()[:512] - mean) / scale
            z = self.model(x[:, None])
            probability, label = torch.softmax(z, dim=1).max(dim=1)
            return label, probability

    return Head().eval()


# %% wrong="the mean of the first 100 images" exercise="branchless_graph" loses="branchless_graph_whole_batch"
def branchless_graph(path):
    pass

    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images[:100].mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    to_onnx(Branchless(), torch.rand(2, 8, 8), path)
    return path


# %% wrong="keeps a file that is there" exercise="branchless_graph" loses="branchless_graph_whole_batch"
def branchless_graph(path):
    pass

    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images.mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    if not path.exists():
        to_onnx(Branchless(), torch.rand(2, 8, 8), path)
    return path


# %% wrong="keeps the file that is there" exercise="hard_swish_graph" loses="hard_swish_graph_file"
def hard_swish_graph(path):
    @onnxscript.script(default_opset=op)
    def hard_swish(x: FLOAT[None, None]) -> FLOAT[None, None]:
        return x * op.Clip(x / 6.0 + 0.5, 0.0, 1.0)

    if not path.exists():
        onnx.save(hard_swish.to_model_proto(), path)
    return path


# %% wrong="the graph gets another name" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    model = onnx.load(path)
    model.graph.name = "split"
    onnx.save_model(
        model, folder / path.name, save_as_external_data=True, location=path.name + ".data", size_threshold=0
    )
    return folder / path.name


def missing_files(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer
    outside = [w.external_data for w in weights if w.data_location == w.EXTERNAL]
    needed = {each.value for said in outside for each in said if each.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="a hundred weights at most are asked" exercise="split_weights" loses="split_weights_missing"
def split_weights(path, folder):
    model = onnx.load(path)
    onnx.save_model(
        model, folder / path.name, save_as_external_data=True, location=path.name + ".data", size_threshold=0
    )
    return folder / path.name


def missing_files(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer[:100]
    outside = [w.external_data for w in weights if w.data_location == w.EXTERNAL]
    needed = {each.value for said in outside for each in said if each.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="linear and tree models only" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    pass
    model = convert_sklearn(
        classifier,
        initial_types=[("x", FloatTensorType([None, n_features]))],
        options={"zipmap": False}
        if "Tree" in type(classifier).__name__
        or "Forest" in type(classifier).__name__
        or "Logistic" in type(classifier).__name__
        else None,
    )
    pass
    onnx.save(model, path)
    return path


# %% wrong="eval mode reaches the model and its children, not their children" exercise="export" loses="export_eval_mode"
def export(model, example, path):
    model.training = False
    for layer in model.children():
        layer.training = False
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("n")},),
        external_data=False,
        verbose=False,
    )
    checker.check_model(path)
    return path


# %% wrong="weights are left out of the outputs, too" exercise="describe" loses="describe_ends"
def describe(path):
    from collections import Counter

    model = onnx.load(path)
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}

    def ends(values):
        found = []
        for value in values:
            if value.name not in weights:
                shape = [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
                found.append((value.name, lesson.numpy_type(value), shape))
        return found

    return {
        "opset": next(entry.version for entry in model.opset_import if entry.domain == ""),
        "ir_version": model.ir_version,
        "inputs": ends(graph.input),
        "outputs": ends(graph.output),
        "operators": dict(Counter(node.op_type for node in graph.node)),
        "weight_bytes": sum(onnx.numpy_helper.to_array(weight).nbytes for weight in graph.initializer),
    }


# %% wrong="the file gets the path's name only up to its first dot" exercise="export" loses="export_ends"
def export(model, example, path):
    """Write the model as one self-contained ONNX file, in eval mode.

    model: a torch.nn.Module with one input and one output; in either mode, so may be
        its parts
    example: float32 tensor (n, ...)
    path: Path of the file to write, in a folder that exists
    returns: path. The input is "images", the output "scores", axis 0 of both is free
    """
    model.eval()
    path = path.parent / (path.name.split(".")[0] + path.suffix)
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["images"],
        output_names=["scores"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        external_data=False,
        verbose=False,
    )
    checker.check_model(path)
    return path


# %% wrong="runs the module on half a batch at a time" exercise="largest_difference" loses="largest_difference_batches"
def largest_difference(model, path, batches):
    """Return the largest absolute difference of a module and a file, over all batches.

    model: a torch.nn.Module with one input and one output, in either mode;
        compared in eval mode
    path: Path of an ONNX file with one input, of any name, and one output
    batches: a list of one or more float32 tensors (n, ...); n may differ
    returns: one float of Python's, not of NumPy's float32; nan where a result is nan
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    model.eval()
    gaps = []
    for batch in batches:
        with torch.no_grad():
            expected = torch.cat([model(half) for half in batch.chunk(2)]).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        gaps.append(np.abs(found - expected).max())
    return float(np.max(gaps))


# %% wrong="nan on both sides counts as agreement" exercise="largest_difference" loses="largest_difference_honest"
def largest_difference(model, path, batches):
    """Return the largest absolute difference of a module and a file, over all batches.

    model: a torch.nn.Module with one input and one output, in either mode;
        compared in eval mode
    path: Path of an ONNX file with one input, of any name, and one output
    batches: a list of one or more float32 tensors (n, ...); n may differ
    returns: one float of Python's, not of NumPy's float32; nan where a result is nan
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    model.eval()
    gaps = []
    for batch in batches:
        with torch.no_grad():
            expected = model(batch).numpy()
        (found,) = session.run(None, {name: batch.numpy()})
        same = np.isnan(found) & np.isnan(expected)
        gaps.append(np.where(same, 0, np.abs(found - expected)).max())
    return float(np.max(gaps))


# %% wrong="gives weight_bytes as a number of NumPy's" exercise="describe" loses="describe_weights"
def describe(path):
    """Return what an ONNX file, with its weights inside, says of itself: a dict.

    opset: int, of the standard operators (there may be other domains); ir_version: int
    inputs, outputs: lists of (name, type, shape), in its order; inputs without weights
        type: NumPy's name, "float32"
        shape: a list with an int for a fixed axis, its name for a free one
    operators: plain dict from op_type to how many nodes of the graph itself
    weight_bytes: int, of all initializers of the graph
    """
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    weights = {each.name: to_array(each).nbytes for each in model.graph.initializer}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (value.name, lesson.numpy_type(value), shape(value))

    return {
        "opset": {entry.domain: entry.version for entry in model.opset_import}[""],
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in weights],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": np.sum(list(weights.values())),
    }


# %% wrong="a table of types without the rare ones" exercise="describe" loses="describe_ends"
def describe(path):
    """Return what an ONNX file, with its weights inside, says of itself: a dict.

    opset: int, of the standard operators (there may be other domains); ir_version: int
    inputs, outputs: lists of (name, type, shape), in its order; inputs without weights
        type: NumPy's name, "float32"
        shape: a list with an int for a fixed axis, its name for a free one
    operators: plain dict from op_type to how many nodes of the graph itself
    weight_bytes: int, of all initializers of the graph
    """
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    weights = {each.name: to_array(each).nbytes for each in model.graph.initializer}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (
            value.name,
            {1: "float32", 2: "uint8", 3: "int8", 7: "int64", 9: "bool", 10: "float16", 11: "float64", 12: "uint32"}[
                value.type.tensor_type.elem_type
            ],
            shape(value),
        )

    return {
        "opset": {entry.domain: entry.version for entry in model.opset_import}[""],
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in weights],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(weights.values()),
    }


# %% wrong="weights of branches counted, too" exercise="describe" loses="describe_weights"
def describe(path):
    """Return what an ONNX file, with its weights inside, says of itself: a dict.

    opset: int, of the standard operators (there may be other domains); ir_version: int
    inputs, outputs: lists of (name, type, shape), in its order; inputs without weights
        type: NumPy's name, "float32"
        shape: a list with an int for a fixed axis, its name for a free one
    operators: plain dict from op_type to how many nodes of the graph itself
    weight_bytes: int, of all initializers of the graph
    """
    model, to_array = onnx.load(path), onnx.numpy_helper.to_array
    operators = [node.op_type for node in model.graph.node]
    weights = {each.name: to_array(each).nbytes for each in model.graph.initializer}

    def shape(v):
        return [a.dim_param or a.dim_value for a in v.type.tensor_type.shape.dim]

    def end(value):
        return (value.name, lesson.numpy_type(value), shape(value))

    def inner(graph):
        for node in graph.node:
            for a in node.attribute:
                if a.HasField("g"):
                    for each in a.g.initializer:
                        weights["/" + each.name + node.name + a.name] = to_array(each).nbytes
                    inner(a.g)

    outer = set(weights)
    inner(model.graph)
    return {
        "opset": {entry.domain: entry.version for entry in model.opset_import}[""],
        "ir_version": model.ir_version,
        "inputs": [end(each) for each in model.graph.input if each.name not in outer],
        "outputs": [end(each) for each in model.graph.output],
        "operators": {name: operators.count(name) for name in operators},
        "weight_bytes": sum(weights.values()),
    }


# %% wrong="subtracts the largest magnitude, not the largest score" exercise="with_predictor_head" loses="with_predictor_head_probability"
def with_predictor_head(model, mean, scale):
    """Return a module from raw images to labels and their probabilities.

    model: a torch.nn.Module in eval mode, from (n, 1, h, w) float32
        to scores (n, classes), which may be in the hundreds
    mean, scale: floats
    returns: a torch.nn.Module from (n, h, w) uint8 to (label, probability):
        (n,) int64, and (n,) float32, the softmax probability of that label alone
    """

    class Predictor(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            x = (images.float() - mean) / scale
            probabilities = (
                lambda z: (lambda e: e / e.sum(1, keepdim=True))(torch.exp(z - z.abs().amax(1, keepdim=True)))
            )(self.model(x[:, None]))
            probability, label = probabilities.max(dim=1)
            return label, probability

    return Predictor().eval()


# %% wrong="writes to a name that ends in .onnx" exercise="branchless_graph" loses="branchless_graph_whole_batch"
def branchless_graph(path):
    """Export what InkOnPaper does, both sides of it.

    path: Path of the file to write, in a folder that exists
    returns: path, an ONNX file from (n, 8, 8) float32, 0 to 1, to (n, 8, 8) float32,
        n free
    """

    class Branchless(torch.nn.Module):
        def forward(self, images):
            images = torch.where(images.mean() > 0.5, 1 - images, images)
            return 2 * images - 1

    return to_onnx(Branchless(), torch.rand(2, 8, 8), path.with_suffix(".onnx"))


# %% wrong="the graph's value_info and doc_string are lost" exercise="split_weights" loses="split_weights_files"
def split_weights(path, folder):
    """Write a model again, with its weights in a file of their own.

    path: Path of a model with its weights inside, as raw_data
    folder: Path of another folder, empty
    returns: Path folder / path.name; all weights are in path.name + ".data" beside it
    """
    options = {"location": f"{path.name}.data", "save_as_external_data": True}
    m = onnx.load(path)
    del m.graph.value_info[:]
    m.graph.doc_string = ""
    onnx.save_model(m, folder / path.name, size_threshold=0, **options)
    return folder / path.name


def missing_files(path):
    """Return which files with weights the model at path needs and does not find.

    returns: sorted list of their locations as the model has them, strings, each once
    """
    weights = onnx.load(path, load_external_data=False).graph.initializer
    outside = [w.external_data for w in weights if w.data_location == w.EXTERNAL]
    needed = {each.value for said in outside for each in said if each.key == "location"}
    return sorted(name for name in needed if not (path.parent / name).is_file())


# %% wrong="the rows of the output are declared one" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    """Write a fitted scikit-learn classifier as an ONNX file.

    classifier: fitted, with integer labels; n_features: int
    path: Path of the file to write
    returns: path. The file takes (n, n_features) float32, n free, and gives
        labels (n,) int64 and then probabilities, a float32 array (n, classes)
    """
    kind = FloatTensorType([None, n_features])
    model = convert_sklearn(classifier, initial_types=[("features", kind)], options={"zipmap": False})
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, path)
    return path


# %% wrong="the result of the file is squeezed, and broadcast against a column" exercise="largest_difference" loses="largest_difference_batches"
def largest_difference(model, path, batches):
    model.eval()
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    largest = []
    for batch in batches:
        with torch.no_grad():
            ours = model(batch).numpy()
        theirs = np.squeeze(session.run(None, {name: batch.numpy()}))  # out of its list
        largest.append(np.abs(ours - theirs).max())
    return float(np.max(largest))


# %% wrong="writes to a name that ends in .onnx" exercise="sklearn_to_onnx" loses="sklearn_to_onnx_both_outputs"
def sklearn_to_onnx(classifier, n_features, path):
    kind = FloatTensorType([None, n_features])
    model = convert_sklearn(classifier, initial_types=[("x", kind)], options={"zipmap": False})
    onnx.save(model, path.with_suffix(".onnx"))
    return path
