# %% wrong="takes a product of no sizes, which is 1.0" exercise="bytes_moved" loses="bytes_moved_apart"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: np.prod(shape) * dtype_bytes for name, shape in shapes.items()}
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    total, going_on = 0, {}
    for kind, inputs, output in ops:
        total += sum(size[name] for name in inputs) + size[output]
        wanted = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}.get(kind, [])
        inside = [name for name in inputs if reads[name] == 1 and going_on.get(name) in wanted]
        if fused and inside:
            total -= 2 * size[inside[0]]
        if kind == "Conv" or (kind == "Add" and inside):
            going_on[output] = kind
    return total


# %% right="a stack of graphs instead of recursion" exercise="count_ops"
def count_ops(path):
    counted, waiting = {}, [onnx.load(path).graph]
    while waiting:
        for node in waiting.pop().node:
            counted[node.op_type] = counted.get(node.op_type, 0) + 1
            for attribute in node.attribute:
                waiting += [attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else []
                waiting.extend(attribute.graphs)
    return counted


# %% right="returns the Counter itself" exercise="count_ops"
def count_ops(path):
    def inside(graph):
        counted = Counter(node.op_type for node in graph.node)
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    counted += inside(attribute.g)
        return counted

    return inside(onnx.load(path).graph)


# %% wrong="counts the main graph only" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    return dict(Counter(node.op_type for node in onnx.load(path).graph.node))


# %% wrong="looks one body deep" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted = Counter()
    for node in onnx.load(path).graph.node:
        counted[node.op_type] += 1
        for attribute in node.attribute:
            counted.update(inner.op_type for inner in attribute.g.node)
    return dict(counted)


# %% wrong="names each operator once" exercise="count_ops" loses="count_ops_counts count_ops_bodies"
def count_ops(path):
    counted = {}

    def visit(graph):
        for node in graph.node:
            counted[node.op_type] = 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return counted


# %% wrong="counts by the nodes' names" exercise="count_ops" loses="count_ops_counts count_ops_bodies"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            counted[node.name] += 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="counts bodies, but not the nodes that carry them" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            bodies = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
            if not bodies:
                counted[node.op_type] += 1
            for body in bodies:
                visit(body)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="forgets to return" exercise="count_ops" loses="count_ops_counts count_ops_bodies"
def count_ops(path):
    counted = Counter(node.op_type for node in onnx.load(path).graph.node)
    print(counted)


# %% wrong="joins the bodies' counts with |=" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    def inside(graph):
        counted = Counter(node.op_type for node in graph.node)
        for node in graph.node:
            for attribute in node.attribute:
                counted |= inside(attribute.g)
        return counted

    return dict(inside(onnx.load(path).graph))


# %% right="the level's name put together" exercise="save_optimized"
def save_optimized(path, out, level):
    from pathlib import Path

    name = "ORT_DISABLE_ALL" if level == "disabled" else f"ORT_ENABLE_{level.upper()}"
    choice = ort.SessionOptions()
    choice.graph_optimization_level = getattr(ort.GraphOptimizationLevel, name)
    choice.optimized_model_filepath = str(out)
    choice.intra_op_num_threads = 1
    ort.InferenceSession(path.read_bytes(), choice, providers=["CPUExecutionProvider"])
    return Path(out)


# %% wrong="always optimizes all" exercise="save_optimized" loses="save_optimized_levels save_optimized_file"
def save_optimized(path, out, level):
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.optimized_model_filepath = str(out)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    return out


# %% wrong="takes extended for all" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = chosen.get(level, levels.ORT_ENABLE_EXTENDED)
    choice.optimized_model_filepath = str(out)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    return out


# %% wrong="knows the first three levels only" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"basic": levels.ORT_ENABLE_BASIC, "extended": levels.ORT_ENABLE_EXTENDED}
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = chosen.get(level, levels.ORT_DISABLE_ALL)
    choice.optimized_model_filepath = str(out)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    return out


# %% wrong="gives the level's number" exercise="save_optimized" loses="save_optimized_levels save_optimized_file"
def save_optimized(path, out, level):
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = ["disabled", "basic", "extended", "all"].index(level)
    choice.optimized_model_filepath = str(out)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    return out


# %% wrong="sets the file after the session is open" exercise="save_optimized" loses="save_optimized_levels save_optimized_file"
def save_optimized(path, out, level):
    name = "ORT_DISABLE_ALL" if level == "disabled" else f"ORT_ENABLE_{level.upper()}"
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = getattr(ort.GraphOptimizationLevel, name)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    choice.optimized_model_filepath = str(out)
    return out


# %% wrong="writes over the original" exercise="save_optimized" loses="save_optimized_levels save_optimized_file"
def save_optimized(path, out, level):
    import shutil

    name = "ORT_DISABLE_ALL" if level == "disabled" else f"ORT_ENABLE_{level.upper()}"
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = getattr(ort.GraphOptimizationLevel, name)
    choice.optimized_model_filepath = str(path)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    shutil.copy(path, out)
    return out


# %% wrong="leaves another file beside the original" exercise="save_optimized" loses="save_optimized_file"
def save_optimized(path, out, level):
    import shutil

    name = "ORT_DISABLE_ALL" if level == "disabled" else f"ORT_ENABLE_{level.upper()}"
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = getattr(ort.GraphOptimizationLevel, name)
    choice.optimized_model_filepath = str(path.with_name("optimized.onnx"))
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    shutil.copy(path.with_name("optimized.onnx"), out)
    return out


# %% wrong="returns the session" exercise="save_optimized" loses="save_optimized_file"
def save_optimized(path, out, level):
    name = "ORT_DISABLE_ALL" if level == "disabled" else f"ORT_ENABLE_{level.upper()}"
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = getattr(ort.GraphOptimizationLevel, name)
    choice.optimized_model_filepath = str(out)
    return ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])


# %% right="channel by channel" exercise="fold_batchnorm"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    folded, shift = np.empty_like(weight), np.empty(len(weight))
    for k in range(len(weight)):
        factor = gamma[k] / (var[k] + eps) ** 0.5
        folded[k] = weight[k] * factor
        shift[k] = beta[k] + ((bias[k] if bias is not None else 0.0) - mean[k]) * factor
    return folded, shift


# %% right="einsum, and a list returned" exercise="fold_batchnorm"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    deviation = np.sqrt(np.asarray(var) + eps)
    own = np.zeros_like(mean) if bias is None else bias
    return [np.einsum("o...,o->o...", weight, gamma / deviation), gamma * (own - mean) / deviation + beta]


