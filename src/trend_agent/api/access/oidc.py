"""Asking another service who people are: OpenID Connect, the authorization code flow with PKCE.

Only what the service signed with a key it publishes is believed, by the algorithms named here: not what a token says
of how it wants to be checked. Everything is asked of the one origin the operator named.
"""

from __future__ import annotations
