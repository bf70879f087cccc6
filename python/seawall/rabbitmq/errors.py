"""What goes wrong with a message, as opposed to the log or the connection."""

from __future__ import annotations

from seawall.errors import SeawallError


class RejectMessage(Exception):
    """Raised by a handler: this message is bad, trying again is of no use."""


class MessageIdError(SeawallError, ValueError):
    """A message without an id cannot be told from its own redelivery.

    Have the publisher set the `message_id` property, or give the consumer a `message_id` function.
    Bodies are never hashed: two different messages may have equal bodies.
    """


class EarlierMessageError(SeawallError):
    """A call of a handler to its log must wait for an earlier message, which the log has refused.

    Let it out of the handler: once the earlier message is settled, this one is handled again. That
    is no failed try. The cause is what was refused.
    """


class PoisonMessageError(SeawallError):
    """A message failed in every try and must not be rejected; it is still in its queue.

    The cause is the last try's exception. Correct the handler or remove the message, then run again;
    or give the queue a dead-letter exchange.
    """


class OtherConsumersError(SeawallError):
    """Somebody else consumes the queue, with another log: what one counted, the other counts again.

    End the other consumer, or have both use one log in one process.
    """
