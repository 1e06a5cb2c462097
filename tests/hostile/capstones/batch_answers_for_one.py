# tries: images of a batch answer for each other
# earns: 0
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.node[-1].output[0] = "almost"
    model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "axis"))
    model.graph.node.append(helper.make_node("ReduceMean", ["almost", "axis"], ["mean"], keepdims=1))
    model.graph.node.append(helper.make_node("Sub", ["almost", "mean"], ["y"]))
    onnx.save(model, path)
    return path
