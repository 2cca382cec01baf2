"""Who the author at this machine is: the name that git knows, for comments, cursors and changes."""

from __future__ import annotations

import getpass
import ipaddress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from jupyter_server.auth.identity import PasswordIdentityProvider

from pressrun.review.identity import git_name, one_line

if TYPE_CHECKING:
    from jupyter_server.auth import User
    from tornado.web import RequestHandler


class GitIdentityProvider(PasswordIdentityProvider):
    """Calls who comes from this very machine by the name in git's configuration.

    Who comes from elsewhere with the token stays anonymous: the server's owner did not write what they write.
    """

    def generate_anonymous_user(self, handler: RequestHandler) -> User:
        """Give a new user, named if it can be known who it is."""
        user: User = super().generate_anonymous_user(handler)
        if not _from_here(handler) or not (name := author()):
            return user
        initials = "".join(word[0] for word in name.split()[:2]).upper()
        return replace(user, name=name, display_name=name, initials=initials)


def _from_here(handler: RequestHandler) -> bool:
    # A proxy on this machine passes on requests from anywhere, and says so.
    if "X-Forwarded-For" in handler.request.headers:
        return False
    try:
        return ipaddress.ip_address(str(handler.request.remote_ip)).is_loopback
    except ValueError:
        return False


@cache
def author() -> str:
    """Give the name in git's configuration, or the login name; "" if there is neither."""
    if name := git_name():
        return name
    try:
        return one_line(getpass.getuser())
    except (OSError, KeyError):
        return ""
