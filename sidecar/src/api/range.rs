//! Ranges of bytes, as HTTP has them: how a fetch goes on where it broke off.

use super::error::ApiError;
use axum::{
    body::Body,
    http::{header, HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use std::ops::Range;

/// What a request asks of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// A part of it.
    Part(Range<u64>),
    /// A part that it has not.
    Beyond,
}

/// Reads the `Range` header for a body of `length` bytes whose tag is `tag`. What is not understood, several ranges among
/// it, asks for all, as HTTP allows.
pub fn asked(headers: &HeaderMap, length: u64, tag: &str) -> Asked {
    let unchanged = headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == tag.as_bytes());
    let range = headers.get(header::RANGE).filter(|_| unchanged).and_then(|value| value.to_str().ok());
    range.and_then(|text| parse(text, length)).unwrap_or(Asked::Whole)
}

fn parse(text: &str, length: u64) -> Option<Asked> {
    let (unit, spec) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (from, to) = spec.trim().split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let range = match (from, to) {
        ("", last) => length.saturating_sub(number(last)?)..length,
        (from, "") => number(from)?..length,
        (from, to) => {
            let (from, to): (u64, u64) = (number(from)?, number(to)?);
            if to < from {
                return None;
            }
            from..to.saturating_add(1).min(length)
        }
    };
    Some(if range.start < range.end { Asked::Part(range) } else { Asked::Beyond })
}

/// The range that is asked for, or the refusal of one that is not there.
pub fn range(asked: &Asked, length: u64) -> Result<Range<u64>, ApiError> {
    match asked {
        Asked::Whole => Ok(0..length),
        Asked::Part(range) => Ok(range.clone()),
        Asked::Beyond => {
            let message = format!("there are {length} bytes");
            Err(ApiError::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", message)
                .of_length(length))
        }
    }
}

/// An answer with what was asked for.
pub fn respond(asked: &Asked, length: u64, tag: &str, body: Body) -> Response {
    let (status, sent) = match asked {
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range.end - range.start),
        _ => (StatusCode::OK, length),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Asked::Part(range) = asked {
        let last = range.end.saturating_sub(1);
        if let Ok(value) = HeaderValue::from_str(&format!("bytes {}-{last}/{length}", range.start)) {
            headers.insert(header::CONTENT_RANGE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, if_range: Option<&str>) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(header::IF_RANGE, tag.parse().unwrap());
        }
        asked(&headers, 100, "\"tag\"")
    }

    #[test]
    fn ranges_should_be_read_as_http_has_them() {
        for (text, expected) in [
            ("bytes=0-", Asked::Part(0..100)),
            ("bytes=10-19", Asked::Part(10..20)),
            ("Bytes = 99-99", Asked::Part(99..100)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=100-200", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=20-10", Asked::Whole),
            ("bytes=1-2,5-6", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("chunks=1-2", Asked::Whole),
            ("bytes=99999999999999999999-", Asked::Whole),
        ] {
            assert_eq!(of(text, None), expected, "{text}");
        }
    }

    #[test]
    fn part_of_another_copy_should_not_be_given() {
        assert_eq!(of("bytes=10-19", Some("\"tag\"")), Asked::Part(10..20));
        assert_eq!(of("bytes=10-19", Some("\"other\"")), Asked::Whole);
        assert_eq!(asked(&HeaderMap::new(), 100, "\"tag\""), Asked::Whole);
    }
}
