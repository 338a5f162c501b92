from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from workplace import JOB

from millrace_trainer.encoding import Encoding
from millrace_trainer.errors import DoNotRetryError
from millrace_trainer.job import parse_job

NAN = float("nan")


def encode(kind: str, train: pa.Array, other: pa.Array | None = None) -> list[float]:
    job = parse_job({**JOB, "features": [{"name": "x", "kind": kind}]})
    encoding = Encoding.learn(job, pa.table({"x": train}))
    return encoding.encode(pa.table({"x": train if other is None else other}))[:, 0].tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([True, False, None]), [1, 0, NAN]),
        (pa.array([1, None, -3], pa.int16()), [1, NAN, -3]),
        (pa.array([2**53, None], pa.int64()), [2**53, NAN]),
        (pa.array([0.1, NAN, None], pa.float64()), [float(np.float32(0.1)), NAN, NAN]),
        (pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)), [1.25, NAN]),
    ],
)
def test_numbers_become_32_bit_floats_and_null_becomes_nan(values, expected):
    np.testing.assert_array_equal(encode("numeric", values), expected)


def test_categories_are_sorted_by_code_point_whatever_the_order_of_the_rows():
    np.testing.assert_array_equal(
        encode("categorical", pa.array(["b", "a", "é", "Z", None, "a"])), [2, 1, 3, 0, NAN, 1]
    )


def test_a_category_that_training_did_not_see_is_missing():
    np.testing.assert_array_equal(encode("categorical", pa.array(["b", "a"]), pa.array(["c", "b"])), [NAN, 1])


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_text_may_come_in_any_arrow_layout(kind):
    np.testing.assert_array_equal(encode("categorical", pa.array(["b", None, "a"]).cast(kind)), [1, NAN, 0])


def test_a_feature_that_is_always_null_in_training_is_always_missing():
    nothing = pa.array([None, None], pa.string())
    np.testing.assert_array_equal(encode("categorical", nothing, pa.array(["a", None])), [NAN, NAN])


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("numeric", pa.array(["1"]), "not a number.*got string"),
        ("numeric", pa.array([1e300]), "does not fit a 32-bit float.*row=0"),
        ("numeric", pa.array([float("inf")]), "does not fit a 32-bit float"),
        ("categorical", pa.array([1]), "not text.*got int64"),
    ],
)
def test_a_feature_of_the_wrong_type_is_refused(kind, values, message):
    with pytest.raises(DoNotRetryError, match=message):
        encode(kind, values)
