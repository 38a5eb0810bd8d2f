"""Tables of sites and communities: written and read back equal, Chinese headers, every fault with its cell."""

import pytest

from optimizer.errors import SourceError
from optimizer.network.site_tables import read_communities, read_sites, write_sites
from optimizer.network.sites import Community, CommunityKind, Site
from optimizer.problem import StationKind
from tests.builders import at


def test_sites_are_read_back_equal(tmp_path):
    sites = (
        Site(site_id="a", place=at(1), name="北门驿站", community="x", is_open=True, open_cents=0, yearly_cents=1250),
        Site(
            site_id="b",
            place=at(2),
            kind=StationKind.DINING_POINT,
            capacity=0,
            upgrade_capacity=90,
            upgrade_cents=100,
            upgrade_yearly_cents=5,
            first_year=3,
        ),
    )
    write_sites(sites, tmp_path / "sites.csv")
    assert read_sites(tmp_path / "sites.csv") == sites


def test_chinese_headers_are_read(tmp_path):
    (tmp_path / "社区.csv").write_text("社区,村,试点\n朝阳社区,否,是\n东升村,是,\n", encoding="utf-8")
    assert read_communities(tmp_path / "社区.csv") == (
        Community(community="朝阳社区", is_pilot=True),
        Community(community="东升村", kind=CommunityKind.VILLAGE),
    )


def test_every_bad_cell_is_told(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("site_id,lon,lat,open_yuan\na,116,north,1\na,116,39,much\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_sites(path)
    assert [issue.path for issue in caught.value.issues] == [
        "sites.csv:2:lat",
        "sites.csv:3:open_yuan",
        "sites.csv:3:site_id",
    ]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SourceError, match="there is no file"):
        read_sites(tmp_path / "none.csv")