# %% right="torch's own" exercise="fold_batchnorm"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    weight, gamma, beta, mean, var = map(torch.tensor, (weight, gamma, beta, mean, var))
    bias = None if bias is None else torch.tensor(bias)
    folded = torch.nn.utils.fusion.fuse_conv_bn_weights(weight, bias, mean, var, eps, gamma, beta)
    return tuple(each.detach().numpy() for each in folded)


# %% wrong="eps outside the root" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_bias fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / (np.sqrt(var) + eps)
    own = 0.0 if bias is None else bias
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (own - mean) * factor + beta


# %% wrong="divides by the variance" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_bias fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / (var + eps)
    own = 0.0 if bias is None else bias
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (own - mean) * factor + beta


# %% wrong="scales the last axis" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    own = 0.0 if bias is None else bias
    folded = weight * factor if weight.shape[-1] == len(factor) else weight * factor.mean()
    return folded, (own - mean) * factor + beta


# %% wrong="knows two kernel axes only" exercise="fold_batchnorm" loses="fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    own = 0.0 if bias is None else bias
    return weight * factor[:, None, None, None], (own - mean) * factor + beta


# %% wrong="loses the convolution's bias" exercise="fold_batchnorm" loses="fold_batchnorm_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), beta - mean * factor


# %% wrong="does not scale the convolution's bias" exercise="fold_batchnorm" loses="fold_batchnorm_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    own = 0.0 if bias is None else bias
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), own + beta - mean * factor


# %% wrong="cannot do without a bias" exercise="fold_batchnorm" loses="fold_batchnorm_no_bias"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (bias - mean) * factor + beta


# %% wrong="returns None for a bias of None" exercise="fold_batchnorm" loses="fold_batchnorm_no_bias"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    folded = None if bias is None else (bias - mean) * factor + beta
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), folded


# %% wrong="divides by the factor, which may be 0" exercise="fold_batchnorm" loses="fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    own = 0.0 if bias is None else bias
    with np.errstate(divide="ignore", invalid="ignore"):
        shifted = (beta / factor + own - mean) * factor
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), shifted


# %% wrong="adds the mean" exercise="fold_batchnorm" loses="fold_batchnorm_bias fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    own = 0.0 if bias is None else bias
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (own + mean) * factor + beta


# %% wrong="changes the weights in place" exercise="fold_batchnorm" loses="fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    weight *= factor.reshape(-1, *[1] * (weight.ndim - 1))
    return weight, ((0.0 if bias is None else bias) - mean) * factor + beta


# %% wrong="computes in float32" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_bias fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    weight, gamma, beta, mean, var = (np.float32(each) for each in (weight, gamma, beta, mean, var))
    factor = gamma / np.sqrt(var + np.float32(eps))
    own = np.float32(0) if bias is None else np.float32(bias)
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (own - mean) * factor + beta


# %% right="new nodes, and a fresh list of initializers" exercise="fold_in_graph"
def fold_in_graph(path, out):
    from pathlib import Path

    model = onnx.load(path)
    graph = model.graph
    numbers = {each.name: onnx.numpy_helper.to_array(each).astype(np.float64) for each in graph.initializer}
    made, nodes, fresh = {node.output[0]: node for node in graph.node}, list(graph.node), []
    for node in list(nodes):
        if node.op_type != "BatchNormalization":
            continue
        conv, tensor = made.get(node.input[0]), node.input[0]
        readers = [each for each in graph.node for name in each.input if name == tensor]
        if conv is None or conv.op_type != "Conv" or len(readers) > 1 or tensor in [v.name for v in graph.output]:
            continue
        gamma, beta, mean, var = (numbers[name] for name in node.input[1:])
        factor = gamma / np.sqrt(var + attribute_of(node, "epsilon", 1e-5))
        weight = numbers[conv.input[1]]
        bias = numbers[conv.input[2]] if len(conv.input) == 3 else 0.0
        arrays = (weight.T * factor).T, (bias - mean) * factor + beta
        names = [f"folded_{len(fresh)}", f"folded_{len(fresh) + 1}"]
        fresh += [onnx.numpy_helper.from_array(np.float32(each), name) for each, name in zip(arrays, names)]
        new = onnx.helper.make_node("Conv", [conv.input[0], *names], [node.output[0]], conv.name)
        new.attribute.extend(conv.attribute)
        nodes[nodes.index(conv)] = new
        nodes.remove(node)
    kept = {name for node in nodes for name in node.input} | {value.name for value in graph.output}
    weights = [each for each in [*graph.initializer, *fresh] if each.name in kept]
    value_info = list(graph.value_info)
    clean = onnx.helper.make_graph(nodes, graph.name, graph.input, graph.output, weights, value_info=value_info)
    onnx.save(onnx.helper.make_model(clean, opset_imports=model.opset_import, ir_version=model.ir_version), out)
    return Path(out)


# %% wrong="takes the library's rule, which leaves shared weights alone" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    from onnxscript import rewriter
    from onnxscript.rewriter.rules.common import fuse_batchnorm_into_conv_rule

    onnx.save(rewriter.rewrite(onnx.load(path), [fuse_batchnorm_into_conv_rule]), out)
    return out


# %% wrong="does not look who else reads the Conv" exercise="fold_in_graph" loses="fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv":
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="forgets that the caller reads, too" exercise="fold_in_graph" loses="fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter(name for node in graph.node for name in node.input)
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="leaves the old weights in the file" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    onnx.save(model, out)
    return out


# %% wrong="drops shared weights with the first Conv" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        gone = [*conv.input[1:], *bn.input[1:]]
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
        [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name in gone]
    onnx.save(model, out)
    return out


