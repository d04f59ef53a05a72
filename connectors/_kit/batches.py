"""Batches of stock targets: all of them sent, those that are refused cut in halves until the refused target stands alone."""

from collections.abc import Callable, Iterator, Sequence

from connectors._kit.exchange import Answer
from connectors._kit.writes import Write, Written
from connectors.capabilities import StockAnswer, StockTarget
from model.errors import HubError, RejectedError, TransientError

Batch = Sequence[StockTarget]
Answers = tuple[StockAnswer, ...]


def batches_of(targets: Batch, size: int) -> list[Batch]:
    """The targets in their order, `size` at a time."""
    return [targets[start : start + size] for start in range(0, len(targets), size)]


def publish_batches(
    batches: Sequence[Batch],
    prepare: Callable[[Batch], Write],
    judge: Callable[[Batch, Answer], Answers],
    send: Callable[[Sequence[Write]], Iterator[Written]],
) -> Iterator[Answers]:
    """The answers of each batch as it ends; `judge` reads them off the remote's answer, or raises what it says went wrong.

    A batch whose answer never came (TransientError) is in no answer. What concerns the whole account (AuthError, ContractError) is
    raised behind the answers of the other batches.
    """
    barred: HubError | None = None
    while batches and barred is None:
        halves: list[Batch] = []
        for written in send([prepare(batch) for batch in batches]):
            batch = batches[written.place]
            try:
                answers = judge(batch, _answer(written))
            except RejectedError as error:
                halves += _halves(batch)
                answers = () if len(batch) > 1 else (StockAnswer(batch[0].external_id, "refused", str(error)),)
            except TransientError:
                continue
            except HubError as error:
                barred = error
                continue
            if answers:
                yield answers
        batches = halves
    if barred is not None:
        raise barred


def _answer(written: Written) -> Answer:
    if written.answer is None:
        raise written.error or TransientError("write: neither answer nor error")
    return written.answer


def _halves(batch: Batch) -> list[Batch]:
    middle = len(batch) // 2
    return [batch[:middle], batch[middle:]] if middle else []
