# tries: the same in a Constant
# earns: 0
# says: value_strings
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["t"], value_strings=[b"0.5"] * 9000))
    onnx.save(model, path)
    return path
