// compiler: missing field `audience` in initializer
use talend_oauth_api::models::{GrantType, TokenRequest};

fn main() {
    TokenRequest { grant_type: GrantType::ClientCredentials };
}
