# %% right="the file's bytes with its path, and shapes as lists" exercise="parse"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse(path.read_bytes(), str(path))
    ends = {}
    for key, count, get in (
        ("inputs", network.num_inputs, network.get_input),
        ("outputs", network.num_outputs, network.get_output),
    ):
        ends[key] = {get(k).name: [int(size) for size in get(k).shape] for k in range(count)}
    errors = []
    for k in range(parser.num_errors):
        error = parser.get_error(k)
        errors.append(f"{error.node_name()} is a {error.node_operator()}")
    return {"layers": network.num_layers, "errors": errors, **ends}


# %% wrong="asks for no errors" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": []}


# %% wrong="counts the file's nodes" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [parser.get_error(k) for k in range(parser.num_errors)]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    errors = [f"{error.node_operator()} {error.node_name()}" for error in errors]
    return {"inputs": inputs, "outputs": outputs, "layers": len(onnx.load(path).graph.node), "errors": errors}


# %% wrong="takes the first end for all" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [parser.get_error(k) for k in range(parser.num_errors)]
    errors = [f"{error.node_operator()} {error.node_name()}" for error in errors]
    given = network.get_input(0)
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {
        "inputs": {given.name: tuple(given.shape)},
        "outputs": outputs,
        "layers": network.num_layers,
        "errors": errors,
    }


# %% wrong="tells the operator but not the node" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [f"no operator {parser.get_error(k).node_operator()}" for k in range(parser.num_errors)]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% wrong="tells the first error only" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    taken = parser.parse_from_file(str(path))
    errors = [] if taken else [f"{parser.get_error(0).node_operator()} {parser.get_error(0).node_name()}"]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% wrong="raises where the file is refused" exercise="parse" loses="parse_network parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(parser.get_error(0).desc())
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": []}


# %% wrong="hands on the parser's own errors" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [parser.get_error(k) for k in range(parser.num_errors)]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% wrong="hands TensorRT a Path" exercise="parse" loses="parse_network parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(path)
    errors = [parser.get_error(k) for k in range(parser.num_errors)]
    errors = [f"{error.node_operator()} {error.node_name()}" for error in errors]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% right="checks with NumPy, one rule after the other" exercise="profile"
def profile(shapes_min, shapes_opt, shapes_max):
    names = {*shapes_min, *shapes_opt, *shapes_max}
    for name in names:
        for shapes in (shapes_min, shapes_opt, shapes_max):
            if name not in shapes:
                raise ValueError(f"input {name!r} is missing")
    made = {}
    for name in names:
        low, usual, high = (np.array(shapes[name]) for shapes in (shapes_min, shapes_opt, shapes_max))
        if not low.shape == usual.shape == high.shape:
            raise ValueError(f"input {name!r}: ranks")
        if (low > usual).any() or (usual > high).any():
            raise ValueError(f"input {name!r}: order")
        made[name] = tuple(low.tolist()), tuple(usual.tolist()), tuple(high.tolist())
    return made


# %% right="lists for tuples" exercise="profile"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if any(name not in shapes for shapes in (shapes_min, shapes_opt, shapes_max)):
            raise ValueError(f"{name} is missing")
        three = [list(shapes_min[name]), list(shapes_opt[name]), list(shapes_max[name])]
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="compares whole tuples" exercise="profile" loses="profile_refuses_disorder"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        low, usual, high = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if not len(low) == len(usual) == len(high) or not low <= usual <= high:
            raise ValueError(f"{name}: {low}, {usual}, {high}")
        made[name] = low, usual, high
    return made


# %% wrong="compares the smallest with the largest only" exercise="profile" loses="profile_refuses_disorder"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        low, usual, high = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if not len(low) == len(usual) == len(high) or any(a > c for a, c in zip(low, high)):
            raise ValueError(f"{name}: {low}, {usual}, {high}")
        made[name] = low, usual, high
    return made


# %% wrong="stops at the shorter shape" exercise="profile" loses="profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="trusts the names of the first dict" exercise="profile" loses="profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in shapes_min:
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="wants strictly larger shapes" exercise="profile" loses="profile_joins profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a < b < c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="does not say which input" exercise="profile" loses="profile_refuses_disorder profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    if not shapes_min.keys() == shapes_opt.keys() == shapes_max.keys():
        raise ValueError("the names differ")
    made = {}
    for name in shapes_min:
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError("the shapes must have min <= opt <= max")
        made[name] = three
    return made


# %% wrong="groups by kind, not by input" exercise="profile" loses="profile_joins profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
    return {"min": shapes_min, "opt": shapes_opt, "max": shapes_max}


# %% right="the file's bytes with its path, a profile only where there is one" exercise="build_engine"
def build_engine(path, profile, target):
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, logger)
    taken = parser.parse(path.read_bytes(), str(path))
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(getattr(trt.ComputeCapability, target), 0)
    if profile:
        made = builder.create_optimization_profile()
        for name in profile:
            low, usual, high = profile[name]
            made.set_shape(name, trt.Dims(list(low)), trt.Dims(list(usual)), trt.Dims(list(high)))
        config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config) if taken else None
    if not engine:
        raise RuntimeError(f"TensorRT makes no engine of {path} for {target}")
    return memoryview(engine).tobytes()


# %% wrong="sets no target" exercise="build_engine" loses="build_engine_target build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="returns TensorRT's own memory" exercise="build_engine" loses="build_engine_target"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return engine


# %% wrong="asks neither step whether it worked" exercise="build_engine" loses="build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    return bytes(builder.build_serialized_network(network, config))


# %% wrong="returns None where there is no engine" exercise="build_engine" loses="build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    return engine and bytes(engine)


# %% wrong="optimizes for the largest shape" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, (low, _, high) in profile.items():
        made.set_shape(name, low, high, high)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="makes a profile for each input" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    for name, three in profile.items():
        made = builder.create_optimization_profile()
        made.set_shape(name, *three)
        config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="leaves the details out of the log" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="swaps the smallest and the largest shape" exercise="build_engine" loses="build_engine_target build_engine_profile build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three[::-1])
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="names the target by a string" exercise="build_engine" loses="build_engine_target build_engine_profile build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(target, 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="does not return the engine" exercise="build_engine" loses="build_engine_target"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    bytes(engine)


# %% right="without regular expressions" exercise="engine_layers"
def engine_layers(log):
    _, _, rest = log.partition("\nLayers:\n")
    found = []
    for line in rest.split("\n"):
        if line == "":
            break
        name = line.removeprefix("Name: ").split(", LayerType: ")[0]
        outputs = line.split("Outputs: ")[1].split("TacticName: ")[0]
        types = [part.split(",")[0] for part in outputs.split("Datatype: ")[1:]]
        nodes = [part.rsplit("]", 1)[0] for part in line.split("[ONNX Layer: ")[1:]]
        found.append({"nodes": nodes, "types": types, "name": name})
    return found


