//! What a NEM12 file needs and other formats do not state.

use smrt_core::{Flag, Quality};
use smrt_ingest::convert::Nem12Options;

/// Options of --to nem12
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Options of --to nem12")]
pub(super) struct MarketArgs {
    /// The NMI of a meter; may be repeated [default: the meter, with zeros before it]
    #[arg(long = "nmi", value_name = "METER=NMI", value_parser = a_pair)]
    nmis: Vec<(String, String)>,
    /// The suffix of a channel; may be repeated [default: the channel]
    #[arg(long = "suffix", value_name = "CHANNEL=SUFFIX", value_parser = a_pair)]
    suffixes: Vec<(String, String)>,
    /// The quality of readings that state none, such as A or S14
    #[arg(long, value_name = "QUALITY", value_parser = a_quality)]
    assume_quality: Option<Quality>,
    /// The participant who sends the file [default: SMRT]
    #[arg(long, value_name = "NAME")]
    sender: Option<String>,
    /// The participant who gets it [default: SMRT]
    #[arg(long, value_name = "NAME")]
    recipient: Option<String>,
}

impl MarketArgs {
    /// Whether any of them was given.
    pub(super) fn are_given(&self) -> bool {
        let Self { nmis, suffixes, assume_quality, sender, recipient } = self;
        !nmis.is_empty() || !suffixes.is_empty() || assume_quality.is_some() || sender.is_some() || recipient.is_some()
    }

    /// As the library takes them.
    pub(super) fn options(&self) -> Nem12Options {
        let participant = |name: &Option<String>| name.clone().unwrap_or_else(|| "SMRT".to_owned());
        Nem12Options {
            nmis: self.nmis.iter().cloned().collect(),
            suffixes: self.suffixes.iter().cloned().collect(),
            quality: self.assume_quality,
            from: participant(&self.sender),
            to: participant(&self.recipient),
        }
    }
}

/// Two texts with `=` between them; the last one counts, as the first may be any text.
fn a_pair(text: &str) -> Result<(String, String), String> {
    let pair = text.rsplit_once('=').filter(|(_, right)| !right.is_empty());
    pair.map(|(left, right)| (left.to_owned(), right.to_owned()))
        .ok_or_else(|| format!("expected two names with = between them, found {text:?}"))
}

/// A quality that a market file can state of a value.
fn a_quality(text: &str) -> Result<Quality, String> {
    let flags = [Flag::Actual, Flag::Estimated, Flag::Substituted, Flag::Final];
    let all = flags.into_iter().flat_map(|flag| (0..=99).map(move |method| Quality { flag, method }));
    let fits = |quality: &Quality| (quality.flag == Flag::Actual) == (quality.method == 0);
    all.filter(fits)
        .find(|quality| quality.to_string() == text)
        .ok_or_else(|| format!("expected A, or E, S or F with a method of two digits, found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_qualities_are_read() {
        assert_eq!(a_pair("Export Wh Total=E1"), Ok(("Export Wh Total".into(), "E1".into())));
        assert_eq!(a_pair("=E1"), Ok((String::new(), "E1".into())));
        assert!(a_pair("E1").is_err() && a_pair("E1=").is_err());
        assert_eq!(a_quality("S14"), Ok(Quality { flag: Flag::Substituted, method: 14 }));
        assert_eq!(a_quality("A"), Ok(Quality { flag: Flag::Actual, method: 0 }));
        assert!(["S", "A1", "N", "V", "unstated", ""].iter().all(|text| a_quality(text).is_err()));
    }
}
