//! Test kit: DNS messages byte by byte.

/// A question for `name` of this type with one record of each of `answers`.
pub(crate) fn response(name: &str, kind: u16, answers: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(answers.len()).unwrap();
    let mut message = vec![0x12, 0x34, 0x81, 0x80, 0, 1]; // identifier; QR, RD, RA; one question
    message.extend(count.to_be_bytes());
    message.extend([0, 0, 0, 0]); // no authority, no additional record
    message.extend(labels(name));
    message.extend(kind.to_be_bytes());
    message.extend([0, 1]); // IN
    message.extend(answers.concat());
    message
}

/// A name without compression.
pub(crate) fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// A record whose owner is these bytes.
pub(crate) fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = owner.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]); // IN, 60 s
    bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(data);
    bytes
}

/// `name IN A ip`.
pub(crate) fn a(name: &str, ip: [u8; 4]) -> Vec<u8> {
    record(&labels(name), 1, &ip)
}

/// `name IN CNAME target`.
pub(crate) fn cname(name: &str, target: &str) -> Vec<u8> {
    record(&labels(name), 5, &labels(target))
}

/// `name IN HTTPS priority target` with these parameters (key and value, in order of keys).
pub(crate) fn https(name: &str, priority: u16, target: &str, params: &[(u16, &[u8])]) -> Vec<u8> {
    let mut data = priority.to_be_bytes().to_vec();
    data.extend(labels(target));
    for (key, value) in params {
        data.extend(key.to_be_bytes());
        data.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        data.extend(*value);
    }
    record(&labels(name), 65, &data)
}
