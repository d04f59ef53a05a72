"""Orders that come by e-mail, read over IMAP."""

from connectors.mailbox.connector import Mailbox

CONNECTOR = Mailbox