# %% wrong="reads the types of inputs and weights, too" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line)
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="takes the inputs' types" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Constants: ")[0])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="takes the type of the first output" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])[:1]
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="takes every line with a name" exercise="engine_layers" loses="engine_layers_names engine_layers_types engine_layers_nodes"
def engine_layers(log):
    found = []
    for line in log.split("\n"):
        if line.strip().startswith("Name: "):
            name = line.strip().removeprefix("Name: ").split(", LayerType")[0]
            types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
            found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="ends the name at the first comma" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = line.removeprefix("Name: ").split(",")[0]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="expects the origins to touch each other" exercise="engine_layers" loses="engine_layers_nodes"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        origins = line.partition("Metadata: ")[2].removeprefix("[ONNX Layer: ").removesuffix("]")
        found.append({"name": name, "types": types, "nodes": origins.split("][ONNX Layer: ") if origins else []})
    return found


# %% wrong="takes the first node of a layer" exercise="engine_layers" loses="engine_layers_nodes"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        node = re.search(r"\[ONNX Layer: ([^\x1f]*)\]", line)
        found.append({"name": name, "types": types, "nodes": [node[1]] if node else []})
    return found


# %% wrong="takes a name for one word, wherever it begins" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.search(r"Name: (\w+)", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="takes a name for one word at the line's beginning" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (\w+)", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="tells each type once" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = sorted(set(re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])))
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="sorts the types" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = sorted(re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2]))
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="takes the names of nodes for single words" exercise="engine_layers" loses="engine_layers_nodes"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: (\w+)", line)})
    return found


# %% right="to() instead of half(), and the path as text" exercise="half_precision"
def half_precision(model, path):
    mine = copy.deepcopy(model).to(torch.float16)
    to_onnx_torchscript(mine, torch.zeros(2, 1, 28, 28, dtype=torch.float16), path, tolerance=0.01)
    return str(path)


# %% right="the file converted afterwards" exercise="half_precision"
def half_precision(model, path):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    whole = to_onnx_torchscript(model, torch.rand(2, 1, 28, 28), path)
    onnx.save(convert_float_to_float16(onnx.load(whole), keep_io_types=True, op_block_list=[]), path)
    return path


# %% wrong="halves the caller's model" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    return to_onnx_torchscript(model.half(), torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)


# %% wrong="halves the caller's model and back, which rounds it" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    to_onnx_torchscript(model.half(), torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)
    model.float()
    return path


# %% wrong="exports in float32" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    return to_onnx_torchscript(copy.deepcopy(model), torch.rand(2, 1, 28, 28), path)


# %% wrong="rounds the weights and keeps them in float32" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    return to_onnx_torchscript(copy.deepcopy(model).half().float(), torch.rand(2, 1, 28, 28), path)


# %% wrong="gives the halved model a float32 example" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    return to_onnx_torchscript(copy.deepcopy(model).half(), torch.rand(2, 1, 28, 28), path, tolerance=1e-2)


# %% wrong="takes bfloat16 for half precision" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    mine = copy.deepcopy(model).bfloat16()
    return to_onnx_torchscript(mine, torch.rand(2, 1, 28, 28).bfloat16(), path, tolerance=None)


# %% wrong="does not return the path" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    to_onnx_torchscript(copy.deepcopy(model).half(), torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)


# %% right="one scale for each channel" exercise="tensorrt_qdq"
def tensorrt_qdq(path, out, reader):
    signed = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(str(path), str(out), reader, per_channel=True, extra_options=options, **signed)
    return str(out)


# %% right="activations before each operator only" exercise="tensorrt_qdq"
def tensorrt_qdq(path, out, reader):
    kinds = ["Conv", "Gemm", "MatMul"]
    options = {"ActivationSymmetric": True, "QuantizeBias": False, "OpTypesToExcludeOutputQuantization": kinds}
    quantize_static(path, out, reader, op_types_to_quantize=kinds, extra_options=options)
    return out


# %% wrong="the CPU recipe" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    return cpu_recipe(path, out, reader)


# %% wrong="leaves the biases in int32" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted"
def tensorrt_qdq(path, out, reader):
    signed = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    options = {"ActivationSymmetric": True, "WeightSymmetric": True}
    quantize_static(path, out, reader, extra_options=options, **signed)
    return out


# %% wrong="leaves zero points to the activations" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    signed = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, reader, extra_options={"WeightSymmetric": True, "QuantizeBias": False}, **signed)
    return out


# %% wrong="unsigned activations" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    kinds = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(path, out, reader, extra_options=options, **kinds)
    return out


# %% wrong="integer operators" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    signed = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(path, out, reader, quant_format=QuantFormat.QOperator, extra_options=options, **signed)
    return out


# %% wrong="leaves the dense layer in float32" exercise="tensorrt_qdq" loses="tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(path, out, reader, op_types_to_quantize=["Conv"], extra_options=options)
    return out


# %% wrong="hands the float file on" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    Path(out).write_bytes(Path(path).read_bytes())
    return out


# %% wrong="calibrates with noise of its own" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    noise = np.random.default_rng(0).random((50, 1, 28, 28)).astype(np.float32)
    quantize_static(path, out, lesson.reader_of(noise), extra_options=options)
    return out


# %% wrong="does not return the path" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(path, out, reader, extra_options=options)


# %% right="an index in JSON, with a checksum for each file" exercise="engine_cache"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)

    def get(self, path, target, version, build):
        import json

        index = self.folder / "index.json"
        try:
            known = json.loads(index.read_text())
        except (OSError, ValueError):
            known = {}
        model = [hashlib.md5(file.read_bytes()).hexdigest() for file in lesson.model_files(path)]
        key = json.dumps([model, target, version])
        if key in known:
            name, size, check = known[key]
            file = self.folder / name
            if file.is_file():
                engine = file.read_bytes()
                if (len(engine), hashlib.sha256(engine).hexdigest()) == (size, check):
                    return engine
        engine = build()
        self.folder.mkdir(parents=True, exist_ok=True)
        check = hashlib.sha256(engine).hexdigest()
        name = hashlib.sha256(key.encode()).hexdigest() + ".engine"
        (self.folder / name).write_bytes(engine)
        known[key] = name, len(engine), check
        index.write_text(json.dumps(known))
        return engine


