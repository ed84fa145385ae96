//! Units of measure: one spelling for each, and what may be done with their quantities.

use std::borrow::Cow;

/// Units that are kept as they are, in their canonical spelling.
const UNITS: [&str; 17] =
    ["m3", "kWh", "Wh", "kVArh", "VArh", "kVAh", "VAh", "kVAr", "VAr", "kW", "W", "kVA", "VA", "kV", "V", "A", "pf"];

/// Mega-units and the kilo-units that they are kept in.
const MEGA: [(&str, &str); 6] =
    [("MWh", "kWh"), ("MVArh", "kVArh"), ("MVAh", "kVAh"), ("MVAr", "kVAr"), ("MW", "kW"), ("MVA", "kVA")];

/// A sender's unit, told apart from its spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The canonical spelling of the unit that quantities are kept in; an unknown unit stays as it is written.
    pub name: Cow<'static, str>,
    /// Whether the sender's unit is a thousand of it: its quantities are multiplied on the way in, exactly.
    pub is_mega: bool,
}

impl Unit {
    /// The unit that a sender means, whatever the case of its letters. Nothing but mega-units is converted.
    ///
    /// ```
    /// use smrt_core::Unit;
    /// assert_eq!(Unit::of_sender("KWH").name, "kWh");
    /// assert_eq!(Unit::of_sender("mwh"), Unit { name: "kWh".into(), is_mega: true });
    /// assert_eq!(Unit::of_sender("m3").name, "m3");
    /// ```
    pub fn of_sender(text: &str) -> Self {
        let alike = |name: &&str| name.eq_ignore_ascii_case(text);
        let mega = MEGA.iter().find(|(name, _)| alike(name));
        if let Some((_, kilo)) = mega {
            return Self { name: Cow::Borrowed(kilo), is_mega: true };
        }
        let name = match UNITS.iter().copied().find(alike) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(text.to_owned()),
        };
        Self { name, is_mega: false }
    }

    /// Whether quantities of this canonical unit add up over time: energy and volume do, and so do quantities without a
    /// unit, which the gas meters' files have. Of a unit that is not known to add up no sum is made: those of voltages,
    /// phase angles or powers mean nothing.
    ///
    /// ```
    /// use smrt_core::Unit;
    /// assert!(Unit::adds_up("kWh") && !Unit::adds_up("deg"));
    /// ```
    pub fn adds_up(name: &str) -> bool {
        name.is_empty() || name == "m3" || (name.ends_with('h') && UNITS.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_and_nothing_else() {
        for (written, name, is_mega) in [
            ("kwh", "kWh", false),
            ("KVARH", "kVArh", false),
            ("kvar", "kVAr", false),
            ("WH", "Wh", false),
            ("MVARH", "kVArh", true),
            ("mvar", "kVAr", true),
            ("M3", "m3", false),
            ("deg", "deg", false),
            ("", "", false),
        ] {
            let unit = Unit::of_sender(written);
            assert_eq!((unit.name.as_ref(), unit.is_mega), (name, is_mega), "{written}");
        }
    }

    #[test]
    fn only_energy_volume_and_what_has_no_unit_add_up() {
        for unit in ["", "m3", "kWh", "Wh", "kVArh", "VArh", "kVAh", "VAh"] {
            assert!(Unit::adds_up(unit), "{unit}");
        }
        for unit in ["V", "A", "kVAr", "kW", "pf", "deg", "Hz", "km/h", "C", "unknown"] {
            assert!(!Unit::adds_up(unit), "{unit}");
        }
    }
}
