"""Many arrays behind one pointer, for compiled functions.

Numba passes every array as seven words, so a function of fifty arrays spends its time on passing them. A bundle is the
address of a table of addresses and shapes: compiled functions take it as one word, and ``bundle.name`` is the array
again. Nothing is counted or freed: whoever makes a table keeps the arrays alive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args, get_type_hints

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = cast(Any, njit)(cache=True, nogil=True, _nrt=False)
"""Compiles a function of bundles and numbers: kept on disk, free of the interpreter lock, no references counted."""

_WORDS = 5
"""Words of one entry: an address and up to four lengths, or the bits of a number."""


class BundleType(types.Type):
    """The type of a bundle: names of its fields, with their types, in order."""

    def __init__(self, name: str, fields: tuple[tuple[str, types.Type], ...]) -> None:
        self.fields = fields
        super().__init__(name=f"Bundle({name})")

    @property
    def key(self) -> object:
        """What makes two types the same."""
        return self.name, self.fields


@register_model(BundleType)
class _BundleModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: BundleType) -> None:
        super().__init__(dmm, fe_type, ir.IntType(64).as_pointer())


@infer_getattr
class _BundleAttributes(AttributeTemplate):
    key = BundleType

    def generic_resolve(self, typ: BundleType, attr: str) -> types.Type | None:
        return dict(typ.fields).get(attr)


@lower_getattr_generic(BundleType)
def _lower_attribute(context: Any, builder: Any, typ: BundleType, value: Any, attr: str) -> Any:
    number = next(number for number, (name, _) in enumerate(typ.fields) if name == attr)
    field = typ.fields[number][1]

    def word(at: int) -> Any:
        return builder.load(builder.gep(value, [ir.Constant(ir.IntType(32), _WORDS * number + at)]))

    if not isinstance(field, types.Array):
        if field is types.boolean:
            return builder.trunc(word(0), ir.IntType(1))
        return builder.bitcast(word(0), ir.DoubleType())
    array = make_array(field)(context, builder)
    shape = [word(1 + axis) for axis in range(field.ndim)]
    itemsize = ir.Constant(ir.IntType(64), context.get_abi_sizeof(context.get_data_type(field.dtype)))
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length, flags=("nsw",)))
    populate_array(
        array,
        data=builder.inttoptr(word(0), array.data.type),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=None,
    )
    return array._getvalue()


def bundle_type(cls: type) -> BundleType:
    """The bundle of a NamedTuple whose fields are annotated ``Annotated[NDArray[...], dtype, ndim]``, float or bool."""
    fields: list[tuple[str, types.Type]] = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        if hint in (float, bool):
            fields.append((name, types.float64 if hint is float else types.boolean))
        else:
            _, dtype, ndim = get_args(hint)
            fields.append((name, types.Array(from_dtype(np.dtype(dtype)), ndim, "C")))
    return BundleType(cls.__name__, tuple(fields))


def table_of(bundle: BundleType, values: Mapping[str, Any]) -> NDArray[np.int64]:
    """The table that stands for `values`, which must stay alive as long as it is used.

    Raises
    ------
    TypeError
        If an array is not of the type that the bundle says.
    """
    table = np.zeros((len(bundle.fields), _WORDS), dtype=np.int64)
    for row, (name, field) in zip(table, bundle.fields, strict=True):
        value = values[name]
        if not isinstance(field, types.Array):
            row[0] = int(value) if field is types.boolean else np.float64(value).view(np.int64)
            continue
        if from_dtype(value.dtype) != field.dtype or value.ndim != field.ndim or not value.flags.c_contiguous:
            raise TypeError(f"{name}: {value.dtype} with {value.ndim} axes is not the {field} that a bundle holds.")
        row[0] = value.ctypes.data
        row[1 : 1 + value.ndim] = value.shape
    return table.reshape(-1)


def set_array(table: NDArray[np.int64], bundle: BundleType, name: str, value: NDArray[Any]) -> None:
    """Let the table stand for another array under `name`."""
    number = next(number for number, (field, _) in enumerate(bundle.fields) if field == name)
    row = table.reshape(-1, _WORDS)[number]
    row[0] = value.ctypes.data
    row[1 : 1 + value.ndim] = value.shape


def opener(bundle: BundleType) -> Any:
    """A compiled function from a table to the bundle."""

    @intrinsic
    def open_bundle(typingctx: Any, table: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return make_array(signature.args[0])(context, builder, args[0]).data

        return bundle(table), codegen

    return open_bundle
