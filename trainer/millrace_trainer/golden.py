"""Golden predictions: a few validation rows with raw features and what the native booster makes of them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 64
PREDICTION = "prediction"


def golden_rows(rows: int) -> np.ndarray:
    """Up to 64 evenly spaced positions, the first and the last among them."""
    return np.unique(np.linspace(0, rows - 1, min(rows, ROWS)).round().astype(np.int64))


def golden_parquet(features: pa.Table, prediction: np.ndarray) -> bytes:
    """Plain pages without compression or dictionaries: any reader takes them, and the bytes are always the same."""
    table = features.append_column(PREDICTION, pa.array(prediction.astype(np.float64)))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none", use_dictionary=False, data_page_version="1.0", store_schema=False)
    return bytes(sink.getvalue())