# %% wrong="changes the shared weights in place" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv, weights = maker.get(bn.input[0]), weights_of(graph)
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        weight, bias = fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5))
        for tensor in graph.initializer:
            if tensor.name == conv.input[1]:
                tensor.CopyFrom(onnx.numpy_helper.from_array(np.float32(weight), tensor.name))
        name = conv.output[0] + "_bias"
        graph.initializer.append(onnx.numpy_helper.from_array(np.float32(bias), name))
        conv.input[:] = [*conv.input[:2], name]
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="takes the default epsilon" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_network fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *(weights[name] for name in bn.input[1:]), 1e-5))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="loses the Conv's own bias" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_network fold_in_graph_clean fold_in_graph_shared"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        numbers = [weights[name] for name in bn.input[1:]]
        eps = attribute_of(bn, "epsilon", 1e-5)
        give_weights(graph, conv, *fold_batchnorm(weights[conv.input[1]], None, *numbers, eps))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="folds whatever comes before" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker[bn.input[0]]
        while conv.op_type != "Conv":
            conv = maker[conv.input[0]]
        if reads[conv.output[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        for node in graph.node:
            node.input[:] = [bn.input[0] if name == bn.output[0] else name for name in node.input]
        for value in graph.output:
            if value.name == bn.output[0]:
                maker[bn.input[0]].output[0] = value.name
                for node in graph.node:
                    node.input[:] = [value.name if name == bn.input[0] else name for name in node.input]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="lets ONNX Runtime do it" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    choice = ort.SessionOptions()
    choice.intra_op_num_threads = 1
    choice.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    choice.optimized_model_filepath = str(out)
    ort.InferenceSession(path, choice, providers=["CPUExecutionProvider"])
    return out


# %% wrong="writes over the original" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    import shutil

    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, path)
    shutil.copy(path, out)
    return out


# %% wrong="takes 0 for an epsilon that is not there" exercise="fold_in_graph" loses="fold_in_graph_one"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 0.0)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="takes the first attribute for epsilon" exercise="fold_in_graph" loses="fold_in_graph_one"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, bn.attribute[0].f))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="expects a node to make whatever is read" exercise="fold_in_graph" loses="fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker[bn.input[0]]
        if conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="looks at neighbours in the list only" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_clean fold_in_graph_shared"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    nodes = list(graph.node)
    for place, bn in enumerate(nodes[1:]):
        conv = nodes[place]
        if conv.op_type != "Conv" or bn.op_type != "BatchNormalization" or reads[conv.output[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="drops what the folded nodes read, and nothing else" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    old = set()
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        old |= {*conv.input[1:], *bn.input[1:]}
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name in old - still]
    onnx.save(model, out)
    return out


# %% wrong="removes the BatchNormalization without renaming the Conv's output" exercise="fold_in_graph" loses="fold_in_graph_one fold_in_graph_network fold_in_graph_clean fold_in_graph_shared fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    [graph.initializer.remove(tensor) for tensor in list(graph.initializer) if tensor.name not in still]
    onnx.save(model, out)
    return out


# %% wrong="drops the old weights while it loops over them" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    reads = Counter([name for node in graph.node for name in node.input] + [value.name for value in graph.output])
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is None or conv.op_type != "Conv" or reads[bn.input[0]] != 1:
            continue
        weight, bias = [*(weights[name] for name in conv.input[1:]), None][:2]
        numbers = [weights[name] for name in bn.input[1:]]
        give_weights(graph, conv, *fold_batchnorm(weight, bias, *numbers, attribute_of(bn, "epsilon", 1e-5)))
        conv.output[0] = bn.output[0]
        graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    for tensor in graph.initializer:
        if tensor.name not in still:
            graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% right="without commute, every order written out" exercise="remove_noops"
def remove_noops(path, out):
    def neutral(number):
        def check(context, x, c):
            if c.const_value is None or c.const_value.numpy().size != 1:
                return False
            return c.const_value.numpy().item() == number and len(c.shape) <= len(x.shape)

        return check

    def undone(context, x, p, q):
        return list(np.array(p.as_ints())[list(q.as_ints())]) == list(range(len(p.as_ints())))

    forms = [
        (lambda op, x, c: op.Mul(x, c), neutral(1)),
        (lambda op, x, c: op.Mul(c, x), neutral(1)),
        (lambda op, x, c: op.Add(x, c), neutral(0)),
        (lambda op, x, c: op.Add(c, x), neutral(0)),
    ]
    rules = [pattern.RewriteRule(form, lambda op, x, c: op.Identity(x), check) for form, check in forms]

    def pair(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules.append(pattern.RewriteRule(pair, lambda op, x, p, q: op.Identity(x), undone))
    return apply_rules(path, out, pattern.RewriteRuleSet(rules))


# %% right="rules as classes" exercise="remove_noops"
def remove_noops(path, out):
    class Neutral(pattern.RewriteRuleClassBase):
        def __init__(self, kind, number):
            super().__init__(f"{kind}{number}")
            self.kind, self.number = kind, number

        def pattern(self, op, x, c):
            return getattr(op, self.kind)(x, c)

        def check(self, context, x, c):
            value = c.const_value.numpy() if c.const_value is not None else np.zeros(2)
            return value.shape in [(1,) * axes for axes in range(len(x.shape) + 1)] and value.item() == self.number

        def rewrite(self, op, x, c):
            return op.Identity(x)

    class Back(pattern.RewriteRuleClassBase):
        def pattern(self, op, x, first, second):
            return op.Transpose(op.Transpose(x, perm=first), perm=second)

        def check(self, context, x, first, second):
            return tuple(np.argsort(first.as_ints())) == tuple(second.as_ints())

        def rewrite(self, op, x, first, second):
            return op.Identity(x)

    rules = [Neutral.rule("Mul", 1), Neutral.rule("Add", 0), Back.rule()]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="knows one order only" exercise="remove_noops" loses="remove_noops_arithmetic"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    return apply_rules(path, out, pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)]))


