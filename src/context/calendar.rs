//! Days that stand where a name could: "4 October: …".

/// The names of months in several languages, as they stand beside a day.
const MONTHS: &str = "\
    january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec \
    januar jänner februar feber märz mai juni juli oktober dezember okt dez \
    janvier février mars avril juin juillet août septembre octobre novembre décembre \
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre \
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro \
    januari februari maart mei augustus augusti marts maj desember \
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października \
    listopada grudnia ledna února března dubna května června července srpna září října \
    listopadu prosince января февраля марта апреля мая июня июля августа сентября октября \
    ноября декабря ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık";

/// What stands before a day or between its parts.
const LINKS: [&str; 12] = [
    "am", "de", "del", "den", "di", "do", "el", "il", "le", "of", "on", "the",
];

/// Whether a text is nothing but a day of a month: "4 octubre", "October 4th, 2026".
pub fn is_day(text: &str) -> bool {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let (mut days, mut months) = (0, 0);
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let letters = word[digits..].chars().count();
        let is_month = || {
            let lower = word.to_lowercase();
            MONTHS.split_whitespace().any(|month| month == lower)
        };
        match digits {
            // "4th", "2026"
            1..=4 if letters <= 2 => days += 1,
            0 if is_month() => months += 1,
            0 if LINKS.contains(&word.to_lowercase().as_str()) => {}
            _ => return false,
        }
    }
    days > 0 && months == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_number_and_a_month() {
        for day in [
            "4 ottobre",
            "4. Oktober",
            "October 4th, 2026",
            "el 4 de octubre",
        ] {
            assert!(is_day(day), "{day}");
        }
        for name in [
            "ottobre",
            "4",
            "2 accounts",
            "key 4 mar",
            "token 2",
            "4 settings",
            "",
        ] {
            assert!(!is_day(name), "{name}");
        }
    }
}
