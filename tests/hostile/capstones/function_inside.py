# tries: products hidden in a function of the model's own
# earns: 0
# says: functions
def entry(images, labels, folder):
    path = lesson.exported(models.separable_net((8, 16, 32, 32)), folder / "entry.onnx")
    model = onnx.load(path)
    model.opset_import.append(helper.make_opsetid("mine", 1))
    inner = [helper.make_node("Identity", ["a"], ["b"])]
    model.functions.append(helper.make_function("mine", "Relu", ["a"], ["b"], inner, [helper.make_opsetid("", 17)]))
    onnx.save(model, path)
    return path
