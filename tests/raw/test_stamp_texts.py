import numpy as np
import pytest

from fluxkit.raw.text.stamp_texts import of_texts, stamp_instant

NAT = np.iinfo(np.int64).min


def stamps(*texts: str) -> tuple[list[int] | None, bool]:
    found, utc = of_texts(np.array([text.encode() for text in texts], bytes))
    return (None if found is None else found.tolist()), utc


def ns(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


@pytest.mark.parametrize("step", ["ns", "us", "ms", "s"])
@pytest.mark.parametrize("end", ["", "Z"])
def test_as_numpy_reads_them(step, end):
    times = np.datetime64("2019-12-31T23:59:57", step) + np.arange(500) * 7
    texts = np.char.add(np.datetime_as_string(times), end).astype(bytes)
    found, utc = of_texts(texts)
    np.testing.assert_array_equal(found, times.astype("M8[ns]").astype(np.int64))
    assert utc is bool(end)


def test_odd_ones_among_those_alike():
    good = "2020-02-28T10:00:00.050Z"
    odd = ["2020-02-30T10:00:00.050Z", "2020-02-28T25:00:00.050Z", "words", "", "2020-02-28 10:00:01Z"]
    found, utc = stamps(good, *odd, good)
    assert utc
    assert found == [ns(good[:-1]), NAT, NAT, NAT, NAT, ns("2020-02-28T10:00:01"), ns(good[:-1])]


def test_when_none_is_one():
    assert stamps("x", "y") == (None, False)
    assert stamps() == (None, False)
    assert stamps("1850-01-01T00:00:00", "2020-01-01T00:00:00") == ([NAT, ns("2020-01-01")], False)


def test_instants():
    assert stamp_instant("2020-1-1", "2:00") == ns("2020-01-01T02:00")
    assert stamp_instant("2020-06-31", "00:00") is None
