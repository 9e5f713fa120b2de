//! Keys that sign notes and checkpoints: Ed25519, and SM2 with the feature `sm`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek as ed25519;
use ed25519_dalek::Signer as _;

use super::note::{KeyName, NoteError, Signature, decoded};
use crate::value::Digest;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// SM2 with SM3 and the identity `1234567812345678` (GB/T 32918). Used with the feature `sm`.
    Sm2,
}

/// What a signature under a note states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Use {
    /// The text is mine: a log's checkpoint, a permit, a command.
    Sign,
    /// I have seen this checkpoint of the log at this time, and it continues all that I saw before (C2SP tlog-cosignature).
    Cosign,
}

/// A public key with its name. Written as a C2SP *vkey*: `name+id+base64`, which tells the use too.
///
/// ```
/// use sanzi::ledger::{PublicKey, Use};
/// let (key, of): (PublicKey, Use) = PublicKey::from_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")?;
/// assert_eq!((key.name().as_str(), of), ("example.com/foo", Use::Sign));
/// # Ok::<(), sanzi::ledger::KeyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    name: KeyName,
    scheme: Scheme,
    /// Ed25519: 32 bytes. SM2: 65 bytes, uncompressed.
    bytes: Vec<u8>,
}

/// What signs for a name: a [`SecretKey`], or your own for a key that stays in a device (UKey, HSM).
pub trait Signer: Send + Sync {
    /// The public key of what signs here.
    fn public(&self) -> &PublicKey;

    /// Signs some bytes: 64 bytes, for Ed25519 as in RFC 8032, for SM2 `r ‖ s`.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] where the device does not sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A private key in memory, wiped when dropped.
pub struct SecretKey {
    public: PublicKey,
    secret: Secret,
}

enum Secret {
    Ed25519(Box<ed25519::SigningKey>),
    #[cfg(feature = "sm")]
    Sm2(sm2::dsa::SigningKey),
}

/// Why a key or a signature cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not `name+id+base64`, or the id is not the key's.
    #[error("`{0}` is no public key: write it as `name+id+base64`, as the signer printed it")]
    Vkey(String),
    /// Bytes that are no key of this scheme.
    #[error("these bytes are no {0:?} key")]
    Bytes(Scheme),
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NoteError),
    /// The signature is not this key's, or is of another text.
    #[error("the signature of `{0}` does not belong to this text")]
    Wrong(KeyName),
    /// The device, or the system's source of random numbers, did not answer.
    #[error("cannot sign: {0}")]
    Unavailable(String),
    /// This build has no SM2.
    #[error("SM2 is not in this build: build it with the feature `sm`")]
    NotBuilt,
}

/// The identity that SM2 mixes into each digest, where nothing else was agreed (GB/T 35276).
#[cfg(feature = "sm")]
const IDENTITY: &str = "1234567812345678";

impl Scheme {
    /// What stands before the public key where a key's id is computed. Types that C2SP has no byte for start with `0xff`.
    const fn kind(self, of: Use) -> &'static [u8] {
        match (self, of) {
            (Scheme::Ed25519, Use::Sign) => &[0x01],
            (Scheme::Ed25519, Use::Cosign) => &[0x04],
            (Scheme::Sm2, Use::Sign) => b"\xffsanzi/sm2",
            (Scheme::Sm2, Use::Cosign) => b"\xffsanzi/sm2-cosignature",
        }
    }

    const KINDS: [(Scheme, Use); 4] =
        [(Scheme::Sm2, Use::Cosign), (Scheme::Sm2, Use::Sign), (Scheme::Ed25519, Use::Cosign), (Scheme::Ed25519, Use::Sign)];
}

impl PublicKey {
    /// A key from its bytes: for Ed25519 the 32 of RFC 8032, for SM2 the 65 of an uncompressed point.
    ///
    /// # Errors
    /// [`KeyError::Bytes`] where they are no such key, [`KeyError::NotBuilt`].
    pub fn new(name: KeyName, scheme: Scheme, bytes: &[u8]) -> Result<PublicKey, KeyError> {
        let key = PublicKey { name, scheme, bytes: bytes.to_vec() };
        match scheme {
            Scheme::Ed25519 => key.ed25519().map(drop)?,
            #[cfg(feature = "sm")]
            Scheme::Sm2 if bytes.len() == 65 => key.sm2().map(drop)?,
            #[cfg(not(feature = "sm"))]
            Scheme::Sm2 => return Err(KeyError::NotBuilt),
            #[cfg(feature = "sm")]
            Scheme::Sm2 => return Err(KeyError::Bytes(scheme)),
        }
        Ok(key)
    }

