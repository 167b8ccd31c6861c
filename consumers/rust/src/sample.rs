use std::env;

use talend_oauth_api::apis::{configuration::Configuration, tokens_api::create_token};
use talend_oauth_api::models::{GrantType, TokenRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = env::var("TALEND_API_URL")?;
    let talend = Configuration {
        base_path: url.clone(),
        basic_auth: Some((env::var("TALEND_CLIENT_ID")?, Some(env::var("TALEND_CLIENT_SECRET")?))),
        ..Configuration::default()
    };
    let request = TokenRequest::new(GrantType::ClientCredentials, url.clone());
    let token = create_token(&talend, request, None, Some("2021-03")).await?;

    let me = reqwest::Client::new()
        .get(format!("{url}/account/me"))
        .bearer_auth(token.access_token)
        .send()
        .await?
        .error_for_status()?;
    println!("{}", me.text().await?);
    Ok(())
}
