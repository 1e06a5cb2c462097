# tries: an operator of ONNX Runtime's own that multiplies uncounted
# earns: 0
# says: without custom domains
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    model.graph.node[-1].domain = "com.microsoft"
    model.graph.node[-1].op_type = "FusedGemm"
    onnx.save(model, path)
    return path
