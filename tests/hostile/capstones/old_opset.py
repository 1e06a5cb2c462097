# tries: an old version of the operators, in which some did otherwise
# earns: 0
# says: opset
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.opset_import[0].version = 7
    onnx.save(model, path)
    return path