# %% right="the checksum in the file's name" exercise="engine_cache"
class EngineCache:
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def get(self, path, target, version, build):
        total = hashlib.sha256(f"{len(target)} {target}{version}".encode())
        for file in lesson.model_files(path):
            total.update(hashlib.sha256(file.read_bytes()).digest())
        key = total.hexdigest()
        for file in self.folder.glob(f"{key}-*"):
            engine = file.read_bytes()
            if file.name == f"{key}-{hashlib.sha256(engine).hexdigest()}":
                return engine
            file.unlink()
        engine = build()
        (self.folder / f"{key}-{hashlib.sha256(engine).hexdigest()}").write_bytes(engine)
        return engine


# %% wrong="the file's name for a key" exercise="engine_cache" loses="engine_cache_builds_once engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        kept = self.folder / f"{path.stem}-{target}-{version}"
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="forgets the target" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="forgets the version" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="forgets the weights that lie in another file" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [path.read_bytes(), target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="puts the parts together without a border" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        whole = b"".join(file.read_bytes() for file in lesson.model_files(path)) + (target + version).encode()
        kept = self.folder / hashlib.sha256(whole).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="keeps engines in the object only" exercise="engine_cache" loses="engine_cache_builds_once engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.kept = {}

    def get(self, path, target, version, build):
        key = (*(file.read_bytes() for file in lesson.model_files(path)), target, version)
        if key not in self.kept:
            self.kept[key] = build()
        return self.kept[key]


# %% wrong="takes what lies there" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        if not kept.exists():
            kept.write_bytes(build())
        return kept.read_bytes()


# %% wrong="compares the checksum as text with what it read as bytes" exercise="engine_cache" loses="engine_cache_builds_once engine_cache_key engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="looks at the length only" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        size, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if size != str(len(engine)).encode():
            engine = build()
            kept.write_bytes(str(len(engine)).encode() + b"\n" + engine)
        return engine


# %% wrong="opens the file before it builds" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        if not kept.exists():
            with kept.open("wb") as file:
                file.write(build())
        return kept.read_bytes()


# %% right="strings of the errors, shapes from a helper" exercise="parse"
def parse(path):
    network = new_network()[1]
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))

    def shapes(count, get):
        return {get(k).name: tuple(get(k).shape[i] for i in range(len(get(k).shape))) for k in range(count)}

    made = dict(inputs=shapes(network.num_inputs, network.get_input))
    made["outputs"] = shapes(network.num_outputs, network.get_output)
    return made | {"layers": len(network), "errors": [str(parser.get_error(k)) for k in range(parser.num_errors)]}


# %% wrong="counts the file's nodes and weights" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [str(parser.get_error(k)) for k in range(parser.num_errors)]
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    graph = onnx.load(path).graph
    layers = len(graph.node) + len(graph.initializer) if not errors else network.num_layers
    return {"inputs": inputs, "outputs": outputs, "layers": layers, "errors": errors}


# %% wrong="takes the shapes from the file" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    taken = parser.parse_from_file(str(path))
    errors = [str(parser.get_error(k)) for k in range(parser.num_errors)]
    graph = onnx.load(path).graph

    def ends(values):
        sizes = {v.name: v.type.tensor_type.shape.dim for v in values}
        return {name: tuple(d.dim_value or -1 for d in dims) for name, dims in sizes.items()}

    outputs = ends(graph.output) if taken else {}
    return {"inputs": ends(graph.input), "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% wrong="returns nothing of a refused file but its errors" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    taken = parser.parse_from_file(str(path))
    errors = [str(parser.get_error(k)) for k in range(parser.num_errors)]
    if not taken:
        return {"inputs": {}, "outputs": {}, "layers": 0, "errors": errors}
    inputs = {network.get_input(k).name: tuple(network.get_input(k).shape) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: tuple(network.get_output(k).shape) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% wrong="takes the first axis for the free one" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = [str(parser.get_error(k)) for k in range(parser.num_errors)]
    inputs = {network.get_input(k).name: (-1, *network.get_input(k).shape[1:]) for k in range(network.num_inputs)}
    outputs = {network.get_output(k).name: (-1, *network.get_output(k).shape[1:]) for k in range(network.num_outputs)}
    return {"inputs": inputs, "outputs": outputs, "layers": network.num_layers, "errors": errors}


# %% right="names out of order, shapes compared by index" exercise="profile"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in sorted(set(shapes_min) | set(shapes_opt) | set(shapes_max)):
        try:
            low, usual, high = shapes_min[name], shapes_opt[name], shapes_max[name]
        except KeyError:
            raise ValueError(f"min, opt and max of {name}, please") from None
        if len(low) != len(usual) or len(usual) != len(high):
            raise ValueError(f"the ranks of {name} differ")
        for axis in range(len(low)):
            if low[axis] > usual[axis] or usual[axis] > high[axis]:
                raise ValueError(f"axis {axis} of {name} is out of order")
        made[name] = [low, usual, high]
    return made


# %% wrong="looks at the first two axes" exercise="profile" loses="profile_refuses_disorder"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in list(zip(*three))[:2]):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="returns arrays" exercise="profile" loses="profile_joins"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (name in shapes_min and name in shapes_opt and name in shapes_max):
            raise ValueError(f"{name} is missing")
        three = tuple(np.array(shapes[name], int) for shapes in (shapes_min, shapes_opt, shapes_max))
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="takes an empty shape for none" exercise="profile" loses="profile_joins"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        if not (shapes_min.get(name) and shapes_opt.get(name) and shapes_max.get(name)):
            raise ValueError(f"{name} is missing")
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="looks at the names that all three dicts have" exercise="profile" loses="profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in shapes_min.keys() & shapes_opt.keys() & shapes_max.keys():
        three = tuple(shapes_min[name]), tuple(shapes_opt[name]), tuple(shapes_max[name])
        if len({len(shape) for shape in three}) > 1 or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"{name}: {three}")
        made[name] = three
    return made


# %% wrong="names every input in its message" exercise="profile" loses="profile_refuses_disorder profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    made = {}
    for name in {*shapes_min, *shapes_opt, *shapes_max}:
        given = [shapes[name] for shapes in (shapes_min, shapes_opt, shapes_max) if name in shapes]
        three = tuple(tuple(shape) for shape in given)
        fits = len(three) == 3 and len({len(shape) for shape in three}) == 1
        if not fits or not all(a <= b <= c for a, b, c in zip(*three)):
            raise ValueError(f"these do not fit: {shapes_min}, {shapes_opt}, {shapes_max}")
        made[name] = three
    return made


# %% right="any error is a RuntimeError, the profile goes by the network's inputs" exercise="build_engine"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path.resolve()!r}, {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in sorted(profile.items()):
        low, usual, high = (tuple(shape) for shape in three)
        made.set_shape(name, low, usual, high)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path.resolve()!r}, {target}")
    return bytes(engine)