# %% wrong="does not look at the number of axes" exercise="remove_noops" loses="remove_noops_keeps"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="takes any tensor of ones" exercise="remove_noops" loses="remove_noops_keeps"
def remove_noops(path, out):
    def filled(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and bool((value == number).all()) and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: filled(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: filled(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="does not look at the constant's value" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_keeps"
def remove_noops(path, out):
    def one_number(context, x, c):
        return c.const_value is not None and c.const_value.numpy().size == 1 and len(c.shape) <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, one_number)
    plus = rule(lambda op, x, c: op.Add(x, c), same, one_number)

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="takes any two Transposes for a pair" exercise="remove_noops" loses="remove_noops_transpose"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    return apply_rules(path, out, pattern.RewriteRuleSet([times, plus, rule(twice, same)], commute=True))


# %% wrong="wants the two perms to be equal" exercise="remove_noops" loses="remove_noops_transpose"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return list(first.as_ints()) == list(second.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="puts x itself in the place, and renames the input" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_transpose"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: x, pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="uses the library's default rules" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_transpose remove_noops_keeps"
def remove_noops(path, out):
    return apply_rules(path, out, None)


# %% wrong="leaves 0 alone" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_keeps"
def remove_noops(path, out):
    def one_number(context, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == 1 and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, one_number)

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    return apply_rules(path, out, pattern.RewriteRuleSet([times, rule(twice, same, turns_back)], commute=True))


# %% wrong="knows tensors of three axes only" exercise="remove_noops" loses="remove_noops_transpose"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == [0, 1, 2]

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="forgets to return" exercise="remove_noops" loses="remove_noops_keeps"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = None if c.const_value is None else c.const_value.numpy()
        return value is not None and value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    apply_rules(path, out, rules)


# %% wrong="does not ask whether c is a constant" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_keeps"
def remove_noops(path, out):
    def one_number(number, x, c):
        value = c.const_value.numpy()
        return value.size == 1 and value.item() == number and value.ndim <= len(x.shape)

    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x, c: op.Mul(x, c), same, lambda context, x, c: one_number(1, x, c))
    plus = rule(lambda op, x, c: op.Add(x, c), same, lambda context, x, c: one_number(0, x, c))

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% wrong="writes the number into the pattern" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_keeps"
def remove_noops(path, out):
    def turns_back(context, x, first, second):
        return [first.as_ints()[axis] for axis in second.as_ints()] == sorted(first.as_ints())

    same, rule = lambda op, x, **others: op.Identity(x), pattern.RewriteRule
    times = rule(lambda op, x: op.Mul(x, 1.0), same)
    plus = rule(lambda op, x: op.Add(x, 0.0), same)

    def twice(op, x, first, second):
        return op.Transpose(op.Transpose(x, perm=first), perm=second)

    rules = pattern.RewriteRuleSet([times, plus, rule(twice, same, turns_back)], commute=True)
    return apply_rules(path, out, rules)


# %% right="pairs of domain and operator, named at the end" exercise="new_ops"
def new_ops(before, after):
    def pairs(path):
        nodes = onnx.load(path).graph.node
        return {("" if node.domain == "ai.onnx" else node.domain, node.op_type) for node in nodes}

    return {".".join(filter(None, pair)) for pair in pairs(after) if pair not in pairs(before)}


# %% right="a sorted list" exercise="new_ops"
def new_ops(before, after):
    def named(path):
        names = {f"{node.domain or 'ai.onnx'}.{node.op_type}" for node in onnx.load(path).graph.node}
        return {name[8:] if name.startswith("ai.onnx.") and name.count(".") == 2 else name for name in names}

    return sorted(named(after) - named(before))


# %% wrong="forgets the domain" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    first, second = ({node.op_type for node in onnx.load(path).graph.node} for path in (before, after))
    return second - first


# %% wrong="compares without the domain, then names it" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    known = {node.op_type for node in onnx.load(before).graph.node}
    nodes = [node for node in onnx.load(after).graph.node if node.op_type not in known]
    return {f"{node.domain}.{node.op_type}" if node.domain else node.op_type for node in nodes}


# %% wrong="takes ai.onnx for another domain" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    def named(path):
        nodes = onnx.load(path).graph.node
        return {f"{node.domain}.{node.op_type}" if node.domain else node.op_type for node in nodes}

    return named(after) - named(before)


# %% wrong="takes every domain but Microsoft's for ONNX's own" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    def named(path):
        nodes = onnx.load(path).graph.node
        return {f"{node.domain}.{node.op_type}" if "microsoft" in node.domain else node.op_type for node in nodes}

    return named(after) - named(before)


# %% wrong="cuts ai.onnx out of longer domains, too" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    def pairs(path):
        return {(node.domain.replace("ai.onnx", ""), node.op_type) for node in onnx.load(path).graph.node}

    return {".".join(filter(None, pair)) for pair in pairs(after) - pairs(before)}


# %% wrong="puts a dot before a name without a domain" exercise="new_ops" loses="new_ops_names new_ops_domains"
def new_ops(before, after):
    def named(path):
        return {f"{node.domain.removesuffix('ai.onnx')}.{node.op_type}" for node in onnx.load(path).graph.node}

    return named(after) - named(before)


# %% wrong="returns what went" exercise="new_ops" loses="new_ops_names new_ops_domains"
def new_ops(before, after):
    def named(path):
        nodes = onnx.load(path).graph.node
        return {node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in nodes}

    return named(before) - named(after)


# %% wrong="returns both sides of the difference" exercise="new_ops" loses="new_ops_names new_ops_domains"
def new_ops(before, after):
    def named(path):
        nodes = onnx.load(path).graph.node
        return {node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in nodes}

    return named(before) ^ named(after)


# %% wrong="lists an operator for each node" exercise="new_ops" loses="new_ops_names new_ops_domains"
def new_ops(before, after):
    def named(path):
        nodes = onnx.load(path).graph.node
        return [node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in nodes]

    return [name for name in named(after) if name not in named(before)]


# %% wrong="shortens the domain" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    def named(path):
        own = ("", "ai.onnx")
        nodes = [(node.domain, node.op_type) for node in onnx.load(path).graph.node]
        return {kind if domain in own else f"{domain.split('.')[-1]}.{kind}" for domain, kind in nodes}

    return named(after) - named(before)


# %% right="kernels gathered first, then added up" exercise="bytes_moved"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    kernels = []  # each: the operators that one kernel does
    for op in ops:
        kind, inputs, _ = op
        joined = None
        for name in inputs if fused and kind in ("Add", "Relu") else []:
            alone = sum(other.count(name) for _, other, _ in ops) == 1
            for kernel in kernels:
                last, _, made = kernel[-1]
                order = ["Conv", "Add", "Relu"]
                starts = kernel[0][0] == "Conv"
                if alone and starts and made == name and last in order and order.index(last) < order.index(kind):
                    joined = joined or kernel
        if joined:
            joined.append(op)
        else:
            kernels.append([op])
    total = 0
    for kernel in kernels:
        inside = {output for _, _, output in kernel[:-1]}
        moved = [name for _, inputs, _ in kernel for name in inputs if name not in inside] + [kernel[-1][2]]
        total += sum(dtype_bytes * prod(shapes[name]) for name in moved)
    return total


# %% right="numpy's integers" exercise="bytes_moved"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    def weigh(name):
        return np.prod(shapes[name], dtype=np.int64)

    total, open_ends = np.int64(0), {}
    readers = [name for _, inputs, _ in ops for name in inputs]
    for kind, inputs, output in ops:
        total += weigh(output) + sum(map(weigh, inputs))
        if not fused:
            continue
        candidates = [name for name in inputs if kind in open_ends.get(name, ()) and readers.count(name) == 1]
        if candidates:
            total -= 2 * weigh(candidates[0])
            del open_ends[candidates[0]]
        if kind == "Conv":
            open_ends[output] = ("Add", "Relu")
        elif kind == "Add" and candidates:
            open_ends[output] = ("Relu",)
    return total * dtype_bytes


# %% wrong="counts numbers, not bytes" exercise="bytes_moved" loses="bytes_moved_apart bytes_moved_fused"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="counts each tensor once" exercise="bytes_moved" loses="bytes_moved_apart bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    moved = {name for _, inputs, output in ops for name in [*inputs, output]}
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        moved -= set(inside[:1])
        if kind == "Conv" or inside:
            made[output] = kind
    return dtype_bytes * sum(prod(shapes[name]) for name in moved)


# %% wrong="counts what is written only" exercise="bytes_moved" loses="bytes_moved_apart bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[output] for _, _, output in ops)
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="ignores fused" exercise="bytes_moved" loses="bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    return sum(size[name] for _, inputs, output in ops for name in [*inputs, output])


# %% wrong="saves the write and not the read" exercise="bytes_moved" loses="bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="does not look who else reads a tensor" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="lets an Add swallow two Convs" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= 2 * sum(size[name] for name in inside)
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="fuses Add and Relu without a Conv" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {output: kind for kind, _, output in ops}
    for kind, inputs, _ in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
    return total


# %% wrong="goes on after the Relu" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    made = set()
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and name in made and kind in ("Add", "Relu")]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made.add(output)
    return total


