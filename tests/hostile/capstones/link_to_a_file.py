# tries: a link in place of the file
# earns: 0
# says: no plain file
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    (folder / "real.onnx").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(folder.absolute() / "real.onnx")
    return path