# %% wrong="goes by the inputs' order" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for k, three in enumerate(profile.values()):
        made.set_shape(network.get_input(k).name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="tells the file's name, not where it is" exercise="build_engine" loses="build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path.name} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path.name} {target}")
    return bytes(engine)


# %% wrong="keeps engines by path and target" exercise="build_engine" loses="build_engine_target build_engine_profile"
KEPT = {}


def build_engine(path, profile, target):
    if (str(path), target) in KEPT:
        return KEPT[str(path), target]
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} {target}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    KEPT[str(path), target] = bytes(engine)
    return KEPT[str(path), target]


# %% wrong="tells of a refused file without the target" exercise="build_engine" loses="build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path}: {parser.get_error(0)}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    made = builder.create_optimization_profile()
    for name, three in profile.items():
        made.set_shape(name, *three)
    config.add_optimization_profile(made)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path} {target}")
    return bytes(engine)


# %% wrong="knows four types" exercise="engine_layers" loses="engine_layers_types"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (Float|Half|Int8|Int32)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="splits where TensorRT does not" exercise="engine_layers" loses="engine_layers_names engine_layers_types engine_layers_nodes"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].splitlines() if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% wrong="keeps one layer of each name" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    part = re.search(r"^Layers:\n((?:.+\n)*)", log + "\n", re.M)
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return list({layer["name"]: layer for layer in found}.values())


# %% wrong="begins at any mention of layers" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    part = re.search(r"Layers:[^\n]*\n((?:.+\n)*)", log + "\n")
    found = []
    for line in part[1].split("\n")[:-1] if part else []:
        name = re.match(r"Name: (.*?), LayerType", line)[1]
        types = re.findall(r"Datatype: (\w+)", line.partition("Outputs: ")[2])
        found.append({"name": name, "types": types, "nodes": re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", line)})
    return found


# %% right="a generator over lines, by words" exercise="engine_layers"
def engine_layers(log):
    lines = iter(log.split("\n"))
    if not any(line == "Layers:" for line in lines):
        return []
    made = []
    while line := next(lines, ""):
        head, _, tail = line.partition(", LayerType: ")
        outputs = tail[tail.index("Outputs: [") : tail.index("TacticName: ")]
        words = outputs.replace(",", " ").split()
        types = [words[k + 1] for k, word in enumerate(words) if word == "Datatype:"]
        nodes = [part[: part.rindex("]")] for part in tail.split("Metadata: ")[1].split("[ONNX Layer: ")[1:]]
        made.append(dict(name=head[len("Name: ") :], types=types, nodes=nodes))
    return made


# %% right="its weights put into a half copy" exercise="half_precision"
def half_precision(model, path):
    mine = copy.deepcopy(model)
    mine.load_state_dict({name: value.clone() for name, value in model.state_dict().items()})
    for each in (*mine.parameters(), *mine.buffers()):
        if each.is_floating_point():
            each.data = each.data.to(torch.float16)
    with torch.no_grad():
        return Path(str(to_onnx_torchscript(mine, torch.ones(2, 1, 28, 28).half(), path, tolerance=0.02))).resolve()


# %% wrong="writes beside the path it was given" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    half, out = copy.deepcopy(model).half(), Path(path).with_suffix(".fp16.onnx")
    return to_onnx_torchscript(half, torch.rand(2, 1, 28, 28).half(), out, tolerance=1e-2)


# %% wrong="leaves what is there" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    if not Path(path).exists():
        to_onnx_torchscript(copy.deepcopy(model).half(), torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)
    return path


# %% wrong="keeps the weights in half, computes in float32" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    from onnx import helper, numpy_helper

    loaded = onnx.load(to_onnx_torchscript(copy.deepcopy(model), torch.rand(2, 1, 28, 28), path))
    casts = []
    for weight in loaded.graph.initializer:
        array = numpy_helper.to_array(weight)
        if array.dtype == np.float32:
            casts.append(helper.make_node("Cast", [weight.name + "_half"], [weight.name], to=onnx.TensorProto.FLOAT))
            weight.CopyFrom(numpy_helper.from_array(array.astype(np.float16), weight.name + "_half"))
    nodes = [*casts, *loaded.graph.node]
    del loaded.graph.node[:]
    loaded.graph.node.extend(nodes)
    onnx.save(loaded, path)
    return path


# %% wrong="fixes the number of images" exercise="half_precision" loses="half_precision_engine half_precision_scores"
def half_precision(model, path):
    half = copy.deepcopy(model).half()
    torch.onnx.export(half, (torch.rand(2, 1, 28, 28).half(),), path, dynamo=False)
    return path


# %% right="an engine's file in text, in a folder of its own" exercise="engine_cache"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        try:
            check, size, text = (kept / "engine.txt").read_text().split(":")
            engine = bytes.fromhex(text)
            if (check, int(size)) == (hashlib.blake2b(engine).hexdigest(), len(engine)):
                return engine
        except (OSError, ValueError):
            pass
        engine = build()
        kept.mkdir(exist_ok=True)
        (kept / "engine.txt").write_text(f"{hashlib.blake2b(engine).hexdigest()}:{len(engine)}:{engine.hex()}")
        return engine


# %% wrong="puts the path into the key" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [str(path), target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="reads the beginning of each file" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes()[:65536] for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="leaves out the second file of weights" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)[:2]] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="empties the folder where something is damaged" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [file.read_bytes() for file in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        check, _, engine = kept.read_bytes().partition(b"\n") if kept.exists() else (b"", b"", b"")
        if check != hashlib.sha256(engine).hexdigest().encode():
            for file in self.folder.iterdir() if kept.exists() else ():
                file.unlink()
            engine = build()
            kept.write_bytes(hashlib.sha256(engine).hexdigest().encode() + b"\n" + engine)
        return engine


# %% wrong="calibrates with the first batch" exercise="tensorrt_qdq" loses="tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    name, images = next(iter(reader.get_next().items()))
    quantize_static(path, out, lesson.reader_of(images, name), extra_options=options)
    return out


# %% wrong="leaves products of matrices in float32" exercise="tensorrt_qdq" loses="tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    quantize_static(path, out, reader, op_types_to_quantize=["Conv", "Gemm"], extra_options=options)
    return out


# %% wrong="takes every input for one of that name" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    images = np.concatenate([batch["input"] for batch in iter(reader.get_next, None)])
    quantize_static(path, out, lesson.reader_of(images), extra_options=options)
    return out


# %% wrong="tells errors that read alike once" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    errors = {}
    for k in range(parser.num_errors):
        error = parser.get_error(k)
        errors[error.node_operator(), error.node_name()] = error.desc()
    inputs = [network.get_input(k) for k in range(network.num_inputs)]
    outputs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {each.name: tuple(each.shape) for each in inputs},
        "outputs": {each.name: tuple(each.shape) for each in outputs},
        "layers": network.num_layers,
        "errors": [f"{kind}, node {name}: {told}" for (kind, name), told in errors.items()],
    }


# %% wrong="halves and restores what the state dict has" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    before = copy.deepcopy(model.state_dict())
    try:
        model.half()
        to_onnx_torchscript(model, torch.rand(2, 1, 28, 28).half(), path, tolerance=1e-2)
    finally:
        model.float()
        model.load_state_dict(before)
    return path


# %% wrong="hands on the first input of each batch" exercise="tensorrt_qdq" loses="tensorrt_qdq_scores"
class Images:
    def __init__(self, path, reader):
        self.name = onnx.load(path).graph.input[0].name
        self.reader = reader

    def get_next(self):
        given = self.reader.get_next()
        if given is None:
            return None
        return {self.name: np.asarray(next(iter(given.values())), dtype=np.float32)}


def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    kinds = {"activation_type": QuantType.QInt8, "weight_type": QuantType.QInt8}
    quantize_static(path, out, Images(path, reader), quant_format=QuantFormat.QDQ, extra_options=options, **kinds)
    return out


# %% wrong="hashes files again where time or size changed" exercise="engine_cache" loses="engine_cache_key"
content_known = {}


def content_of(file):
    state = file.stat()
    key = str(file.resolve()), state.st_mtime_ns, state.st_size
    if key not in content_known:
        content_known[key] = hashlib.sha256(file.read_bytes()).hexdigest()
    return content_known[key]


class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [content_of(file) for file in lesson.model_files(path)] + [target, version]
        key = hashlib.sha256(repr(parts).encode()).hexdigest()
        for file in self.folder.glob(f"{key}-*"):
            engine = file.read_bytes()
            if file.name == f"{key}-{hashlib.sha256(engine).hexdigest()}":
                return engine
            file.unlink()
        engine = build()
        half = self.folder / f"half-{key}"
        half.write_bytes(engine)
        half.replace(self.folder / f"{key}-{hashlib.sha256(engine).hexdigest()}")
        return engine


# %% wrong="refuses axes of size 0" exercise="profile" loses="profile_joins"
def profile(shapes_min, shapes_opt, shapes_max):
    joined = {}
    for name in shapes_min | shapes_opt | shapes_max:
        three = []
        for shapes in (shapes_min, shapes_opt, shapes_max):
            if name not in shapes:
                raise ValueError(f"{name} is not in all three dicts")
            three.append(tuple(shapes[name]))
        if len({len(shape) for shape in three}) != 1:
            raise ValueError(f"{name}: shapes of different lengths, {three}")
        for low, usual, high in zip(*three):
            if not 0 < low <= usual <= high:
                raise ValueError(f"{name}: not min <= opt <= max, {three}")
        joined[name] = tuple(three)
    return joined


# %% wrong="details only with a profile" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path} is refused, for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    for name, (low, usual, high) in profile.items():
        shapes.set_shape(name, low, usual, high)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    if profile:
        config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    with tensorrt.listening() as heard:
        engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"no engine of {path} for {target}: {heard.errors()}")
    return bytes(engine)


