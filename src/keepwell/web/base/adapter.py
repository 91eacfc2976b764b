"""Who comes in? Nobody signs themselves up: people are invited by one who knows them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person


class Doorkeeper(DefaultAccountAdapter):
    """The desk's door."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never: an administrator invites."""
        return False


class SingleSignOn(DefaultSocialAccountAdapter):
    """People whom another system vouches for."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        """Never: an administrator invites."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Whoever was invited under a verified address is that person; nobody else comes in."""
        if sociallogin.is_existing:
            return
        verified = [each.email.lower() for each in sociallogin.email_addresses if each.verified]
        person = Person.objects.filter(email__in=verified, is_active=True).first()
        if person is None:
            messages.error(request, _("Nobody was invited under this address. Ask an administrator to invite you."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, person)
