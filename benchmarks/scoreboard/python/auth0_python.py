from auth0.authentication import GetToken


def connect(api, client_id, client_secret):
    protocol, _, host = api.partition("://")
    # It adds /oauth/token.
    auth0 = GetToken(f"{host}/security", client_id, client_secret, protocol=protocol)
    return lambda: auth0.client_credentials(api)["access_token"]