    /// Whose it is.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// How it signs.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its bytes, as [`PublicKey::new`] takes them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number by which a signature names this key: no proof of anything.
    pub fn id(&self, of: Use) -> u32 {
        let hash = Digest::of_parts(&[self.name.as_str().as_bytes(), b"\n", self.scheme.kind(of), &self.bytes]);
        hash.as_bytes().first_chunk().map_or(0, |id| u32::from_be_bytes(*id))
    }

    /// Written for a configuration file: `name+id+base64`.
    pub fn vkey(&self, of: Use) -> String {
        let coded = BASE64.encode(&[self.scheme.kind(of), &self.bytes].concat());
        format!("{}+{:08x}+{coded}", self.name, self.id(of))
    }

    /// Reads what [`PublicKey::vkey`] writes.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong.
    pub fn from_vkey(text: &str) -> Result<(PublicKey, Use), KeyError> {
        let wrong = || KeyError::Vkey(text.chars().take(160).collect());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(coded)) = (parts.next(), parts.next(), parts.next()) else { return Err(wrong()) };
        let decoded = decoded(coded).ok_or_else(wrong)?;
        let found = Scheme::KINDS.iter().find_map(|&(scheme, of)| Some((scheme, of, decoded.strip_prefix(scheme.kind(of))?)));
        let (scheme, of, bytes) = found.ok_or_else(wrong)?;
        let key = PublicKey::new(KeyName::new(name)?, scheme, bytes)?;
        if id == HEXLOWER.encode(&key.id(of).to_be_bytes()) { Ok((key, of)) } else { Err(wrong()) }
    }

    /// The key for OpenSSL and everything else that reads a `PUBLIC KEY` in PEM (RFC 7468).
    pub fn pem(&self) -> String {
        // SubjectPublicKeyInfo has a fixed length for each scheme, so all before the key is constant.
        const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        const SM2: &[u8] = &[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01,
            0x82, 0x2d, 0x03, 0x42, 0x00,
        ];
        let head = match self.scheme {
            Scheme::Ed25519 => ED25519,
            Scheme::Sm2 => SM2,
        };
        let coded = BASE64.encode(&[head, &self.bytes].concat());
        let lines: Vec<&str> = coded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Whether a signature line names this key for this use.
    pub fn is_named_by(&self, signature: &Signature, of: Use) -> bool {
        signature.name == self.name && signature.key_id == self.id(of)
    }

    /// Checks a plain signature under a text.
    ///
    /// # Errors
    /// [`KeyError::Wrong`].
    pub fn verify(&self, text: &str, signature: &Signature) -> Result<(), KeyError> {
        if !self.is_named_by(signature, Use::Sign) {
            return Err(KeyError::Wrong(self.name.clone()));
        }
        self.verify_bytes(text.as_bytes(), &signature.bytes)
    }

    /// Checks a cosignature under a checkpoint's text, and returns when it was given.
    ///
    /// # Errors
    /// [`KeyError::Wrong`].
    pub fn verify_cosignature(&self, text: &str, signature: &Signature) -> Result<DateTime<Utc>, KeyError> {
        let wrong = || KeyError::Wrong(self.name.clone());
        if !self.is_named_by(signature, Use::Cosign) {
            return Err(wrong());
        }
        let (seconds, bytes) = signature.bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
        let seconds = u64::from_be_bytes(*seconds);
        let at = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(wrong)?;
        self.verify_bytes(cosigned(seconds, text).as_bytes(), bytes)?;
        Ok(at)
    }

    fn verify_bytes(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let wrong = || KeyError::Wrong(self.name.clone());
        match self.scheme {
            Scheme::Ed25519 => {
                let signature = ed25519::Signature::from_slice(signature).map_err(|_| wrong())?;
                self.ed25519()?.verify_strict(message, &signature).map_err(|_| wrong())
            }
            #[cfg(feature = "sm")]
            Scheme::Sm2 => {
                use sm2::dsa::signature::Verifier as _;
                let signature = sm2::dsa::Signature::from_slice(signature).map_err(|_| wrong())?;
                self.sm2()?.verify(message, &signature).map_err(|_| wrong())
            }
            #[cfg(not(feature = "sm"))]
            Scheme::Sm2 => Err(KeyError::NotBuilt),
        }
    }

    fn ed25519(&self) -> Result<ed25519::VerifyingKey, KeyError> {
        let refuse = KeyError::Bytes(Scheme::Ed25519);
        let Ok(bytes) = <&[u8; 32]>::try_from(self.bytes.as_slice()) else { return Err(refuse) };
        ed25519::VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()).ok_or(refuse)
    }

    #[cfg(feature = "sm")]
    fn sm2(&self) -> Result<sm2::dsa::VerifyingKey, KeyError> {
        sm2::dsa::VerifyingKey::from_sec1_bytes(IDENTITY, &self.bytes).map_err(|_| KeyError::Bytes(Scheme::Sm2))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        PublicKey::from_vkey(text).map(|(key, _)| key)
    }
}

