//! An authenticator in software (ES256, attestation `none`), as far as the tests need one.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL64};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    user: Vec<u8>,
    counter: u32,
    pub origin: String,
}

const PRESENT_AND_VERIFIED: u8 = 0b0000_0101;
const ATTESTED: u8 = 0b0100_0000;

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        let key = SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap();
        Self { key, id: rand::random(), user: Vec::new(), counter: 0, origin: origin.into() }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string().into_bytes()
    }

    fn head(&mut self, rp: &str, flags: u8) -> Vec<u8> {
        self.counter += 1;
        [Sha256::digest(rp.as_bytes()).to_vec(), vec![flags], self.counter.to_be_bytes().to_vec()].concat()
    }

    /// `navigator.credentials.create`, as `toJSON` gives it.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        self.user = URL64.decode(options["publicKey"]["user"]["id"].as_str().unwrap()).unwrap();
        let client = self.client_data("webauthn.create", &options);
        let rp = options["publicKey"]["rp"]["id"].as_str().unwrap().to_owned();
        let point = self.key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        // COSE key: EC2, ES256, P-256, x, y.
        let cose = [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..], &point[1..33], &[0x22, 0x58, 0x20], &point[33..65]]
            .concat();
        let data = [self.head(&rp, PRESENT_AND_VERIFIED | ATTESTED), vec![0; 16], vec![0, 16], self.id.to_vec(), cose].concat();
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[u8::try_from(data.len()).unwrap()], &data].concat();
        json!({
            "id": URL64.encode(self.id), "rawId": URL64.encode(self.id), "type": "public-key", "clientExtensionResults": {},
            "response": { "clientDataJSON": URL64.encode(client), "attestationObject": URL64.encode(object), "transports": ["internal"] },
        })
        .to_string()
    }

    /// `navigator.credentials.get`, as `toJSON` gives it.
    pub fn get(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let client = self.client_data("webauthn.get", &options);
        let rp = options["publicKey"]["rpId"].as_str().unwrap().to_owned();
        let data = self.head(&rp, PRESENT_AND_VERIFIED);
        let signature: Signature = self.key.sign(&[data.as_slice(), &Sha256::digest(&client)].concat());
        json!({
            "id": URL64.encode(self.id), "rawId": URL64.encode(self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL64.encode(client), "authenticatorData": URL64.encode(data),
                "signature": URL64.encode(signature.to_der().as_bytes()), "userHandle": URL64.encode(&self.user),
            },
        })
        .to_string()
    }
}
