# tries: products in an operator that the ruler does not read
# earns: 0
# says: Einsum is not allowed: spell it with MatMul
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.node[-1].output[0] = "almost"
    model.graph.initializer.append(numpy_helper.from_array(np.eye(10, dtype="f4"), "k"))
    model.graph.node.append(helper.make_node("Einsum", ["almost", "k"], ["y"], equation="ni,ij->nj"))
    onnx.save(model, path)
    return path
