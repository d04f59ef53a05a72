"""Reports tell what stood in the way: a few in full, what is alike once, and how many more there are."""

from operations.reports import NAMED, Report


def test_what_stood_in_the_way_of_many_is_told_once_with_its_count() -> None:
    report = Report("main")

    report.add("no rate of GBP", "no cost of SKU 1", "no rate of GBP")
    report.add("no rate of GBP")

    assert report.message == "no rate of GBP (3 times); no cost of SKU 1"
    assert len(report.problems) == 4


def test_of_more_than_a_few_only_the_number_is_told() -> None:
    report = Report("main")

    report.add(*(f"problem {number}" for number in range(NAMED)), "one more", "one more", "another")

    assert report.message.endswith(f"problem {NAMED - 1}; and 3 more")
