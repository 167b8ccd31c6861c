//! Does what `talend-oauth conformance` tells a client to do.

use std::error::Error;
use std::{env, fs, io};

use reqwest::{Body, Client};
use serde_json::{Value, json};
use talend_client::TalendClient;
use token_source::TokenSource;

mod lifetime;
mod talend_client;
mod token_error;
mod token_source;

type AnyError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let api = env::var("TALEND_API_URL")?;
    let (id, secret) = (env::var("TALEND_CLIENT_ID")?, env::var("TALEND_CLIENT_SECRET")?);
    let talend = TalendClient::new(TokenSource::new(&api, &id, &secret)?)?;
    let client = Client::new();
    for line in io::stdin().lines() {
        let line = line?;
        let (step, argument) = line.split_once(' ').unwrap_or((&line, ""));
        if step == "exit" {
            break;
        }
        let times = if step == "call" { argument.parse().unwrap_or(1) } else { 1 };
        let tasks: Vec<_> = (0..times)
            .map(|_| {
                let (talend, client, api) = (talend.clone(), client.clone(), api.clone());
                let (step, argument) = (step.to_owned(), argument.to_owned());
                tokio::spawn(async move {
                    match request(&talend, client, &api, &step, &argument).await {
                        Ok(status) => json!({ "status": status }),
                        Err(error) => json!({ "error": error.to_string() }),
                    }
                })
            })
            .collect();
        let mut results: Vec<Value> = vec![];
        for task in tasks {
            results.push(task.await?);
        }
        println!("{}", Value::from(results));
    }
    Ok(())
}

async fn request(
    talend: &TalendClient,
    client: Client,
    api: &str,
    step: &str,
    url: &str,
) -> Result<u16, AnyError> {
    let json = r#"{"executable": "conformance"}"#;
    let request = match step {
        "call" => client.get(format!("{api}/account/me")),
        "get" => client.get(url),
        _ => client.post(format!("{api}/processing/executions")).body(match step {
            "stream" => stream(json)?,
            _ => Body::from(json),
        }),
    };
    let request = request.header("Content-Type", "application/json").build()?;
    Ok(talend.send(request).await?.status().as_u16())
}

/// Returns a body that is read from a file, and so can be sent only once.
fn stream(text: &str) -> io::Result<Body> {
    let path = env::temp_dir().join(format!("conformance-{}", std::process::id()));
    fs::write(&path, text)?;
    let file = fs::File::open(&path)?;
    fs::remove_file(path)?;
    Ok(Body::from(tokio::fs::File::from_std(file)))
}