# %% wrong="cannot find weights beside the file" exercise="build_engine" loses="build_engine_target"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(Path(path).read_bytes()):
        raise RuntimeError(f"{path} is refused, for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    for name, (low, usual, high) in profile.items():
        shapes.set_shape(name, low, usual, high)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    with tensorrt.listening() as heard:
        engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"no engine of {path} for {target}: {heard.errors()}")
    return bytes(engine)


# %% wrong="puts the caller's model into eval mode" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    half = copy.deepcopy(model.eval()).half()
    example = torch.rand(2, 1, 28, 28).half()
    to_onnx_torchscript(half, example, path, tolerance=1e-2)
    return path


# %% wrong="answers from memory first" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    """Engines in a folder, each built once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.known = {}

    def get(self, path, target, version, build):
        parts = [Path(file).read_bytes() for file in lesson.model_files(path)]
        parts += [target.encode(), version.encode()]
        digests = [hashlib.sha256(part).hexdigest() for part in parts]
        key = hashlib.sha256("".join(digests).encode()).hexdigest()
        if key in self.known:
            return self.known[key]
        kept = self.folder / key
        if kept.exists():
            data = kept.read_bytes()
            if data[:32] == hashlib.sha256(data[32:]).digest():
                return data[32:]
        engine = build()
        half = self.folder / f"{key}.half"
        half.write_bytes(hashlib.sha256(engine).digest() + engine)
        half.replace(kept)
        self.known[key] = engine
        return engine


# %% wrong="takes two numbers of the version" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    """Engines in a folder, each built once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [Path(file).read_bytes() for file in lesson.model_files(path)]
        parts += [target.encode(), ".".join(version.split(".")[:2]).encode()]
        digests = [hashlib.sha256(part).hexdigest() for part in parts]
        key = hashlib.sha256("".join(digests).encode()).hexdigest()
        kept = self.folder / key
        if kept.exists():
            data = kept.read_bytes()
            if data[:32] == hashlib.sha256(data[32:]).digest():
                return data[32:]
        engine = build()
        half = self.folder / f"{key}.half"
        half.write_bytes(hashlib.sha256(engine).digest() + engine)
        half.replace(kept)
        return engine


# %% wrong="joins target and version by a stroke" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    """Engines in a folder, each built once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [Path(file).read_bytes() for file in lesson.model_files(path)]
        parts += [f"{target}|{version}".encode()]
        digests = [hashlib.sha256(part).hexdigest() for part in parts]
        key = hashlib.sha256("".join(digests).encode()).hexdigest()
        kept = self.folder / key
        if kept.exists():
            data = kept.read_bytes()
            if data[:32] == hashlib.sha256(data[32:]).digest():
                return data[32:]
        engine = build()
        half = self.folder / f"{key}.half"
        half.write_bytes(hashlib.sha256(engine).digest() + engine)
        half.replace(kept)
        return engine


