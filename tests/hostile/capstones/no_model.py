# tries: bytes that are no model
# earns: 0
# says: no ONNX model
def entry(images, labels, folder):
    (folder / "entry.onnx").write_bytes(b"\x08\x07" + bytes(range(256)) * 20)
    return folder / "entry.onnx"
