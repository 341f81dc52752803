import pytest
from isc.py.ens.redaction import HIDDEN, is_secret, redacted, redacted_settings


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://iscpy:pa55@db:5432/bank", f"postgresql://iscpy:{HIDDEN}@db:5432/bank"),
        ("at https://u:p%40q@host/x?y=1 and ftp://a:b@c", f"at https://u:{HIDDEN}@host/x?y=1 and ftp://a:{HIDDEN}@c"),
        ("password=hunter2 user=me", f"password={HIDDEN} user=me"),
        ('{"api_key": "s3cr\\"et", "n": 1}', f'{{"api_key": "{HIDDEN}", "n": 1}}'),
        ("db_password: 'a b'; next", f"db_password: '{HIDDEN}'; next"),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: Bearer {HIDDEN}"),
        ("GET /login?token=abcdef&x=1", f"GET /login?token={HIDDEN}&x=1"),
        ("https://u:p@ss@host/x", f"https://u:{HIDDEN}@host/x"),
        ("X-Api-Key: 12345678", f"X-Api-Key: {HIDDEN}"),
        ("Set-Cookie: id=abc; Path=/\nnext", f"Set-Cookie: {HIDDEN}\nnext"),
        ("tool --db-password hunter2 --port 3", f"tool --db-password {HIDDEN} --port 3"),
        ('<Setting Name="Password">hunter2</Setting>', f'<Setting Name="Password">{HIDDEN}</Setting>'),
        ("<password>hunter2</password>", f"<password>{HIDDEN}</password>"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
            f"-----BEGIN RSA PRIVATE KEY-----{HIDDEN}-----END RSA PRIVATE KEY-----",
        ),
    ],
)
def test_secrets_are_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://host:8080/path@x",
        "the token was wrong",
        "NameError: name 'password' is not defined",
        "12:30:00 sent to me@example.com",
        "a::b@c",
        "tool --token --port 3",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.timeout(60)  # it takes a second or two; hours, where time grows with the square of a text's length
@pytest.mark.parametrize(
    "piece",
    'a. a+ ab:// ://a: ://a:@ password=" token token="\' --a- - --token- bearer_ \\" cookie: token_ x _'.split(),
)
def test_a_long_text_takes_no_more_than_its_length(piece: str) -> None:
    for begin in ("", 'token="', "://a:", "-----BEGIN PRIVATE KEY-----"):
        redacted(begin + piece.replace("_", " ") * (60_000 // len(piece)))


def test_settings_are_hidden_by_their_names() -> None:
    given = {"Password": "x", "AuthToken": "y", "URL": "http://a:b@c", "Timeout": "5", "ApiKey": "", "SSLSecret": "z"}
    shown = redacted_settings(given)
    assert shown == {
        "Password": HIDDEN,
        "AuthToken": HIDDEN,
        "URL": f"http://a:{HIDDEN}@c",
        "Timeout": "5",
        "ApiKey": "",
        "SSLSecret": HIDDEN,
    }
    assert not is_secret("Timeout")