# %% wrong="names all inputs that are missing somewhere" exercise="profile" loses="profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):

    bad = [
        n for n in shapes_min | shapes_opt | shapes_max if not all(n in s for s in (shapes_min, shapes_opt, shapes_max))
    ]
    if bad:
        raise ValueError(", ".join(bad))
    checked, given = {}, (shapes_min, shapes_opt, shapes_max)
    for name in shapes_min | shapes_opt | shapes_max:
        if not all(name in shapes for shapes in given):
            raise ValueError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in given)
        if len({len(shape) for shape in three}) > 1:
            raise ValueError(f"{name}: its shapes {three} differ in length")
        if not all(a <= b <= c for a, b, c in zip(*three, strict=True)):
            raise ValueError(f"{name}: not min <= opt <= max on every axis: {three}")
        checked[name] = three
    return checked


# %% wrong="reads the index once" exercise="engine_cache" loses="engine_cache_builds_once"
class EngineCache:
    def __init__(self, folder):
        import json

        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        index = self.folder / "index.json"
        try:
            self.known = json.loads(index.read_text())
        except (OSError, ValueError):
            self.known = {}

    def get(self, path, target, version, build):
        import json

        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        key = hashlib.sha256(repr(parts).encode()).hexdigest()
        kept = self.folder / key
        data = kept.read_bytes() if kept.exists() else b""
        if key not in self.known or hashlib.sha256(data).hexdigest() != self.known[key]:
            data = build()
            kept.write_bytes(data)
            self.known[key] = hashlib.sha256(data).hexdigest()
            (self.folder / "index.json").write_text(json.dumps(self.known))
        return data


# %% wrong="tells ten errors" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    told = [parser.get_error(k) for k in range(min(10, parser.num_errors))]
    ins = [network.get_input(k) for k in range(network.num_inputs)]
    outs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {tensor.name: tuple(tensor.shape) for tensor in ins},
        "outputs": {tensor.name: tuple(tensor.shape) for tensor in outs},
        "layers": network.num_layers,
        "errors": [f"{e.node_operator()}, {e.node_name()}: {e.desc()}" for e in told],
    }


# %% wrong="ends a name at a colon" exercise="parse" loses="parse_network"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    told = [parser.get_error(k) for k in range(parser.num_errors)]
    ins = [network.get_input(k) for k in range(network.num_inputs)]
    outs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {tensor.name.split(":")[0]: tuple(tensor.shape) for tensor in ins},
        "outputs": {tensor.name: tuple(tensor.shape) for tensor in outs},
        "layers": network.num_layers,
        "errors": [f"{e.node_operator()}, {e.node_name()}: {e.desc()}" for e in told],
    }


# %% wrong="takes -1 for any size" exercise="profile" loses="profile_refuses_disorder"
def profile(shapes_min, shapes_opt, shapes_max):
    checked, given = {}, (shapes_min, shapes_opt, shapes_max)
    for name in shapes_min | shapes_opt | shapes_max:
        if not all(name in shapes for shapes in given):
            raise ValueError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in given)
        if len({len(shape) for shape in three}) > 1:
            raise ValueError(f"{name}: its shapes {three} differ in length")
        if not all((a <= b <= c or -1 in (a, b, c)) for a, b, c in zip(*three, strict=True)):
            raise ValueError(f"{name}: not min <= opt <= max on every axis: {three}")
        checked[name] = three
    return checked


# %% wrong="looks at eight axes" exercise="profile" loses="profile_refuses_disorder"
def profile(shapes_min, shapes_opt, shapes_max):
    checked, given = {}, (shapes_min, shapes_opt, shapes_max)
    for name in shapes_min | shapes_opt | shapes_max:
        if not all(name in shapes for shapes in given):
            raise ValueError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in given)
        if len({len(shape) for shape in three}) > 1:
            raise ValueError(f"{name}: its shapes {three} differ in length")
        if not all(a <= b <= c for a, b, c in list(zip(*three, strict=True))[:8]):
            raise ValueError(f"{name}: not min <= opt <= max on every axis: {three}")
        checked[name] = three
    return checked


# %% wrong="gives shapes to inputs whose first axis is free" exercise="build_engine" loses="build_engine_profile"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path}: not parsed, so not built for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    first = [network.get_input(k) for k in range(network.num_inputs)]
    first = [t.name for t in first if tuple(t.shape)[:1] == (-1,)]
    for name, three in profile.items():
        if name not in first:
            continue
        shapes.set_shape(name, *three)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path}: no engine for {target}")
    return bytes(engine)


# %% wrong="takes the first megabyte" exercise="build_engine" loses="build_engine_target"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path}: not parsed, so not built for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    for name, three in profile.items():
        shapes.set_shape(name, *three)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path}: no engine for {target}")
    return bytes(engine)[: 1 << 20]


# %% wrong="sees no empty listing" exercise="engine_layers" loses="engine_layers_names"
def engine_layers(log):
    found = []
    for line in log.partition("\nLayers:\n")[2].partition("\n\n")[0].split("\n"):
        if line.startswith("Name: "):
            name = re.match(r"Name: (.*?), LayerType: ", line)[1]
            outputs, _, origins = line.partition("Outputs: ")[2].partition("Metadata:")
            types = re.findall(r"Datatype: (\w+)", outputs)
            nodes = re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", origins)
            found.append({"name": name, "types": types, "nodes": nodes})
    return found


# %% wrong="leaves out layers that do no work" exercise="engine_layers" loses="engine_layers_names engine_layers_types engine_layers_nodes"
def engine_layers(log):
    found, listing = [], False
    for line in log.split("\n"):
        if line == "Layers:":
            listing = True
        elif listing and not line:
            break
        elif listing and re.search(r", LayerType: (shape_call|signal|wait),", line):
            continue
        elif listing:
            name = re.match(r"Name: (.*?), LayerType: ", line)[1]
            outputs, _, origins = line.partition("Outputs: ")[2].partition("Metadata:")
            types = re.findall(r"Datatype: (\w+)", outputs)
            nodes = re.findall(r"\[ONNX Layer: ([^\x1f]*)\]", origins)
            found.append({"name": name, "types": types, "nodes": nodes})
    return found


# %% wrong="leaves the converter's list of operators in float32" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    whole = onnx.load(to_onnx_torchscript(copy.deepcopy(model), torch.rand(2, 1, 28, 28), path))
    onnx.save(convert_float_to_float16(whole, keep_io_types=True), path)
    return path


# %% wrong="halves whole numbers, too" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    half = copy.deepcopy(model).half()
    for module in half.modules():
        for key, each in module._buffers.items():
            if each is not None:
                module._buffers[key] = each.half()
    image = torch.rand(2, 1, 28, 28).half()
    return to_onnx_torchscript(half, image, path, tolerance=1e-2)