# %% wrong="fuses Conv and Relu only" exercise="bytes_moved" loses="bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    convs = {output for kind, _, output in ops if kind == "Conv"}
    for kind, inputs, _ in ops if fused else []:
        if kind == "Relu" and inputs[0] in convs and reads[inputs[0]] == 1:
            total -= 2 * size[inputs[0]]
    return total


# %% wrong="looks at the first input only" exercise="bytes_moved" loses="bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = reads[inputs[0]] == 1 and made.get(inputs[0]) in follows.get(kind, [])
        total -= 2 * size[inputs[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="fuses neighbours in the list only" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, last, open_end = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, None, None
    for kind, inputs, output in ops if fused else []:
        inside = open_end in inputs and reads[open_end] == 1 and last in follows.get(kind, [])
        total -= 2 * size[open_end] if inside else 0
        last, open_end = (kind, output) if kind == "Conv" or inside else (None, None)
    return total


# %% wrong="goes on from a Relu to a Relu" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add", "Relu"]}, {}
    for kind, inputs, output in ops if fused else []:
        inside = [name for name in inputs if reads[name] == 1 and made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="looks into the nodes called If alone" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            counted[node.op_type] += 1
            if node.op_type == "If":
                for attribute in node.attribute:
                    visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="names the domain, too" exercise="count_ops" loses="count_ops_counts count_ops_bodies"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            counted[f"{node.domain}.{node.op_type}" if node.domain else node.op_type] += 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="counts a tensor's name once" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted, seen = Counter(), set()

    def visit(graph):
        for node in graph.node:
            counted[node.op_type] += node.output[0] not in seen
            seen.add(node.output[0])
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="visits an equal body once" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted = Counter()

    seen = set()

    def visit(graph):
        text = graph.SerializeToString()
        if graph.node and text in seen:
            return
        seen.add(text)
        for node in graph.node:
            counted[node.op_type] += 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% right="ONNX's own library walks into the bodies" exercise="count_ops"
def count_ops(path):
    import onnx_ir

    numbers = {}
    for node in onnx_ir.load(path).graph.all_nodes():
        numbers[node.op_type] = numbers.get(node.op_type, 0) + 1
    return numbers


# %% wrong="leaves the number of threads to ONNX Runtime" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    wanted = ort.SessionOptions()
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out


# %% wrong="takes ORT_ENABLE_LAYOUT for all" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_LAYOUT}
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out


# %% wrong="copies the file where nothing is optimized" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    if level == "disabled":
        out.write_bytes(path.read_bytes())
        return out
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out


# %% wrong="returns the path as text" exercise="save_optimized" loses="save_optimized_file"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return str(out)


# %% wrong="leaves constant folding out" exercise="save_optimized" loses="save_optimized_levels"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"], disabled_optimizers=["ConstantFolding"])
    return out


# %% right="the model's bytes, and the level step by step" exercise="save_optimized"
def save_optimized(path, out, level):
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

    o = SessionOptions()
    o.inter_op_num_threads = o.intra_op_num_threads = 1
    o.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    if level == "disabled":
        o.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
    elif level == "basic":
        o.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    elif level == "extended":
        o.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    o.optimized_model_filepath = out.as_posix()
    session = InferenceSession(onnx.load(path).SerializeToString(), o, ["CPUExecutionProvider"])
    del session
    return out


# %% wrong="knows one kernel axis or two" exercise="fold_batchnorm" loses="fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    folded = weight * (factor[:, None, None, None] if weight.ndim == 4 else factor[:, None, None])
    shifted = -mean if bias is None else bias - mean
    return folded, shifted * factor + beta


# %% wrong="turns the mean around in place" exercise="fold_batchnorm" loses="fold_batchnorm_no_bias"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    if bias is None:
        mean *= -1
        shifted = mean
    else:
        shifted = bias - mean
    return folded, shifted * factor + beta


# %% wrong="clips a small variance" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_bias"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(np.clip(var, 1e-5, None) + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    return folded, shifted * factor + beta


# %% wrong="takes 1e-5 for an eps of 0" exercise="fold_batchnorm" loses="fold_batchnorm_weight fold_batchnorm_bias fold_batchnorm_no_bias fold_batchnorm_grouped"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    eps = eps or 1e-5
    factor = gamma / np.sqrt(var + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    return folded, shifted * factor + beta


# %% right="a diagonal matrix" exercise="fold_batchnorm"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    scale = np.diag(gamma / np.sqrt(var + eps))
    folded = (scale @ weight.reshape(len(weight), -1)).reshape(weight.shape)
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.ascontiguousarray(folded), scale @ (bias - mean) + beta


# %% wrong="subtracts numbers of nodes" exercise="new_ops" loses="new_ops_names"
def new_ops(before, after):
    own = ("", "ai.onnx")

    def named(path):
        pairs = [(node.domain, node.op_type) for node in onnx.load(path).graph.node]
        return Counter(kind if domain in own else f"{domain}.{kind}" for domain, kind in pairs)

    return set(named(after) - named(before))


# %% wrong="returns a dict" exercise="new_ops" loses="new_ops_names"
def new_ops(before, after):
    own = ("", "ai.onnx")

    def named(path):
        pairs = [(node.domain, node.op_type) for node in onnx.load(path).graph.node]
        return {kind if domain in own else f"{domain}.{kind}" for domain, kind in pairs}

    return dict.fromkeys(named(after) - named(before), 1)


# %% wrong="takes every domain that ends with ai.onnx for ONNX's own" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    def named(path):
        pairs = [(node.domain, node.op_type) for node in onnx.load(path).graph.node]
        return {kind if domain.endswith("ai.onnx") or not domain else f"{domain}.{kind}" for domain, kind in pairs}

    return named(after) - named(before)


# %% wrong="leaves out operators that compute nothing" exercise="new_ops" loses="new_ops_names"
def new_ops(before, after):
    own = ("", "ai.onnx")

    def named(path):
        pairs = [
            (node.domain, node.op_type)
            for node in onnx.load(path).graph.node
            if node.op_type not in ("Constant", "Identity")
        ]
        return {kind if domain in own else f"{domain}.{kind}" for domain, kind in pairs}

    return named(after) - named(before)


# %% right="a list in the order of the file" exercise="new_ops"
def new_ops(before, after):
    def names(path):
        pairs = [(node.domain.split("."), node.op_type) for node in onnx.load(path).graph.node]
        return [".".join([kind] if domain in ([""], ["ai", "onnx"]) else [*domain, kind]) for domain, kind in pairs]

    old, new = names(before), names(after)
    return [each for place, each in enumerate(new) if each not in old and each not in new[:place]]


# %% wrong="takes away the size of what is written last" exercise="bytes_moved" loses="bytes_moved_fused bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[output] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="takes the last input that can continue" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[-1]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="takes every operator called Conv… for a Conv" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind.startswith("Conv") or inside:
            made[output] = "Conv" if kind.startswith("Conv") else kind
    return total


# %% wrong="returns a float" exercise="bytes_moved" loses="bytes_moved_apart"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return float(total)


# %% wrong="takes what stays inside out of the caller's lists" exercise="bytes_moved" loses="bytes_moved_fused"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        if inside:
            inputs.remove(inside[0])
            total -= 2 * size[inside[0]]
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% right="exact integers of numpy" exercise="bytes_moved"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    def weigh(name):
        return dtype_bytes * int(np.prod(shapes[name], dtype=object))

    readers = {}
    for op in ops:
        for name in op[1]:
            readers.setdefault(name, []).append(op)
    taken, saved = {}, 0
    for kind, inputs, output in ops:
        state = "conv" if kind == "Conv" else None
        if fused and kind in ("Add", "Relu"):
            for name in inputs:
                if len(readers[name]) == 1 and taken.get(name) in (("conv",) if kind == "Add" else ("conv", "sum")):
                    saved += 2 * weigh(name)
                    state = "sum" if kind == "Add" else "done"
                    break
        taken[output] = state
    return sum(map(weigh, [name for _, inputs, output in ops for name in (*inputs, output)])) - saved


# %% wrong="takes a ConvTranspose for a Conv" exercise="fold_in_graph" loses="fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in node.input]
    read += [value.name for value in graph.output]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type.startswith("Conv") and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="does not count another BatchNormalization as a reader" exercise="fold_in_graph" loses="fold_in_graph_leaves"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node if node.op_type != "BatchNormalization" for name in node.input]
    read += [value.name for value in graph.output]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 0:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="renames the graph's output" exercise="fold_in_graph" loses="fold_in_graph_one"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in node.input]
    read += [value.name for value in graph.output]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            for node in graph.node:
                for k, name in enumerate(node.input):
                    if name == bn.output[0]:
                        node.input[k] = conv.output[0]
            for value in graph.output:
                if value.name == bn.output[0]:
                    value.name = conv.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="loops over the nodes that it removes from" exercise="fold_in_graph" loses="fold_in_graph_shared"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in node.input]
    read += [value.name for value in graph.output]
    for bn in graph.node:
        if bn.op_type != "BatchNormalization":
            continue
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="copies the attributes of a Conv that it knows" exercise="fold_in_graph" loses="fold_in_graph_one"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in node.input]
    read += [value.name for value in graph.output]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            kept = [
                each
                for each in conv.attribute
                if each.name in ("group", "strides", "pads", "dilations", "kernel_shape")
            ]
            del conv.attribute[:]
            conv.attribute.extend(kept)
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input}
    still |= {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="gives two initializers one name" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in node.input]
    read += [value.name for value in graph.output]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            del conv.input[1:]
            for name, array in zip(("weight", "bias"), fold_batchnorm(weight, bias, *norm)):
                graph.initializer.append(onnx.numpy_helper.from_array(np.float32(array), f"{conv.output[0]}_{name}"))
                conv.input.append(f"{conv.output[0]}_{name}")
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {name for node in graph.node for name in node.input}
    still |= {value.name for value in graph.output}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="drops an initializer that is a result" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph = model.graph
    weights = weights_of(graph)
    makers = {name: node for node in graph.node for name in node.output}
    reads = Counter(name for node in graph.node for name in node.input)
    reads.update(value.name for value in graph.output)
    for norm in list(graph.node):
        if norm.op_type != "BatchNormalization":
            continue
        conv = makers.get(norm.input[0])
        if conv is None or conv.op_type != "Conv" or reads[norm.input[0]] != 1:
            continue
        gamma, beta, mean, var = (weights[name] for name in norm.input[1:])
        factor = gamma / np.sqrt(var + attribute_of(norm, "epsilon", 1e-5))
        weight = weights[conv.input[1]]
        bias = weights[conv.input[2]] if len(conv.input) > 2 else 0
        weight = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
        give_weights(graph, conv, weight, (bias - mean) * factor + beta)
        conv.output[0] = norm.output[0]
        graph.node.remove(norm)
    used = {name for node in graph.node for name in node.input}
    for tensor in list(graph.initializer):
        if tensor.name not in used:
            graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% right="by onnx_ir" exercise="fold_in_graph"
