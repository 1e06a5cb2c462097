"""Triton's model configuration, read by its schema: whatever the schema does not have is an error.

The messages, fields and numbers are those of ``model_config.proto`` (package ``inference``) of the Triton Inference
Server, 2.73, as far as a model in one file needs them: ensembles, sequences, warm-up and accelerators are left out.
Triton's own client package has the whole of it, but wants an older protobuf than the rest of the course.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from course_utils import expect
from course_utils.errors import CourseError

ENUMS = {
    "DataType": "INVALID BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 STRING BF16",
    "Kind": "AUTO GPU CPU MODEL",
    "Format": "NONE NHWC NCHW",
    "TimeoutAction": "REJECT DELAY",
}
PREFIXES = {"DataType": "TYPE_", "Kind": "KIND_", "Format": "FORMAT_", "TimeoutAction": ""}
TEXTS = ("name", "platform", "backend", "runtime", "label_filename", "host_policy", "profile")  # though of digits
MESSAGES = {  # name and number of each field, its type, "*" where it is repeated
    "Reshape": "shape 1 int64*",
    "Latest": "num_versions 1 uint32",
    "All": "",
    "Specific": "versions 1 int64*",
    "ModelVersionPolicy": "latest 1 Latest, all 2 All, specific 3 Specific",
    "ModelInput": "name 1 string, data_type 2 DataType, format 3 Format, dims 4 int64*, reshape 5 Reshape, "
    "is_shape_tensor 6 bool, allow_ragged_batch 7 bool, optional 8 bool, is_non_linear_format_io 9 bool",
    "ModelOutput": "name 1 string, data_type 2 DataType, dims 3 int64*, reshape 5 Reshape, label_filename 4 string, "
    "is_shape_tensor 6 bool, is_non_linear_format_io 7 bool",
    "ModelInstanceGroup": "name 1 string, kind 4 Kind, count 2 int32, gpus 3 int32*, profile 5 string*, "
    "passive 7 bool, host_policy 9 string",
    "ModelQueuePolicy": "timeout_action 1 TimeoutAction, default_timeout_microseconds 2 uint64, "
    "allow_timeout_override 3 bool, max_queue_size 4 uint32",
    "ModelDynamicBatching": "preferred_batch_size 1 int32*, max_queue_delay_microseconds 2 uint64, "
    "preserve_ordering 3 bool, priority_levels 4 uint64, default_priority_level 5 uint64, "
    "default_queue_policy 6 ModelQueuePolicy",
    "ModelResponseCache": "enable 1 bool",
    "ModelConfig": "name 1 string, platform 2 string, backend 17 string, runtime 25 string, "
    "version_policy 3 ModelVersionPolicy, max_batch_size 4 int32, input 5 ModelInput*, output 6 ModelOutput*, "
    "dynamic_batching 11 ModelDynamicBatching, instance_group 7 ModelInstanceGroup*, "
    "default_model_filename 8 string, response_cache 24 ModelResponseCache",
}


def read_config(text: str) -> dict[str, Any]:
    """Return a ``config.pbtxt`` as a dict: fields that were written, enums by name, messages as dicts.

    Raises:
        CourseError: the text does not fit the schema; with the line and what is wrong.
    """
    from google.protobuf import json_format, text_format

    config = _message_class()()
    try:
        text_format.Parse(text, config)
    except text_format.ParseError as error:
        raise CourseError(f"config.pbtxt, {error}") from None
    return _with_integers(json_format.MessageToDict(config, preserving_proto_field_name=True))


def configured(path: Path, what: str) -> dict[str, Any]:
    """Return what a model's ``config.pbtxt`` says.

    Raises:
        Unmet: it does not fit the schema; with what the schema says to it.
    """
    config, refused = {}, ""
    try:
        config = read_config(path.read_text(encoding="utf-8"))
    except CourseError as error:
        refused = str(error)
    likely = "a brace is missing, or the schema has no such field: Triton would not load the model"
    what = f"the configuration of {what}"
    expect.true(not refused, what, expected="what fits Triton's schema", got=refused, likely=likely)
    return config


def _with_integers(value: Any) -> Any:
    """Return what JSON says with Python's integers: it writes those of 64 bits as text."""
    if isinstance(value, list):
        return [_with_integers(each) for each in value]
    if isinstance(value, dict):
        return {key: each if key in TEXTS else _with_integers(each) for key, each in value.items()}
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


@cache
def _message_class() -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="model_config.proto", package="inference", syntax="proto3")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values.split()):
            enum.value.add(name=PREFIXES[name] + value, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            _add(message, *field.split())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("inference.ModelConfig"))


def _add(message: Any, name: str, number: str, kind: str) -> None:
    from google.protobuf import descriptor_pb2

    types = descriptor_pb2.FieldDescriptorProto
    label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
    kind = kind.removesuffix("*")
    field = message.field.add(name=name, number=int(number), label=label)
    if kind in MESSAGES or kind in ENUMS:
        field.type_name = f".inference.{kind}"
        field.type = types.TYPE_ENUM if kind in ENUMS else types.TYPE_MESSAGE
    else:
        field.type = types.Type.Value(f"TYPE_{kind.upper()}")
