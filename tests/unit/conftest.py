"""One cluster of worker processes for all tests that need one."""

import pytest


@pytest.fixture(scope="session")
def client():
    from lessons_lib import cluster  # most tests need no workers, and no second to import them

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(cluster.SETTING, raising=False)
        with cluster.connect(workers=2) as client:
            yield client