# %% wrong="32 images of each batch" exercise="tensorrt_qdq" loses="tensorrt_qdq_scores"
class First:
    def __init__(self, reader):
        self.reader = reader

    def get_next(self):
        given = self.reader.get_next()
        return given and {k: v[:32] for k, v in given.items()}


def tensorrt_qdq(path, out, reader):
    quantize_static(
        path,
        out,
        First(reader),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        extra_options={
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            "QuantizeBias": False,
        },
    )
    return out


# %% wrong="takes Python's own hash for a key" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        kept = self.folder / f"{hash(tuple(parts)) & (2**64 - 1):016x}"
        data = kept.read_bytes() if kept.exists() else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        return data[32:]


# %% wrong="takes the first megabyte" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [f.open("rb").read(1 << 20) for f in lesson.model_files(path)] + [target, version]
        kept = self.folder / hashlib.sha256(repr(parts).encode()).hexdigest()
        data = kept.read_bytes() if kept.exists() else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        return data[32:]


# %% wrong="asks for the version by a pattern" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        import fnmatch
        import json

        held = hashlib.sha256(repr([f.read_bytes() for f in lesson.model_files(path)]).encode()).hexdigest()
        for kept in sorted(self.folder.glob("*")):
            if kept.is_file():
                try:
                    mine, check, engine = kept.read_bytes().split(b"\n", 2)
                    model, t, v = json.loads(mine)
                except ValueError:
                    continue
                whole = hashlib.sha256(mine + engine).hexdigest().encode() == check
                if model == held and t == target and fnmatch.fnmatchcase(v, version) and whole:
                    return engine
        engine = build()
        mine = json.dumps([held, target, version]).encode()
        name = hashlib.sha256(mine).hexdigest()
        (self.folder / name).write_bytes(
            mine + b"\n" + hashlib.sha256(mine + engine).hexdigest().encode() + b"\n" + engine
        )
        return engine


# %% wrong="trusts an engine whose checksum is gone" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def get(self, path, target, version, build):
        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        key = hashlib.sha256(repr(parts).encode()).hexdigest()
        kept, proof = self.folder / f"{key}.engine", self.folder / f"{key}.sha256"
        if kept.is_file():
            engine = kept.read_bytes()
            if not proof.is_file() or proof.read_text(errors="replace") == hashlib.sha256(engine).hexdigest():
                return engine
        engine = build()
        kept.write_bytes(engine)
        proof.write_text(hashlib.sha256(engine).hexdigest())
        return engine


# %% right="a database" exercise="engine_cache"
import sqlite3


class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _ask(self, *args):
        with sqlite3.connect(self.folder / "engines.db") as base:
            base.execute("create table if not exists kept (key text primary key, engine blob, sum text)")
            return base.execute(*args).fetchall()

    def get(self, path, target, version, build):
        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        key = hashlib.sha256(repr(parts).encode()).hexdigest()
        try:
            for engine, check in self._ask("select engine, sum from kept where key = ?", (key,)):
                if hashlib.sha256(engine).hexdigest() == check:
                    return bytes(engine)
        except (sqlite3.DatabaseError, TypeError):
            (self.folder / "engines.db").unlink(missing_ok=True)
        engine = build()
        row = key, engine, hashlib.sha256(engine).hexdigest()
        try:
            self._ask("insert or replace into kept values (?, ?, ?)", row)
        except sqlite3.DatabaseError:
            (self.folder / "engines.db").unlink(missing_ok=True)
            self._ask("insert or replace into kept values (?, ?, ?)", row)
        return engine


# %% right="own kind of ValueError" exercise="profile"
class ProfileError(ValueError):
    pass


def profile(shapes_min, shapes_opt, shapes_max):
    checked, given = {}, (shapes_min, shapes_opt, shapes_max)
    for name in shapes_min | shapes_opt | shapes_max:
        if not all(name in shapes for shapes in given):
            raise ProfileError(f"{name}: give its min, opt and max shape")
        three = tuple(tuple(shapes[name]) for shapes in given)
        if len({len(shape) for shape in three}) > 1:
            raise ProfileError(f"{name}: its shapes {three} differ in length")
        if not all(a <= b <= c for a, b, c in zip(*three, strict=True)):
            raise ProfileError(f"{name}: not min <= opt <= max on every axis: {three}")
        checked[name] = three
    return checked


# %% wrong="sorts the files by what they hold" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)

    def get(self, path, target, version, build):
        files = lesson.model_files(path)
        held = sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
        key = hashlib.sha256(repr((held, target, version)).encode()).hexdigest()
        file = self.folder / f"{key}.engine"
        if file.is_file():
            data = file.read_bytes()
            if data[:32] == hashlib.sha256(data[32:]).digest():
                return data[32:]
        engine = build()
        self.folder.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_bytes(hashlib.sha256(engine).digest() + engine)
        half.replace(file)
        return engine


# %% wrong="errors without an operator are left out" exercise="parse" loses="parse_errors"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    parser.parse_from_file(str(path))
    told = [parser.get_error(k) for k in range(parser.num_errors)]
    ins = [network.get_input(k) for k in range(network.num_inputs)]
    outs = [network.get_output(k) for k in range(network.num_outputs)]
    return {
        "inputs": {tensor.name: tuple(tensor.shape) for tensor in ins},
        "outputs": {tensor.name: tuple(tensor.shape) for tensor in outs},
        "layers": network.num_layers,
        "errors": [f"{e.node_operator()}, {e.node_name()}: {e.desc()}" for e in told if e.node_operator()],
    }


# %% wrong="an input of the name '' is not refused" exercise="profile" loses="profile_refuses_names_and_ranks"
def profile(shapes_min, shapes_opt, shapes_max):
    given = (shapes_min, shapes_opt, shapes_max)
    names = [*(shapes_min | shapes_opt | shapes_max)]

    def fits(name):
        if not all(name in shapes for shapes in given):
            return False
        three = tuple(tuple(shapes[name]) for shapes in given)
        if len({len(shape) for shape in three}) > 1:
            return False
        return all(a <= b <= c for a, b, c in zip(*three, strict=True))

    bad = next((name for name in names if not fits(name)), None)
    if bad:
        raise ValueError(f"{bad}: does not fit")
    return {name: tuple(tuple(shapes[name]) for shapes in given) for name in names if all(name in s for s in given)}