def fold_in_graph(path, out):
    import onnx_ir as ir

    model = ir.load(path)
    graph = model.graph
    for bn in [node for node in graph if node.op_type == "BatchNormalization"]:
        tensor = bn.inputs[0]
        conv = tensor.producer()
        if conv is None or conv.op_type != "Conv" or len(tensor.uses()) != 1 or tensor.is_graph_output():
            continue
        weight, *rest = [each.const_value.numpy().astype(np.float64) for each in conv.inputs[1:] if each is not None]
        norm = [each.const_value.numpy().astype(np.float64) for each in bn.inputs[1:]]
        eps = bn.attributes["epsilon"].as_float() if "epsilon" in bn.attributes else 1e-5
        arrays = fold_batchnorm(weight, rest[0] if rest else None, *norm, eps)
        fresh = []
        for end, array in zip("wb", arrays):
            name = f"folded_{bn.outputs[0].name}_{end}"
            value = ir.Value(name=name, const_value=ir.tensor(array.astype(np.float32), name=name))
            graph.register_initializer(value)
            fresh.append(value)
        name = bn.outputs[0].name
        new = ir.Node("", "Conv", [conv.inputs[0], *fresh], conv.attributes.values(), num_outputs=1)
        graph.insert_before(conv, new)
        new.outputs[0].type, new.outputs[0].shape = bn.outputs[0].type, bn.outputs[0].shape
        bn.outputs[0].replace_all_uses_with(new.outputs[0], replace_graph_outputs=True)
        graph.remove([bn, conv], safe=True)
        new.outputs[0].name = name
    for name, value in list(graph.initializers.items()):
        if not value.uses() and not value.is_graph_output():
            del graph.initializers[name]
    ir.save(model, out)
    return out


