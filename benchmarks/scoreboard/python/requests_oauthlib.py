from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session


def form_as_json(url, headers, options):
    return url, {"Accept": "application/json"}, {"json": options["data"]}


def connect(api, client_id, client_secret):
    session = OAuth2Session(client=BackendApplicationClient(client_id))
    session.register_compliance_hook("access_token_request", form_as_json)
    session.fetch_token(
        f"{api}/security/oauth/token?talendVersion=2021-03",
        client_secret=client_secret,
        audience=api,
    )
    return session
