"""Signing in and out, looks, static files, and data for those who are signed in."""

from __future__ import annotations

import gzip
import json

import pytest

from api.console.access import LANGUAGE_COOKIE, LARGE_COOKIE, SESSION_COOKIE
from api.console.data import Layer, Paper
from api.console.mount import content_policy
from api.store.districts import add_key, revoke_key
from api.store.records import Role
from tests.api.district import assert_refused
from tests.console.district import CHANGE


def test_sign_in_page_asks_for_a_key_without_any_script(http):
    answer = http.get("/console/sign-in", params={"next": '/console/new?a="b'})
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert 'value="/console/new?a=&quot;b"' in answer.text


def test_right_key_opens_a_session_that_scripts_cannot_read(http, keys):
    answer = http.post("/console/sign-in", data={"key": keys["east"][Role.VIEWER], "next": "/console/new"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/new")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/console" in cookie


def test_wrong_key_is_told_in_the_chosen_language(http):
    http.cookies.set(LANGUAGE_COOKIE, "en")
    answer = http.post("/console/sign-in", data={"key": "yz_wrong"})
    assert answer.status_code == 401
    assert "The key is wrong" in answer.text
    assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "/console//x", "/v1/me", "/console/\\x"]
)
def test_nobody_is_sent_elsewhere(http, keys, wanted):
    answer = http.post("/console/sign-in", data={"key": keys["east"][Role.VIEWER], "next": wanted})
    assert answer.headers["location"] == "/console/"


def test_signing_out_forgets_the_session(signed_in):
    http = signed_in()
    assert http.post("/console/sign-out").headers["location"] == "/console/sign-in"
    assert SESSION_COOKIE not in http.cookies


def test_session_of_an_open_page_is_renewed(signed_in):
    http = signed_in()
    answer = http.post("/console/renew")
    assert answer.status_code == 204
    assert SESSION_COOKIE in answer.headers["set-cookie"]


def test_renewal_needs_a_session(http):
    assert_refused(http.post("/console/renew"), 401, "not-authenticated")


def test_revoked_key_opens_nothing_any_more(service, app, http):
    from api.auth.keys import make_key

    token, kept = make_key(Role.ADMIN, "east")
    add_key(service.database, kept, CHANGE)
    http.post("/console/sign-in", data={"key": token})
    assert http.post("/console/renew").status_code == 204
    revoke_key(service.database, kept.key_id, CHANGE)
    assert_refused(http.post("/console/renew"), 401, "not-authenticated")


def test_look_is_kept_in_cookies(http):
    answer = http.get("/console/look", params={"language": "en", "next": "/console/plans"})
    assert answer.headers["location"] == "/console/plans"
    assert http.cookies[LANGUAGE_COOKIE] == "en"
    http.get("/console/look", params={"large": "true"})
    assert (http.cookies[LANGUAGE_COOKIE], http.cookies[LARGE_COOKIE]) == ("en", "1")


def test_first_address_leads_to_the_console(http):
    assert http.get("/").headers["location"] == "/console/"


@pytest.mark.parametrize("name", ["../mount.py", "..%2Fmount.py", "nothing.css"])
def test_only_static_files_are_given(http, name):
    assert http.get(f"/console/static/{name}").status_code == 404


def test_style_sheet_is_given(http):
    assert http.get("/console/static/console.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", [*Layer, "papers/routes"])
def test_data_needs_a_session(http, record, path):
    assert_refused(http.get(f"/console/data/plans/{record.plan_id}/{path}"), 401, "not-authenticated")


@pytest.mark.parametrize("layer", Layer)
def test_layers_are_given_compressed_and_known_again(signed_in, record, layer):
    http = signed_in()
    answer = http.get(f"/console/data/plans/{record.plan_id}/{layer}")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert isinstance(answer.json(), dict)
    again = http.get(f"/console/data/plans/{record.plan_id}/{layer}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_what_another_district_has_does_not_exist(signed_in, record):
    answer = signed_in(Role.ADMIN, "west").get(f"/console/data/plans/{record.plan_id}/places")
    assert_refused(answer, 404, "not-found")


def test_viewer_and_dispatcher_have_tags_of_their_own(signed_in, record):
    path = f"/console/data/plans/{record.plan_id}/places"
    seen, full = signed_in(Role.VIEWER).get(path), signed_in().get(path)
    assert seen.headers["etag"] != full.headers["etag"]
    assert "王秀英" in full.text
    assert "王秀英" not in seen.text


@pytest.mark.parametrize("paper", Paper)
def test_every_paper_is_a_download(signed_in, record, paper):
    answer = signed_in().get(f"/console/data/plans/{record.plan_id}/papers/{paper}", params={"language": "en"})
    assert answer.status_code == 200
    assert f'filename="2026-03-02-{paper}.' in answer.headers["content-disposition"]
    starts = {"pdf": b"%PDF", "xlsx": b"PK", "json": b"{", "geojson": b"{"}
    suffix = answer.headers["content-disposition"].rstrip('"').rpartition(".")[2]
    assert answer.content.startswith(starts[suffix])


def test_json_paper_of_a_viewer_has_no_exact_homes(signed_in, record):
    path = f"/console/data/plans/{record.plan_id}/papers/json"
    seen, full = (json.loads(signed_in(role).get(path).content) for role in (Role.VIEWER, Role.DISPATCHER))
    assert seen != full


def test_policy_allows_no_other_host_unless_tiles_are_set():
    assert "http" not in content_policy("")
    tiles = content_policy("https://{s}.tiles.example/{z}/{x}/{y}.png")
    assert "img-src 'self' data: blob: https://*.tiles.example;" in tiles
    assert tiles.count("https:") == 1


def test_compressed_data_is_what_it_says(signed_in, record):
    with signed_in().stream("GET", f"/console/data/plans/{record.plan_id}/routes") as answer:
        raw = b"".join(answer.iter_raw())
    assert json.loads(gzip.decompress(raw))["type"] == "FeatureCollection"