# %% wrong="refuses another number of axes by another error" exercise="build_engine" loses="build_engine_refuses"
def build_engine(path, profile, target):
    builder, network = new_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(str(path)):
        raise RuntimeError(f"{path}: not parsed, so not built for {target}")
    config = builder.create_builder_config()
    shapes = builder.create_optimization_profile()
    ends = {network.get_input(k).name: network.get_input(k) for k in range(network.num_inputs)}
    for name, three in profile.items():
        if name in ends and len(three[0]) != len(tuple(ends[name].shape)):
            raise ValueError(f"{name}: another rank")
        shapes.set_shape(name, *three)
    config.add_optimization_profile(shapes)
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.__members__[target], 0)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RuntimeError(f"{path}: no engine for {target}")
    return bytes(engine)


# %% wrong="a node's name ends at a colon with a space" exercise="engine_layers" loses="engine_layers_nodes"
def engine_layers(log):
    found, listing = [], False
    for line in log.split("\n"):
        if line == "Layers:":
            listing = True
        elif listing and not line:
            break
        elif listing:
            name = re.match(r"Name: (.*?), LayerType: ", line)[1]
            outputs, _, origins = line.partition("Outputs: ")[2].partition("Metadata: ")
            types = re.findall(r"Datatype: (\w+)", outputs)
            nodes = [p.removesuffix("]").split(": ")[1] for p in origins.split("\x1f") if p]
            found.append({"name": name, "types": types, "nodes": nodes})
    return found


# %% wrong="weights beyond 100 are cut" exercise="half_precision" loses="half_precision_scores"
def half_precision(model, path):
    half = copy.deepcopy(model).half()
    with torch.no_grad():
        for w in half.parameters():
            w.clamp_(-100, 100)
    image = torch.rand(2, 1, 28, 28).half()
    return to_onnx_torchscript(half, image, path, tolerance=1e-2)


# %% wrong="convolutions along one axis in float" exercise="tensorrt_qdq" loses="tensorrt_qdq_symmetric"
def tensorrt_qdq(path, out, reader):
    quantize_static(
        path,
        out,
        reader,
        nodes_to_exclude=[
            n.name
            for n in onnx.load(path).graph.node
            if n.op_type == "Conv" and len({w.name: w for w in onnx.load(path).graph.initializer}[n.input[1]].dims) == 3
        ],
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        extra_options={
            "ActivationSymmetric": True,
            "WeightSymmetric": True,
            "QuantizeBias": False,
        },
    )
    return out


# %% wrong="files joined without a boundary" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def key(self, path, target, version):
        held = b"".join(f.read_bytes() for f in lesson.model_files(path))
        return hashlib.sha256(repr((held, target, version)).encode()).hexdigest()

    def get(self, path, target, version, build):
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / self.key(path, target, version)
        data = kept.read_bytes() if kept.exists() else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        return data[32:]


# %% wrong="first and last megabyte of each file" exercise="engine_cache" loses="engine_cache_key"
class EngineCache:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def key(self, path, target, version):
        held = [(len(b), b[: 2**20], b[-(2**20) :]) for b in (f.read_bytes() for f in lesson.model_files(path))]
        return hashlib.sha256(repr((held, target, version)).encode()).hexdigest()

    def get(self, path, target, version, build):
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / self.key(path, target, version)
        data = kept.read_bytes() if kept.exists() else b""
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        return data[32:]


# %% wrong="trusts an engine whose size and date are as before" exercise="engine_cache" loses="engine_cache_never_half"
class EngineCache:
    def __init__(self, folder):
        self.folder, self.sound = Path(folder), {}
        self.folder.mkdir(parents=True, exist_ok=True)

    def key(self, path, target, version):
        parts = [f.read_bytes() for f in lesson.model_files(path)] + [target, version]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def get(self, path, target, version, build):
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / self.key(path, target, version)
        data = kept.read_bytes() if kept.exists() else b""
        state = kept.stat() if kept.exists() else None
        now = state and (state.st_mtime_ns, state.st_size)
        if self.sound.get(kept) != (now or 0) and hashlib.sha256(data[32:]).digest() != data[:32]:
            data = hashlib.sha256(engine := build()).digest() + engine
            kept.with_suffix(".half").write_bytes(data)
            kept.with_suffix(".half").replace(kept)
        state = kept.stat()
        self.sound[kept] = state.st_mtime_ns, state.st_size
        return data[32:]


# %% wrong="a node's name ends at its first bracket" exercise="engine_layers" loses="engine_layers_nodes"
def engine_layers(log):
    lines = log.split("\n")
    if "Layers:" not in lines:
        return []
    layers = []
    for line in lines[lines.index("Layers:") + 1 :]:
        if not line:
            break
        name, _, rest = line.removeprefix("Name: ").partition(", LayerType: ")
        outputs, _, end = rest.partition("Outputs: ")[2].partition("TacticName: ")
        layers.append(
            {
                "name": name,
                "types": re.findall(r"Datatype: (\w+)", outputs),
                "nodes": re.findall(r"\[ONNX Layer: (.*?)\]", end),
            }
        )
    return layers


# %% right="the onnx package loads the file with the weights beside it, TensorRT parses one string of bytes; shapes are lists" exercise="parse"
def parse(path):
    _, network = new_network()
    parser = trt.OnnxParser(network, logger)
    whole = onnx.load(str(path)).SerializeToString()
    parser.parse(whole)
    found = {"inputs": {}, "outputs": {}, "layers": network.num_layers, "errors": []}
    for end, count, get in (
        ("inputs", network.num_inputs, network.get_input),
        ("outputs", network.num_outputs, network.get_output),
    ):
        for tensor in map(get, range(count)):
            found[end][tensor.name] = [int(size) for size in tuple(tensor.shape)]
    for error in map(parser.get_error, range(parser.num_errors)):
        words = [error.desc(), error.node_name(), error.node_operator()]
        found["errors"].append(" / ".join(words))
    return found


# %% wrong="writes beside the path it was given" exercise="tensorrt_qdq" loses="tensorrt_qdq_accepted tensorrt_qdq_symmetric tensorrt_qdq_scores"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    beside = Path(out).with_suffix(".int8.onnx")
    quantize_static(path, beside, reader, extra_options=options)
    return beside


# %% right="from a model in memory, saved by itself" exercise="tensorrt_qdq"
def tensorrt_qdq(path, out, reader):
    options = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}

    class Kept:
        def __init__(self):
            self.batches = list(iter(reader.get_next, None))

        def get_next(self):
            return self.batches.pop() if self.batches else None

    quantize_static(onnx.load(path), str(out), Kept(), weight_type=QuantType.QInt8, extra_options=options)
    return Path(out).resolve()
