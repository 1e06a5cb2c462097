# tries: a tensor that fills the memory
# earns: 0
# says: numbers for one image
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.initializer.append(numpy_helper.from_array(np.array([0, 0, 0, 0, 0, 0, 60000, 60000]), "p"))
    model.graph.node.append(helper.make_node("Pad", ["x", "p"], ["z"]))
    onnx.save(model, path)
    return path
