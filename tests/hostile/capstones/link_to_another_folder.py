# tries: a folder that is a link leads elsewhere
# earns: 0
# says: no plain file
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "entry.onnx").write_bytes(path.read_bytes())
    (folder / "in").symlink_to(folder.parent.absolute() / "other")
    return folder / "in" / "entry.onnx"
