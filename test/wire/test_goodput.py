"""
Whole transfers over a bad network, made by relay.c, against Linux: every
byte right, each way, with each of Linux's congestion controls. The table of
goodput beside Linux's own is `make goodput`'s.
"""

import hashlib
import tarfile

import pytest

from badnet import Barenet, download, echo, make_site

SIZE = 1 << 20
PPM = 10000  # of a percent

NETWORKS = {
    "clean": {},
    "far": {"delay_us": 50000},
    "lossy": {"loss": 1 * PPM, "delay_us": 10000},
    "bad": {"loss": 5 * PPM, "dup": 2 * PPM, "delay_us": 2000},
    "disordered": {"reorder": 20 * PPM, "reorder_us": 3000,
                   "delay_us": 5000},
    "damaged": {"corrupt": 1 * PPM, "delay_us": 1000},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return make_site(tmp_path_factory.mktemp("goodput"), SIZE)


@pytest.fixture(params=NETWORKS, scope="module")
def far(request, site):
    end = Barenet(site[0], seed=7, **NETWORKS[request.param])
    yield end
    end.close()


@pytest.mark.parametrize("cong", ["reno", "cubic", "bbr"])
def test_a_file_arrives_whole(far, site, cong):
    assert download(far.address, cong, 60)[0] == site[1]


@pytest.mark.parametrize("cong", ["reno", "cubic", "bbr"])
def test_an_upload_comes_back_whole(far, site, cong):
    with tarfile.open(site[0]) as tar:
        data = tar.extractfile("data").read()
    assert hashlib.sha256(data).hexdigest() == site[1]
    assert echo(far.address, data, cong, 60)[0] == site[1]
