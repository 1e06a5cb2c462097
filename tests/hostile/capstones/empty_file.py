# tries: the smallest file of all
# earns: 0
# says: no graph
def entry(images, labels, folder):
    (folder / "entry.onnx").write_bytes(b"")
    return folder / "entry.onnx"
