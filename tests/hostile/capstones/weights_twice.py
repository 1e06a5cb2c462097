# tries: two weights of one name: which of them counts?
# earns: 0
# says: have one name
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    again = model.graph.initializer.add()
    again.CopyFrom(model.graph.initializer[0])
    onnx.save(model, path)
    return path
