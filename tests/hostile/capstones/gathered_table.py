# tries: a table in place of products
# earns: 0
# says: Gather is not allowed
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.initializer.append(numpy_helper.from_array(np.arange(256, dtype="f4"), "t"))
    model.graph.initializer.append(numpy_helper.from_array(np.array([3]), "i"))
    model.graph.node.append(helper.make_node("Gather", ["t", "i"], ["z"]))
    onnx.save(model, path)
    return path
