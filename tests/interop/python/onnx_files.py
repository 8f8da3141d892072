"""Files that the onnx library writes."""
import numpy as np
import onnx
from onnx import TensorProto as T, helper, numpy_helper

from facts import File, fact, facts
from safetensors_files import random

INLINE = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool", "complex64", "complex128",
          "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"]


def typed(name, array):
    """A tensor in the fields of numbers, not in raw bytes."""
    return helper.make_tensor(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape, array.flatten())


def model(initializers, nodes=(), **more):
    out = helper.make_tensor_value_info("y", T.FLOAT, [1])
    graph = helper.make_graph([*nodes, helper.make_node("Identity", ["x"], ["y"])], "g", [helper.make_tensor_value_info("x", T.FLOAT, [1])], [out], list(initializers))
    return helper.make_model(graph, producer_name="test", **more)


def files(folder):
    raw = {name: random(name, (3, 4)) for name in INLINE}
    path = folder / "raw.onnx"
    onnx.save(model(numpy_helper.from_array(array, name) for name, array in raw.items()), path)
    yield File(path, facts(raw))
    # What becomes of a NaN in a typed field is the library's to say.
    made = [typed(name, array) for name, array in raw.items()]
    held = {tensor.name: fact(numpy_helper.to_array(tensor)) for tensor in made}
    path = folder / "typed.onnx"
    onnx.save(model(made), path)
    yield File(path, held)
    shapes = {"scalar": random("float32", ()), "empty": np.zeros((0,), "f4"), "empties": np.zeros((2, 0), "i8"), "wide": random("int8", (1,) * 10)}
    for how, make in [("raw", lambda n, a: numpy_helper.from_array(a, n)), ("typed", typed)]:
        path = folder / f"shapes_{how}.onnx"
        onnx.save(model(make(n, a) for n, a in shapes.items()), path)
        yield File(path, facts(shapes))
    weights = {f"layer.{i}.weight": random("float32", (40, 30), i) for i in range(5)}
    for name, options in {"one": {"all_tensors_to_one_file": True, "location": "weights.bin"}, "each": {"all_tensors_to_one_file": False}}.items():
        inner = folder / name
        inner.mkdir()
        onnx.save_model(model(numpy_helper.from_array(a, n) for n, a in weights.items()), inner / "m.onnx", save_as_external_data=True, size_threshold=0, **options)
        yield File(inner / "m.onnx", facts(weights))
    constants = {"a": random("float32", (2, 2)), "b": random("int64", (3,))}
    nodes = [helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array, "ignored")) for name, array in constants.items()]
    nodes += [helper.make_node("Constant", [], ["f"], value_float=1.5), helper.make_node("Constant", [], ["i"], value_int=3),
              helper.make_node("Constant", [], ["fs"], value_floats=[1.0, 2.0]), helper.make_node("Constant", [], ["is"], value_ints=[1, 2, 3]),
              helper.make_node("Constant", [], ["s"], value_string="text")]
    held = facts(constants) | {"f": fact(np.float32(1.5)), "i": fact(np.int64(3)), "fs": fact(np.array([1, 2], "f4")), "is": fact(np.array([1, 2, 3], "i8"))}
    path = folder / "constants.onnx"
    onnx.save(model([], nodes), path)
    yield File(path, held, frozenset({"s"}))
    branch = lambda name, array: helper.make_graph([helper.make_node("Identity", [name], [name + "_out"])], "sub_" + name, [], [helper.make_tensor_value_info(name + "_out", T.FLOAT, [2])],
                                                   [numpy_helper.from_array(array, name)])
    then, other = random("float32", (2,), 1), random("float32", (2,), 2)
    nodes = [helper.make_node("If", ["x"], ["z"], name="choice", then_branch=branch("t", then), else_branch=branch("e", other))]
    path = folder / "branches.onnx"
    onnx.save(model([numpy_helper.from_array(then, "top")], nodes), path)
    yield File(path, facts({"top": then, "choice.then_branch.t": then, "choice.else_branch.e": other}))
    sparse = helper.make_sparse_tensor(helper.make_tensor("v", T.FLOAT, [2], [1.0, 2.0]), helper.make_tensor("i", T.INT64, [2], [1, 3]), [5])
    m = model([numpy_helper.from_array(then, "top")])
    m.graph.sparse_initializer.append(sparse)
    path = folder / "sparse.onnx"
    onnx.save(m, path)
    yield File(path, {"top": fact(then)}, frozenset({"v"}))
    strings = helper.make_tensor("s", T.STRING, [2], ["a", "b"])
    path = folder / "strings.onnx"
    onnx.save(model([strings, numpy_helper.from_array(then, "top")]), path)
    yield File(path, {"top": fact(then)}, frozenset({"s"}))
    for name in ("INT4", "UINT4", "INT2", "UINT2", "FLOAT4E2M1"):
        array = np.array([1, 0, 1, 1, 0], dtype=helper.tensor_dtype_to_np_dtype(getattr(T, name)))
        path = folder / f"{name}.onnx"
        onnx.save(model([numpy_helper.from_array(array, "w"), numpy_helper.from_array(then, "top")]), path)
        if name == "FLOAT4E2M1":
            # Half a byte of the last one is left over.
            yield File(path, {"top": fact(then)}, frozenset({"w"}))
        else:
            wide = array.astype("u1" if name.startswith("U") else "i1")
            yield File(path, facts({"w": wide, "top": then}))
    m = model([numpy_helper.from_array(then, "top")], opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("my.domain", 1)])
    f = helper.make_function("my.domain", "F", ["a"], ["b"], [helper.make_node("Constant", [], ["k"], value=numpy_helper.from_array(other, "k")), helper.make_node("Add", ["a", "k"], ["b"])], [helper.make_opsetid("", 21)])
    m.functions.append(f)
    path = folder / "functions.onnx"
    onnx.save(m, path)
    yield File(path, facts({"top": then, "my.domain.F.k": other}))
