# tries: a path that leaves the folder, and comes from outside
# earns: 0
# says: outside the folder
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    (folder.parent / "entry.onnx").write_bytes(path.read_bytes())
    return folder / ".." / "entry.onnx"
