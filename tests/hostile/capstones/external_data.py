# each: above = ../weights.bin, absolute = /etc/passwd, beside = weights.bin
# tries: weights in another file: EACH
# earns: 0
# says: lie in another file
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    (folder / "weights.bin").write_bytes(bytes(40_000))
    for held in model.graph.initializer:
        held.ClearField("raw_data")
        held.data_location = onnx.TensorProto.EXTERNAL
        where = held.external_data.add()
        where.key, where.value = "location", "EACH"
    (folder / "entry.onnx").write_bytes(model.SerializeToString())
    return folder / "entry.onnx"
