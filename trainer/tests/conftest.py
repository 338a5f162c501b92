from pathlib import Path

import pytest
from workplace import SAMPLING, Workplace


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An undisturbed run with sampling, to compare others with. Not to be changed."""
    done = Workplace(tmp_path_factory.mktemp("trained")).prepare(**SAMPLING)
    done.run()
    return done
