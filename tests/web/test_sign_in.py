"""Do the pages of one's own sign-in stand in the desk's frame, in plain words, with a way back?"""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.test import Client

from keepwell.web.base.devices import device
from keepwell.web.base.models import Person

PASSWORD = "long-and-unlikely-5"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"

PAGES = ("password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/", "sessions/", "email/", "logout/", "reauthenticate/", "3rdparty/")  # fmt: skip
"""What somebody who signed in may reach of the library's, below /sign-in/."""


def _browser(person: Person, named: str = LINUX) -> Client:
    """A browser in which the person signed in with a password."""
    if not person.check_password(PASSWORD):
        person.set_password(PASSWORD)
        person.save()
    client = Client(headers={"user-agent": named})
    client.post("/sign-in/login/", {"login": person.email, "password": PASSWORD})
    client.post("/sign-in/reauthenticate/", {"password": PASSWORD})
    return client


def _in_frame(page: str) -> bool:
    return 'class="rail"' in page and "Back to Settings" in page and page.count("<h1") == 1


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_sign_in_has_the_frame(people: dict[str, Person], page: str) -> None:
    """Rail, one heading, a way back to Settings, and Settings marked in the rail."""
    told = _browser(people["rep"]).get(f"/sign-in/{page}")
    assert told.status_code == 200
    shown = told.content.decode()
    assert _in_frame(shown)
    assert 'href="/settings/" aria-current="page"' in shown


def test_a_second_factor_from_its_beginning_to_its_end(people: dict[str, Person]) -> None:
    """Switched on with a code, its recovery codes end with Done, new ones can be made, and it is switched off again."""
    client = _browser(people["rep"])
    begun = client.get("/sign-in/2fa/totp/activate/")
    secret = begun.context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    codes = client.post("/sign-in/2fa/totp/activate/", {"code": code}, follow=True).content.decode()
    assert "10 of 10 are left." in codes
    assert '<a class="button primary" href="/sign-in/2fa/">Done</a>' in codes
    assert _in_frame(codes)
    overview = client.get("/sign-in/2fa/").content.decode()
    assert '<span class="badge kept">on</span>' in overview
    assert "10 codes are left" in overview
    for page in ("2fa/recovery-codes/generate/", "2fa/totp/deactivate/"):
        assert _in_frame(client.get(f"/sign-in/{page}").content.decode())
    client.post("/sign-in/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=people["rep"]).exists()


def test_whoever_has_to_say_who_they_are_stays_in_the_frame(
    signed_in: Callable[[str], Client], people: dict[str, Person]
) -> None:
    """Long after the sign-in the password is asked for once more, on a page of the desk."""
    people["rep"].set_password(PASSWORD)
    people["rep"].save()
    client = signed_in("rep")
    asked = client.get("/sign-in/2fa/totp/activate/", follow=True)
    assert asked.redirect_chain[0][0].startswith("/sign-in/reauthenticate/")
    assert "Is it you?" in asked.content.decode()
    assert _in_frame(asked.content.decode())


def test_one_session_is_ended_alone(people: dict[str, Person]) -> None:
    """Devices are told in words; the phone is signed out, this one and a third stay; nobody ends another's."""
    here, phone, third = (_browser(people["rep"], named) for named in (LINUX, PHONE, "curl/8.9"))
    for each in (here, phone, third):
        each.get("/settings/")
    page = here.get("/sign-in/sessions/").content.decode()
    assert "Chrome on Linux" in page
    assert "this device" in page
    assert "A device we do not know" in page
    on_phone = UserSession.objects.get(session_key=phone.session.session_key)
    assert _browser(people["admin"]).post(f"/settings/signed-in/{on_phone.pk}/end/").status_code == 404
    told = here.post(f"/settings/signed-in/{on_phone.pk}/end/", follow=True).content.decode()
    assert "Signed out: Safari on iPhone." in told
    assert phone.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == third.get("/settings/").status_code == 200


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (LINUX, "Chrome on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        (LINUX.replace("X11; Linux x86_64", "Linux; Android 15; Pixel 9"), "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("", "A device we do not know"),
    ],
)
def test_a_device_in_words(told: str, words: str) -> None:
    """As browsers call themselves, worked out by hand."""
    assert device(told) == words
