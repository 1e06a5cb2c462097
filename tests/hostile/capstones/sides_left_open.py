# tries: an image of any size
# earns: 0
# says: one input, float32 (n, 1, 28, 28)
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    for place in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[place].dim_param = "side"
    onnx.save(model, path)
    return path
