"""What a person types, and which site that is."""

from __future__ import annotations

import pytest

from gongkai.surveying import SiteUnknown, find_site
from pipelines.bodies.roster import make_roster, parse_roster

ROSTER = make_roster(
    [
        parse_roster(
            "name,region_code,level,kind,home_url\n"
            "信阳市人民政府,411500,prefecture,government,https://www.xinyang.gov.cn/\n"
            "信阳市财政局,411500,prefecture,department,http://czj.xinyang.gov.cn/\n"
            "郑州市中原区人民政府,410102,county,government,\n"
            "吉林省人民政府,220000,province,government,http://www.jl.gov.cn/\n"
            "吉林省吉林市人民政府,220200,prefecture,government,http://www.jlcity.gov.cn/\n",
            "own.csv",
        )
    ]
)


@pytest.mark.parametrize(
    ("said", "address", "body"),
    [
        pytest.param("https://www.hexi.gov.cn/zwgk/", "https://www.hexi.gov.cn/zwgk/", None, id="an address"),
        pytest.param("www.hexi.gov.cn", "https://www.hexi.gov.cn/", None, id="without scheme"),
        pytest.param("hexi.gov.cn:8080/a", "https://hexi.gov.cn:8080/a", None, id="with a port"),
        pytest.param("127.0.0.1:8001", "http://127.0.0.1:8001/", None, id="numbers"),
        pytest.param("localhost:8001/nb", "http://localhost:8001/nb", None, id="loopback"),
        pytest.param("[::1]:8001", "http://[::1]:8001/", None, id="IPv6"),
        pytest.param(
            "http://xinyang.gov.cn/", "http://xinyang.gov.cn/", "信阳市人民政府", id="a known address"
        ),
        pytest.param("http://a:b@hexi.gov.cn/", "http://hexi.gov.cn/", None, id="a user name, left out"),
        pytest.param("信阳市", "https://www.xinyang.gov.cn/", "信阳市人民政府", id="a name"),
    ],
)
def test_what_is_typed_is_a_site(said: str, address: str, body: str | None) -> None:
    site = find_site(said, ROSTER)
    assert (site.address, site.body and site.body.name) == (address, body)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        pytest.param("吉林", "吉林省人民政府 (http://www.jl.gov.cn/)", id="two bodies"),
        pytest.param("河东县", "Give its address instead", id="nobody"),
        pytest.param("中原区", "no address of it is known", id="a body without an address"),
        pytest.param("ftp://hexi.gov.cn/", "no address of the web", id="another scheme"),
        pytest.param("http://", "no address of the web", id="no host"),
        pytest.param("", "nobody in the roster", id="nothing"),
    ],
)
def test_what_is_no_site_says_what_to_type(said: str, says: str) -> None:
    with pytest.raises(SiteUnknown) as raised:
        find_site(said, ROSTER)
    assert says in str(raised.value)
