# tries: a loop that could remember what it was asked before
# earns: 0
# says: Loop is not allowed
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["c2"])],
        "body",
        [helper.make_tensor_value_info("i", 7, []), helper.make_tensor_value_info("c", 9, [])],
        [helper.make_tensor_value_info("c2", 9, [])],
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(3), "trips"))
    model.graph.node.append(helper.make_node("Loop", ["trips", ""], [], body=body))
    onnx.save(model, path)
    return path
