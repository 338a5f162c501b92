"""Choosing CPU or CUDA, and proving which one was used."""

import ctypes
import json

import xgboost as xgb

from millrace_trainer.errors import DoNotRetryError, explain


def choose_device(wanted: str) -> str:
    """`auto` takes a GPU only where the driver answers and XGBoost was built for it."""
    if wanted == "cpu":
        return "cpu"
    built, devices = bool(xgb.build_info()["USE_CUDA"]), _cuda_devices()
    if built and devices:
        return "cuda"
    if wanted == "auto":
        return "cpu"
    fix = "Use device=auto or cpu, or a GPU host with the packages of requirements-gpu.lock."
    message = explain("No usable GPU", device=wanted, xgboost_with_cuda=built, gpus=devices, fix=fix)
    raise DoNotRetryError(message)


def check_device(booster: xgb.Booster, expected: str) -> None:
    """Read the device back: XGBoost only warns when it falls back to the CPU."""
    actual = json.loads(booster.save_config())["learner"]["generic_param"]["device"].split(":")[0]
    if actual != expected:
        raise DoNotRetryError(explain("XGBoost trained on another device than asked", expected=expected, got=actual))


def _cuda_devices() -> int:
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
