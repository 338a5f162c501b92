"""One training run, from the input directory to the model directory."""

from millrace_trainer.boosting import Boosting, Split
from millrace_trainer.checkpoints import CheckpointStore
from millrace_trainer.dataset import read_channel
from millrace_trainer.device import choose_device
from millrace_trainer.encoding import Encoding
from millrace_trainer.events import Events, log
from millrace_trainer.files import sha256_file
from millrace_trainer.hyperparameters import read_hyperparameters
from millrace_trainer.job import read_job
from millrace_trainer.outputs import Run, library_version, write_outputs
from millrace_trainer.paths import Paths
from millrace_trainer.preemption import Preemption


def train(paths: Paths, events: Events, preemption: Preemption) -> None:
    hyperparameters = read_hyperparameters(paths.hyperparameters)
    job = read_job(paths.job)
    device = choose_device(hyperparameters.device)
    events.emit("started", pipeline=job.pipeline, digest=job.digest, rounds=hyperparameters.num_round, device=device)

    training = read_channel("train", paths.train, job)
    validation = read_channel("validation", paths.validation, job)
    encoding = Encoding.learn(job, training.table)
    events.emit("loaded", rows={"train": training.rows, "validation": validation.rows})
    log.info("%s: %d rows, %d features, on %s", job.pipeline, training.rows, len(job.features), device)

    inputs = {
        "job": sha256_file(paths.job),
        "hyperparameters": hyperparameters.digest,
        "train": training.digest,
        "validation": validation.digest,
        "device": device,
        "xgboost": library_version("xgboost"),
    }
    boosting = Boosting(job, hyperparameters, device, CheckpointStore(paths.checkpoints, inputs), events, preemption)
    trained = boosting.run(
        Split(encoding.encode(training.table), training.label),
        Split(encoding.encode(validation.table), validation.label),
    )
    result = write_outputs(paths.model, Run(job, encoding, trained, training, validation, device))
    events.emit("finished", round=trained.rounds, rounds=hyperparameters.num_round, **result)
