# tries: weights of a Constant in another file
# earns: 0
# says: kept elsewhere
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    tensor = onnx.TensorProto(name="c", data_type=1, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    where = tensor.external_data.add()
    where.key, where.value = "location", "../../../etc/hostname"
    model.graph.node.insert(0, helper.make_node("Constant", [], ["c"], value=tensor))
    (folder / "entry.onnx").write_bytes(model.SerializeToString())
    return folder / "entry.onnx"
