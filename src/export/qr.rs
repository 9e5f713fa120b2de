//! A QR code as one path of an SVG, each module one unit wide.

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

use super::WebAddress;

/// The light border that a reader needs, in modules.
const QUIET: usize = 4;

/// How wide the code is, border and all, and the path of its dark modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Qr {
    pub(super) width: usize,
    pub(super) path: String,
}

impl Qr {
    /// Fails only for what is longer than any [`WebAddress`].
    pub(super) fn of(address: &WebAddress) -> Result<Qr, QrError> {
        let code = QrCode::with_error_correction_level(address.as_str(), EcLevel::M)?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in (QUIET..).zip(code.to_colors().chunks(width.max(1))) {
            let mut x = QUIET;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&Color::Dark) {
                    path.push_str(&format!("M{x} {y}h{0}v1h-{0}z", run.len()));
                }
                x = x.saturating_add(run.len());
            }
        }
        Ok(Qr { width: width.saturating_add(QUIET.saturating_mul(2)), path })
    }
}
