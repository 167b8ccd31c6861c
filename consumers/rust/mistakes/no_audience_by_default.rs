// compiler: silent
use talend_oauth_api::models::TokenRequest;

fn main() {
    // Every field has a default, and that of the audience is empty.
    let _ = TokenRequest::default();
}
