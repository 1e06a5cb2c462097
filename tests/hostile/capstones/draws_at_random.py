# tries: scores that are drawn
# earns: 0
# says: RandomNormalLike is not allowed
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.graph.node[-1].output[0] = "almost"
    model.graph.node.append(helper.make_node("RandomNormalLike", ["almost"], ["noise"]))
    model.graph.node.append(helper.make_node("Add", ["almost", "noise"], ["y"]))
    onnx.save(model, path)
    return path
