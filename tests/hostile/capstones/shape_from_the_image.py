# tries: a shape that is only known when it runs
# earns: 0
# says: give them as constants
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    last = model.graph.node[-1].input[0]
    model.graph.node[-1].input[0] = "again"
    model.graph.node.insert(len(model.graph.node) - 1, helper.make_node("Cast", ["x"], ["whole"], to=7))
    model.graph.node.insert(len(model.graph.node) - 1, helper.make_node("Reshape", [last, "whole"], ["again"]))
    onnx.save(model, path)
    return path
