# tries: bytes that belong to no field, behind the model
# earns: 0
# says: more than one model
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    path.write_bytes(path.read_bytes() + b"\xfa\x7f\x05extra")
    return path
