//! Signing requests as S3 wants it (AWS Signature Version 4), written down apart from the code that is tested.

use crate::http::Head;
use chrono::Utc;
use sha2::{Digest, Sha256};

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;
const REGION: &str = "us-east-1";

/// Adds the fields that say who asks.
pub(super) fn sign(head: &mut Head, method: &str, target: &str, key: &str, secret: &str) {
    let now = Utc::now();
    let (time, day) = (now.format("%Y%m%dT%H%M%SZ").to_string(), now.format("%Y%m%d").to_string());
    head.set("x-amz-date", &time);
    head.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let signed = "host;x-amz-content-sha256;x-amz-date";
    let fields: String =
        signed.split(';').map(|name| format!("{name}:{}\n", head.field(name).unwrap_or_default())).collect();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let canonical = format!("{method}\n{path}\n{query}\n{fields}\n{signed}\nUNSIGNED-PAYLOAD");
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let first = hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    let key_of_scope = [REGION, "s3", "aws4_request"].iter().fold(first, |key, part| hmac(&key, part.as_bytes()));
    let signature = hex(&hmac(&key_of_scope, to_sign.as_bytes()));
    head.set(
        "authorization",
        format!("AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}"),
    );
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut padded = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(BLOCK, 0);
    let xored = |with: u8| padded.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([&xored(0x36), message].concat());
    Sha256::digest([&xored(0x5c)[..], &inner[..]].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key as it stands in a target.
pub(super) fn encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    key.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_test_case_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hmac(b"Jefe", b"what do ya want for nothing?")), expected);
    }
}
