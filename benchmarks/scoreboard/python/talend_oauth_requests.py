import os

import requests

import talend_oauth
from talend_oauth.integrations.requests import TalendAuth


def connect(api, client_id, client_secret):
    folder = os.environ.get("TALEND_OAUTH_STORE")
    store = talend_oauth.FileStore(folder) if folder else None
    session = requests.Session()
    session.auth = TalendAuth(talend_oauth.TokenSource(store=store))
    return session
