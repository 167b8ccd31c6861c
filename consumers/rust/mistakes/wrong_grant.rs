// compiler: expected `GrantType`, found `&str`
use talend_oauth_api::models::TokenRequest;

fn main() {
    TokenRequest::new("password", "https://api.eu.cloud.talend.com".to_owned());
}