# %% wrong="takes nearly 1 for 1" exercise="remove_noops" loses="remove_noops_arithmetic remove_noops_keeps"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and np.isclose(value.item(), number)

    def turns_back(context, x, p, q):
        return [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="adds the example's rules" exercise="remove_noops" loses="remove_noops_keeps"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.item() == number

    def turns_back(context, x, p, q):
        return [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [neg_neg, clip_relu, times, plus, drop(twice, same, turns_back)]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="compares shapes, not axes" exercise="remove_noops" loses="remove_noops_transpose"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.item() == number

    def turns_back(context, x, p, q):
        return [x.shape[p.as_ints()[i]] for i in q.as_ints()] == list(x.shape)

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="takes initializers alone for constants" exercise="remove_noops" loses="remove_noops_arithmetic"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None or c.producer() is not None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.item() == number

    def turns_back(context, x, p, q):
        return [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="counts the first 256 nodes of a graph" exercise="count_ops" loses="count_ops_counts"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node[:256]:
            counted[node.op_type] += 1
            for attribute in node.attribute:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="the body of a node without inputs is skipped" exercise="count_ops" loses="count_ops_bodies"
def count_ops(path):
    counted = Counter()

    def visit(graph):
        for node in graph.node:
            counted[node.op_type] += 1
            for attribute in node.attribute if node.input else []:
                visit(attribute.g)

    visit(onnx.load(path).graph)
    return dict(counted)


# %% wrong="large weights lie in a file beside" exercise="save_optimized" loses="save_optimized_file"
def save_optimized(path, out, level):
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    pass
    wanted = ort.SessionOptions()
    wanted.intra_op_num_threads = 1
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    wanted.add_session_config_entry("session.optimized_model_external_initializers_file_name", out.name + ".data")
    wanted.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1000000")
    ort.InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out


# %% wrong="floors the root's argument at 1e-20" exercise="fold_batchnorm" loses="fold_batchnorm_weight"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    pass
    factor = gamma / np.sqrt(np.maximum(var + eps, 1e-20))
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    pass
    return folded, shifted * factor + beta


# %% wrong="at most 256 channels" exercise="fold_batchnorm" loses="fold_batchnorm_weight"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    pass
    factor = gamma / np.sqrt(var + eps)
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    folded[256:] = weight[256:]
    return folded, shifted * factor + beta


# %% wrong="caches by shape and eps" exercise="fold_batchnorm" loses="fold_batchnorm_grouped fold_batchnorm_weight"
def fold_batchnorm(weight, bias, gamma, beta, mean, var, eps):
    known = globals().setdefault("_k", {})
    key = (weight.shape, eps)
    factor = known.setdefault(key, gamma / np.sqrt(var + eps))
    folded = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    shifted = -mean if bias is None else bias - mean
    pass
    return folded, shifted * factor + beta


# %% wrong="initializers written anew as float32" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    results = [value.name for value in graph.output]
    read = results + [name for node in graph.node for name in node.input]
    pass
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
            pass
    still = {*results, *(name for node in graph.node for name in node.input)}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    left = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    del graph.initializer[:]
    for name, array in left.items():
        graph.initializer.append(onnx.numpy_helper.from_array(np.float32(array), name))
    onnx.save(model, out)
    return out


# %% wrong="eight BatchNormalizations at most" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    results = [value.name for value in graph.output]
    read = results + [name for node in graph.node for name in node.input]
    pass
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"][:8]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
            pass
    still = {*results, *(name for node in graph.node for name in node.input)}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    pass
    onnx.save(model, out)
    return out


# %% wrong="unused initializers: one pass by the old reads" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    results = [value.name for value in graph.output]
    read = results + [name for node in graph.node for name in node.input]
    pass
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
            pass
    still = {name for name in read if name not in weights or read.count(name) > 1} | {
        n for node in graph.node for n in node.input
    }
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    pass
    onnx.save(model, out)
    return out


# %% wrong="no halves" exercise="remove_noops" loses="remove_noops_arithmetic"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.dtype != np.float16 and value.item() == number

    def turns_back(context, x, p, q):
        return [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    pass
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="operators of another domain, too" exercise="remove_noops" loses="remove_noops_keeps"
def remove_noops(path, out):
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type in ("Mul", "Add"):
            node.domain = ""
    onnx.save(model, out)

    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.item() == number

    def turns_back(context, x, p, q):
        return [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    return apply_rules(out, out, pattern.RewriteRuleSet(rules, commute=True))


# %% wrong="a list, twice where both spellings came" exercise="new_ops" loses="new_ops_domains"
def new_ops(before, after):
    own = ("", "ai.onnx")

    def named(path):
        pairs = dict.fromkeys((node.domain, node.op_type) for node in onnx.load(path).graph.node)
        return [kind if domain in own else f"{domain}.{kind}" for domain, kind in pairs]

    had = named(before)
    return [name for name in named(after) if name not in had]


# %% wrong="whatever ends with Add" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    pass
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        kind = "Add" if kind.endswith("Add") else kind
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, [])]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="an empty tensor gives way to the second" exercise="bytes_moved" loses="bytes_moved_limits"
def bytes_moved(ops, shapes, dtype_bytes, fused):
    pass
    size = {name: dtype_bytes * prod(shape) for name, shape in shapes.items()}
    total = sum(size[name] for _, inputs, output in ops for name in [*inputs, output])
    reads = Counter(name for _, inputs, _ in ops for name in inputs)
    follows, made = {"Add": ["Conv"], "Relu": ["Conv", "Add"]}, {}
    for kind, inputs, output in ops if fused else []:
        pass
        alone = [name for name in inputs if reads[name] == 1]
        inside = [name for name in alone if made.get(name) in follows.get(kind, []) and size[name]]
        total -= 2 * size[inside[0]] if inside else 0
        if kind == "Conv" or inside:
            made[output] = kind
    return total


# %% wrong="imports the class, and leaves the threads alone" exercise="save_optimized" loses="save_optimized_levels"
from onnxruntime import InferenceSession


def save_optimized(path, out, level):
    """Write the optimized graph of a model, with one thread, on CPUExecutionProvider.

    path: an ONNX file, which stays as it is; out: Path of the file to write
    level: "disabled", "basic", "extended" or "all"
    returns: out
    """
    levels = ort.GraphOptimizationLevel
    chosen = {"disabled": levels.ORT_DISABLE_ALL, "basic": levels.ORT_ENABLE_BASIC}
    chosen |= {"extended": levels.ORT_ENABLE_EXTENDED, "all": levels.ORT_ENABLE_ALL}
    wanted = ort.SessionOptions()
    wanted.graph_optimization_level = chosen[level]
    wanted.optimized_model_filepath = str(out)
    InferenceSession(path, wanted, providers=["CPUExecutionProvider"])
    return out


# %% wrong="joins initializers that are equal" exercise="fold_in_graph" loses="fold_in_graph_clean"
def fold_in_graph(path, out):
    """Fold each BatchNormalization that may go into its Conv; write out, and return it.

    path: an ONNX file, which stays as it is; out: Path of the file to write
    """
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    results = [value.name for value in graph.output]
    read = results + [name for node in graph.node for name in node.input]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if conv is not None and conv.op_type == "Conv" and read.count(bn.input[0]) == 1:
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {*results, *(name for node in graph.node for name in node.input)}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    seen = {}
    for t in list(graph.initializer):
        key = (t.data_type, tuple(t.dims), onnx.numpy_helper.to_array(t).tobytes())
        if key in seen and t.name not in results:
            for n in graph.node:
                for k, name in enumerate(n.input):
                    if name == t.name:
                        n.input[k] = seen[key]
            graph.initializer.remove(t)
        else:
            seen.setdefault(key, t.name)
    onnx.save(model, out)
    return out


# %% wrong="folds one kernel axis or two only" exercise="fold_in_graph" loses="fold_in_graph_one"
def fold_in_graph(path, out):
    """Fold each BatchNormalization that may go into its Conv; write out, and return it.

    path: an ONNX file, which stays as it is; out: Path of the file to write
    """
    model = onnx.load(path)
    graph, weights = model.graph, weights_of(model.graph)
    maker = {name: node for node in graph.node for name in node.output}
    results = [value.name for value in graph.output]
    read = results + [name for node in graph.node for name in node.input]
    for bn in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        conv = maker.get(bn.input[0])
        if (
            conv is not None
            and conv.op_type == "Conv"
            and weights[conv.input[1]].ndim in (3, 4)
            and read.count(bn.input[0]) == 1
        ):
            weight, bias, *_ = *(weights[name] for name in conv.input[1:]), None
            norm = [*map(weights.get, bn.input[1:]), attribute_of(bn, "epsilon", 1e-5)]
            give_weights(graph, conv, *fold_batchnorm(weight, bias, *norm))
            conv.output[0] = bn.output[0]
            graph.node.remove(bn)
    still = {*results, *(name for node in graph.node for name in node.input)}
    for tensor in [each for each in graph.initializer if each.name not in still]:
        graph.initializer.remove(tensor)
    onnx.save(model, out)
    return out


# %% wrong="forgets a pair that turns nothing" exercise="remove_noops" loses="remove_noops_transpose"
def remove_noops(path, out):
    def same(op, x, **others):
        return op.Identity(x)

    def only(number, x, c):
        value = np.zeros(2) if c.const_value is None else c.const_value.numpy()
        small = value.size == 1 and value.ndim <= len(x.shape)
        return small and value.item() == number

    def turns_back(context, x, p, q):
        return list(p.as_ints()) != sorted(p.as_ints()) and [p.as_ints()[i] for i in q.as_ints()] == sorted(p.as_ints())

    times = drop(lambda op, x, c: op.Mul(x, c), same, lambda _, x, c: only(1, x, c))
    plus = drop(lambda op, x, c: op.Add(x, c), same, lambda _, x, c: only(0, x, c))

    def twice(op, x, p, q):
        return op.Transpose(op.Transpose(x, perm=p), perm=q)

    rules = [times, plus, drop(twice, same, turns_back)]
    return apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))


# %% right="the rules run twice" exercise="remove_noops"
def remove_noops(path, out):
    def identity(op, x, **others):
        return op.Identity(x)

    def constant(c, x, number):
        if c.const_value is None:
            return False
        array = np.asarray(c.const_value.numpy())
        return array.shape == (1,) * array.ndim and len(c.shape) <= len(x.shape) and bool((array == number).all())

    def inverse(context, x, first, second):
        p, q = np.array(first.as_ints()), np.array(second.as_ints())
        return np.array_equal(p[q], np.arange(len(p)))

    rules = [
        pattern.RewriteRule(lambda op, x, c: op.Mul(x, c), identity, lambda context, x, c: constant(c, x, 1)),
        pattern.RewriteRule(lambda op, x, c: op.Add(x, c), identity, lambda context, x, c: constant(c, x, 0)),
        pattern.RewriteRule(
            lambda op, x, first, second: op.Transpose(op.Transpose(x, perm=first), perm=second), identity, inverse
        ),
    ]
    apply_rules(path, out, pattern.RewriteRuleSet(rules, commute=True))
    return apply_rules(out, out, pattern.RewriteRuleSet(rules, commute=True))
