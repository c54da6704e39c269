//! What travels between gateway and provider: headers as the sidecar knows them, and the lines of a stream.

use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{Stream, StreamExt};
use serde_json::Value;
use souk_primitives::call::Receipt;
pub use souk_sidecar::payment::{decode_signed, encode_signed, CHANNEL, RECEIPT, REQUEST, VOUCHER};

/// Longest line of a stream that is read.
const LONGEST_LINE: usize = 4 << 20;

/// A receipt with the provider's signature.
pub type SignedReceipt = (Receipt, [u8; 64]);

/// base64 of plain bytes.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The JSON of an answer, which may be no longer than a line of a stream: strangers send it.
pub async fn json(response: reqwest::Response) -> Result<Value, String> {
    let mut bytes = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.without_url().to_string())?);
        if bytes.len() > LONGEST_LINE {
            return Err("its answer is too long".into());
        }
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("its answer is not JSON: {error}"))
}

/// The JSON of each `data:` event of a server-sent stream, `[DONE]` included as `Null`. Ends where the stream ends;
/// whether it was complete is for the reader to say.
pub fn events<S, B, E>(bytes: S) -> impl Stream<Item = Result<Value, String>> + Send + Unpin
where
    S: Stream<Item = Result<B, E>> + Send + Unpin + 'static,
    B: AsRef<[u8]> + Send,
    E: std::fmt::Display + Send,
{
    Box::pin(async_stream::stream! {
        let mut bytes = bytes;
        let mut buffer: Vec<u8> = Vec::new();
        while let Some(chunk) = bytes.next().await {
            match chunk {
                Ok(chunk) => buffer.extend_from_slice(chunk.as_ref()),
                Err(e) => {
                    yield Err(e.to_string());
                    return;
                }
            }
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                let Some(data) = line.trim_end().strip_prefix("data:") else { continue };
                match data.trim() {
                    "[DONE]" => yield Ok(Value::Null),
                    json => match serde_json::from_str(json) {
                        Ok(value) => yield Ok(value),
                        Err(e) => {
                            yield Err(format!("an event is not JSON: {e}"));
                            return;
                        }
                    },
                }
            }
            if buffer.len() > LONGEST_LINE {
                yield Err("an event is too long".into());
                return;
            }
        }
    })
}

/// Token ids of a chunk's first choice.
pub fn token_ids(chunk: &Value) -> Option<Vec<u32>> {
    let ids = chunk["choices"].get(0)?.get("token_ids")?.as_array()?;
    ids.iter().map(|id| id.as_u64().and_then(|id| u32::try_from(id).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn events_should_survive_any_cut_of_the_bytes() {
        let text = ": ping\r\n\r\ndata: {\"a\":1}\n\ndata:{\"b\":\"é\"}\r\n\r\ndata: [DONE]\n\n";
        for size in 1..9 {
            let parts: Vec<Result<Vec<u8>, String>> =
                text.as_bytes().chunks(size).map(|part| Ok(part.to_vec())).collect();
            let found: Vec<_> = events(futures::stream::iter(parts)).collect().await;
            assert_eq!(found, vec![Ok(json!({"a":1})), Ok(json!({"b":"é"})), Ok(Value::Null)], "{size}");
        }
    }

    #[test]
    fn token_ids_should_be_read_or_refused_whole() {
        assert_eq!(token_ids(&json!({"choices":[{"token_ids":[1, 2]}]})), Some(vec![1, 2]));
        assert_eq!(token_ids(&json!({"choices":[{"token_ids":[1, -2]}]})), None);
        assert_eq!(token_ids(&json!({"choices":[]})), None);
    }
}
