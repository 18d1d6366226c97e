//! The answers that Sony was recorded to give, byte by byte.

use super::{Reply, Request};

/// The code in [`authorize_live`]. No output may hold it.
pub const CODE: &str = "v3.Zq7Kd2";

/// Status line, headers and body, with the length of the body.
pub fn http(status: &str, headers: &[&str], body: &str) -> Reply {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes(),
    )
}

pub fn redirect(location: &str) -> Reply {
    http(
        "302 Moved Temporarily",
        &[
            "Server: nginx",
            "Set-Cookie: _abck=0~-1; Domain=.sony.com; Max-Age=604800; Secure",
            "Set-Cookie: bm_sz=1; Domain=.sony.com; Max-Age=14400",
            &format!("Location: {location}"),
        ],
        "",
    )
}

pub fn json(status: &str, body: &str) -> Reply {
    http(
        status,
        &["Content-Type: application/json;charset=UTF-8"],
        body,
    )
}

pub fn authorize_live() -> Reply {
    redirect(&live_location())
}

pub fn live_location() -> String {
    format!(
        "com.scee.psxandroid.scecompcall://redirect/?code={CODE}&cid=5b3c1f0e-6a52-4f0a-9d1f-2f9a5a7f1c11"
    )
}

pub fn authorize_dead() -> Reply {
    redirect(
        "https://my.account.sony.com/sonyacct/signin/?access_type=offline\
         &client_id=09515159-7237-4370-9b40-3806e67c0891&redirect_uri=com.scee.psxandroid.scecompcall%3A%2F%2Fredirect\
         &response_type=code&scope=psn%3Amobile.v2.core+psn%3Aclientapp&cid=5b3c1f0e-6a52-4f0a-9d1f-2f9a5a7f1c11\
         &auth_ver=v3&error=login_required&error_code=4165&error_description=User+is+not+authenticated\
         &no_captcha=true&cid=5b3c1f0e-6a52-4f0a-9d1f-2f9a5a7f1c11",
    )
}

pub fn ssocookie_live(token: &str) -> Reply {
    json(
        "200 OK",
        &format!(r#"{{"npsso":"{token}","expires_in":5183984}}"#),
    )
}

pub fn ssocookie_dead() -> Reply {
    json(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"Invalid login","error_code":20,"docs":"https://auth.api.sonyentertainmentnetwork.com/docs/","parameters":[]}"#,
    )
}

pub fn store_live() -> Reply {
    json(
        "200 OK",
        r#"{"data":{"purchasedTitlesRetrieve":{"__typename":"GameList","games":[{"name":"A Private Game"}]}}}"#,
    )
}

pub fn store_dead() -> Reply {
    json(
        "200 OK",
        r#"{"data":{"purchasedTitlesRetrieve":null},"errors":[{"message":"Access denied! You need to be authorized to perform this action!","path":["purchasedTitlesRetrieve"],"extensions":{"service":"arkham-gql"}}]}"#,
    )
}

pub fn blocked() -> Reply {
    http(
        "403 Forbidden",
        &["Server: AkamaiGHost", "Content-Type: text/html"],
        "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference #18.1</BODY></HTML>",
    )
}

pub fn rate_limited() -> Reply {
    http("429 Too Many Requests", &["Retry-After: 3600"], "")
}

/// Plays Sony for the secrets given: those are live, all others are dead.
pub fn sony(live: &[String], request: &Request) -> Reply {
    let is_live = |secret: &str| live.iter().any(|other| other == secret);
    match request.path() {
        "/api/authz/v3/oauth/authorize" if is_live(request.npsso()) => authorize_live(),
        "/api/authz/v3/oauth/authorize" => authorize_dead(),
        "/api/v1/ssocookie" if is_live(request.npsso()) => ssocookie_live(request.npsso()),
        "/api/v1/ssocookie" => ssocookie_dead(),
        "/api/graphql/v1/op" if request.cookie("pdccws_p").is_some_and(is_live) => store_live(),
        "/api/graphql/v1/op" => store_dead(),
        _ => http("404 Not Found", &[], ""),
    }
}
