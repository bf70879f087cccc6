"""Which errors end a consumer, and after which it connects again; the same for pika and aio-pika."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from types import TracebackType


class Answer(enum.Enum):
    """What a consumer does about an error of its connection."""

    AGAIN = "again"
    """It waits and connects again, for ever."""
    REFUSED = "refused"
    """It raises the error: the broker works, and will say the same again."""


@dataclass(frozen=True)
class Rule:
    """Errors with one answer. Documented in docs/rabbitmq.md, in these words."""

    what: str
    answer: Answer
    errors: tuple[str, ...]
    """Classes, with their modules, so that neither library is needed for the other's. Subclasses are
    meant too."""
    said: str = ""
    """A regular expression that must be in what the error says."""


_BROKER = ("pika.exceptions.AMQPError", "aiormq.exceptions.AMQPError")

# The first that fits counts.
RULES = (
    Rule(
        "the queue is in exclusive use, or locked by another connection",
        Answer.AGAIN,
        _BROKER,
        "in exclusive use|RESOURCE_LOCKED",
    ),
    Rule(
        "the queue's home node or the virtual host is down",
        Answer.AGAIN,
        _BROKER,
        "is down|inaccessible|INTERNAL_ERROR|stopped by supervisor|has crashed|due to timeout",
    ),
    Rule("too many connections", Answer.AGAIN, _BROKER, "limit .*is reached|too many connections"),
    Rule(
        "a wrong user or password",
        Answer.REFUSED,
        (
            "pika.exceptions.AuthenticationError",
            "pika.exceptions.ProbableAuthenticationError",
            "aiormq.exceptions.AuthenticationError",
            "aiormq.exceptions.ProbableAuthenticationError",
        ),
        # pika says "probable" of a connection that is lost at this point, too.
        "ACCESS_REFUSED|mechanism",
    ),
    Rule(
        "no such virtual host, or no right to it",
        Answer.REFUSED,
        (
            "pika.exceptions.ProbableAccessDeniedError",
            "pika.exceptions.ConnectionClosedByBroker",
            "aiormq.exceptions.AMQPError",
        ),
        "NOT_ALLOWED",
    ),
    Rule(
        "no such queue or exchange, with other arguments, or no right to it",
        Answer.REFUSED,
        ("pika.exceptions.ChannelClosedByBroker", "aiormq.exceptions.ChannelClosed"),
        "NOT_FOUND|PRECONDITION_FAILED|ACCESS_REFUSED|COMMAND_INVALID|NOT_IMPLEMENTED",
    ),
    Rule(
        'other consumers of the queue, with `other_consumers="refuse"`',
        Answer.REFUSED,
        ("seawall.rabbitmq.errors.OtherConsumersError",),
    ),
    Rule(
        "the broker's certificate is not valid here",
        Answer.REFUSED,
        ("ssl.SSLCertVerificationError",),
    ),
    Rule("TLS fails otherwise, on a plain port for example", Answer.AGAIN, ("ssl.SSLError",)),
    Rule("the name does not resolve", Answer.AGAIN, ("socket.gaierror",)),
    Rule(
        "the broker is silent (`connect_timeout_s`)",
        Answer.AGAIN,
        (
            "builtins.TimeoutError",
            "asyncio.exceptions.TimeoutError",
            "pika.adapters.utils.connection_workflow.AMQPConnectorException",
        ),
    ),
    Rule(
        "the port refuses, the connection breaks, the broker ends it, the channel or the consumer",
        Answer.AGAIN,
        (
            "builtins.OSError",
            "pika.exceptions.AMQPError",
            "aiormq.exceptions.AMQPError",
            "aiormq.exceptions.ChannelInvalidStateError",
        ),
    ),
)


def rule_for(error: BaseException) -> Rule | None:
    """Returns the rule for an error; None for one that is not of the connection."""
    names = _class_names(error)
    said = _what_it_says(error)
    for rule in RULES:
        if not names.isdisjoint(rule.errors) and re.search(rule.said, said):
            return rule
    return None


def is_refused(error: BaseException) -> bool:
    """Returns whether `run` raises the error; if not, it connects again."""
    rule = rule_for(error)
    return rule is None or rule.answer is Answer.REFUSED


def _class_names(error: BaseException) -> set[str]:
    """Returns the classes of an error, and of the system's that it wraps: aiormq wraps those of TLS."""
    kinds = type(error).__mro__
    if isinstance(error.__cause__, OSError):
        kinds += type(error.__cause__).__mro__
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in kinds}


def _what_it_says(error: BaseException) -> str:
    return f"{error} {_closing_words(error.__traceback__)}"


def _closing_words(trace: TracebackType | None) -> str:
    """Returns what the broker said when it ended the connection in place of the answer that aiormq
    waited for: the frame is in none of the error's arguments, only in the function that raised."""
    while trace is not None:
        frame = trace.tb_frame.f_locals.get("frame")
        words = getattr(frame, "reply_text", None)
        if words is not None:
            return f"{words}"
        trace = trace.tb_next
    return ""
