"""Who sends a request: bearer tokens, signed ones (JWT) and the static ones of small offices."""

from planner_api.signin.authenticator import Authenticator
from planner_api.signin.gate import SignInGate
from planner_api.signin.identity import SignedIn, SignInRefused

__all__ = ["Authenticator", "SignInGate", "SignInRefused", "SignedIn"]
