"""Random streams by purpose: a change of one part of a world does not reshuffle the others."""

from scenarios.scenario import Streams, scaled


def test_the_same_purpose_gives_the_same_numbers():
    assert Streams("a", 1).of("town").random() == Streams("a", 1).of("town").random()


def test_purposes_scenarios_and_seeds_have_streams_of_their_own():
    streams = [
        Streams("a", 1).of("town"),
        Streams("a", 1).of("elders"),
        Streams("b", 1).of("town"),
        Streams("a", 2).of("town"),
    ]
    assert len({stream.random() for stream in streams}) == 4


def test_counts_are_scaled_half_up_and_never_vanish():
    assert [scaled(5, 0.5), scaled(5, 0.49), scaled(5, 0.01)] == [3, 2, 1]