/// The message of a cosignature, by C2SP tlog-cosignature.
fn cosigned(seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// Signs a text.
///
/// # Errors
/// As [`Signer::sign`].
pub fn sign(signer: &(impl Signer + ?Sized), text: &str) -> Result<Signature, KeyError> {
    let public = signer.public();
    Ok(Signature { name: public.name.clone(), key_id: public.id(Use::Sign), bytes: signer.sign(text.as_bytes())? })
}

/// Signs that a checkpoint was seen at this time. A witness calls it through [`Witness`](super::Witness), which looks first.
pub(super) fn cosign(signer: &(impl Signer + ?Sized), text: &str, at: DateTime<Utc>) -> Result<Signature, KeyError> {
    let public = signer.public();
    let seconds = u64::try_from(at.timestamp()).map_err(|_| KeyError::Unavailable(format!("{at} is before 1970")))?;
    let mut bytes = seconds.to_be_bytes().to_vec();
    bytes.extend(signer.sign(cosigned(seconds, text).as_bytes())?);
    Ok(Signature { name: public.name.clone(), key_id: public.id(Use::Cosign), bytes })
}

impl SecretKey {
    /// A new key from the system's random numbers.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`] where there are none, [`KeyError::NotBuilt`].
    pub fn generate(name: KeyName, scheme: Scheme) -> Result<SecretKey, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Unavailable(error.to_string()))?;
        SecretKey::from_seed(name, scheme, seed)
    }

    /// The key of 32 secret bytes: an Ed25519 seed, or SM2's number.
    ///
    /// # Errors
    /// [`KeyError::Bytes`] where SM2's number is zero or too large, [`KeyError::NotBuilt`].
    pub fn from_seed(name: KeyName, scheme: Scheme, seed: [u8; 32]) -> Result<SecretKey, KeyError> {
        match scheme {
            Scheme::Ed25519 => {
                let key = ed25519::SigningKey::from_bytes(&seed);
                let public = PublicKey::new(name, scheme, key.verifying_key().as_bytes())?;
                Ok(SecretKey { public, secret: Secret::Ed25519(Box::new(key)) })
            }
            #[cfg(feature = "sm")]
            Scheme::Sm2 => {
                let key = sm2::dsa::SigningKey::from_slice(IDENTITY, &seed).map_err(|_| KeyError::Bytes(scheme))?;
                let public = PublicKey::new(name, scheme, &key.verifying_key().to_sec1_bytes())?;
                Ok(SecretKey { public, secret: Secret::Sm2(key) })
            }
            #[cfg(not(feature = "sm"))]
            Scheme::Sm2 => Err(KeyError::NotBuilt),
        }
    }
}

impl Signer for SecretKey {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.secret {
            Secret::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            #[cfg(feature = "sm")]
            Secret::Sm2(key) => {
                use sm2::dsa::signature::Signer as _;
                let signature: sm2::dsa::Signature = key.try_sign(message).map_err(|error| KeyError::Unavailable(error.to_string()))?;
                Ok(signature.to_vec())
            }
        }
    }
}

/// The public half only.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public.vkey(Use::Sign))
    }
}
