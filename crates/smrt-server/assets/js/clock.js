// Times in the zone of a channel, which is rarely the zone of the browser.

const offsetForm = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})$/;

/** Minutes east of Greenwich for a fixed offset, or null for a named zone. */
function fixedOffset(zone) {
  if (zone === "UTC" || zone === "Z") return 0;
  const match = offsetForm.exec(zone);
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : null;
}

/**
 * Formats epoch seconds in a zone: an IANA name or a fixed offset such as `+10:00`. An unknown zone counts as UTC.
 * @param {string} zone
 */
export function clock(zone) {
  const offset = fixedOffset(zone);
  let parts = null;
  if (offset === null) {
    try {
      parts = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
      });
    } catch {
      // A name this browser does not know.
    }
  }

  /** A date whose UTC fields are the civil ones of the zone. */
  const civil = (seconds) => {
    if (!parts) return new Date((seconds + (offset ?? 0) * 60) * 1000);
    const f = Object.fromEntries(parts.formatToParts(seconds * 1000).map((p) => [p.type, Number(p.value)]));
    return new Date(Date.UTC(f.year, f.month - 1, f.day, f.hour, f.minute, f.second));
  };

  const date = (seconds) => civil(seconds).toISOString().slice(0, 10);
  const minute = (seconds) => civil(seconds).toISOString().slice(11, 16);
  return {
    zone,
    date,
    minute,
    /** `2024-03-31 07:30` */
    stamp: (seconds) => `${date(seconds)} ${minute(seconds)}`,
    /** `07:30–08:00`; say the offset with it, or the two hours of a clock set back look alike. */
    span: (seconds, length) => `${minute(seconds)}–${minute(seconds + length)}`,
    /** How far the zone is from UTC at that time, as `+02:00`. */
    offset: (seconds) => {
      const minutes = Math.round((civil(seconds) / 1000 - seconds) / 60);
      const size = Math.abs(minutes);
      return `${minutes < 0 ? "−" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
    },
    /** What uPlot wants: a date whose *local* fields are the civil ones of the zone. */
    chartDate: (seconds) => {
      const c = civil(seconds);
      return new Date(c.getUTCFullYear(), c.getUTCMonth(), c.getUTCDate(), c.getUTCHours(), c.getUTCMinutes(), c.getUTCSeconds());
    },
  };
}

/** RFC 3339 in UTC, to the second. */
export function rfc3339(seconds) {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The day after, as `YYYY-MM-DD`. */
export function nextDate(date) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
