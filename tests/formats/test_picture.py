"""Pictures of networks: self-contained, escaped, to scale."""

import re
from xml.etree import ElementTree

from optimizer.formats.picture import (
    WIDTH,
    Areas,
    Dots,
    Lines,
    colour_of,
    picture_html,
    picture_svg,
    picture_texts,
    write_picture,
)
from optimizer.problem import Location

HERE, THERE = Location(lon=116.0, lat=40.0), Location(lon=116.02, lat=40.01)


def svg_of(*layers, **settings):
    return ElementTree.fromstring(picture_svg(layers, **settings))


def texts(svg):
    return [element.text for element in svg.iter() if element.text]


def test_every_layer_is_drawn_inside_the_picture():
    svg = svg_of(
        Areas(name="reach", areas=[[[HERE, THERE, Location(lon=116.02, lat=40.0)]]], colour="#0f0"),
        Lines(name="way", lines=[[HERE, THERE]], colour="#00f", is_dashed=True),
        Dots(name="homes", places=[HERE, THERE], colour="#f00"),
        Dots(name="stations", places=[HERE], colour="#f00", shape="square"),
    )
    tags = [element.tag.rpartition("}")[2] for element in svg.iter()]
    assert tags.count("circle") == 2
    assert tags.count("rect") == 1
    circles = [element for element in svg.iter() if element.tag.endswith("circle")]
    assert all(0 < float(circle.attrib["cx"]) < WIDTH for circle in circles)
    assert float(circles[0].attrib["cy"]) > float(circles[1].attrib["cy"]), "north is up"


def test_texts_and_labels_are_only_text():
    page = picture_html(
        "<b>", [Dots(name="<i>", places=[HERE], colour="#f00", texts=["<u>"], labels=["<s>"])], notes=["<q>"]
    )
    assert not re.search(r"<(b|i|u|s|q)>", page)
    assert page.count("&lt;") == 7
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_the_scale_is_a_round_length():
    (label,) = set(texts(svg_of(Dots(name="homes", places=[HERE, THERE], colour="#f00"))))
    assert label == "200 m"


def test_a_map_without_texts_leaves_them_to_whoever_sets_them():
    sites = Dots(name="sites", places=[HERE, THERE], colour="#f00", shape="square", labels=["", "5"])
    assert not texts(svg_of(sites, has_texts=False))
    assert [written.text for written in picture_texts([sites])] == ["5", "200 m"]
    assert set(texts(svg_of(sites))) == {"5", "200 m"}


def test_the_legend_names_each_layer_once_and_leaves_out_what_is_not_wanted():
    hidden = Dots(name="secret", places=[HERE], colour="#f00", is_in_legend=False)
    page = picture_html("map", [Lines(name="ways", lines=[[HERE, THERE]], colour="#00f"), hidden])
    assert page.count("ways") == 1
    assert "secret" not in page


def test_a_picture_of_nothing_is_a_page_too(tmp_path):
    write_picture(tmp_path / "map.html", "nothing", [])
    assert "<svg" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_colours_differ():
    assert len({colour_of(number) for number in range(40)}) == 40
