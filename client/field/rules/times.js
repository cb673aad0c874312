// Times and days of Asia/Shanghai. The zone is +08:00 at every moment: so the server reads all years, also those of the
// former daylight saving.

const offset = 8 * 3600 * 1000;

const least = utc(1, 1, 1) - offset; // the years 1 to 9999 of Shanghai
const most = utc(10000, 1, 1) - offset - 1;

/**
 * A day's first moment in UTC; Date.UTC reads years below 100 as others.
 * @param {number} y @param {number} m @param {number} d
 */
function utc(y, m, d) {
  return new Date(0).setUTCFullYear(y, m - 1, d);
}

/** @param {number} y @param {number} m @param {number} d */
function isDate(y, m, d) {
  return m >= 1 && m <= 12 && d >= 1 && d <= new Date(utc(y, m + 1, 0)).getUTCDate();
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads RFC 3339 with an offset into Unix ms; digits beyond milliseconds are cut off.
 * @param {string} text
 * @returns {bigint | null}
 */
export function parseTime(text) {
  const found = rfc3339.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(found[9] ?? 0), Number(found[10] ?? 0)];
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return null;
  const milli = Number((found[7] ?? "").padEnd(3, "0").slice(0, 3));
  const zone = (found[8] === "-" ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60000;
  const ms = utc(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + milli - zone;
  return ms >= least && ms <= most ? BigInt(ms) : null;
}

/**
 * Reads 2006-01-02 into yyyymmdd.
 * @param {string} text
 * @returns {bigint | null}
 */
export function parseDay(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!found) return null;
  const [y, m, d] = found.slice(1).map(Number);
  return y >= 1 && isDate(y, m, d) ? BigInt(y * 10000 + m * 100 + d) : null;
}

/**
 * The day in Shanghai of a time in Unix ms, as yyyymmdd; null beyond the years of times.
 * @param {bigint} ms
 * @returns {bigint | null}
 */
export function dayOf(ms) {
  if (ms < BigInt(least) || ms > BigInt(most)) return null;
  const at = new Date(Number(ms) + offset);
  return BigInt(at.getUTCFullYear() * 10000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate());
}

/**
 * The year of a day (yyyymmdd), or of a time in Shanghai. A number in the form of a day is a day.
 * @param {bigint} n
 * @returns {bigint | null}
 */
export function yearOf(n) {
  const day = isDay(n) ? n : dayOf(n);
  return day === null ? null : day / 10000n;
}

/** @param {bigint} n */
function isDay(n) {
  return n >= 10101n && n <= 99991231n && isDate(Number(n / 10000n), Number((n / 100n) % 100n), Number(n % 100n));
}

/**
 * Writes a time as lines do: at +08:00, with milliseconds only if not 0.
 * @param {bigint} ms
 */
export function formatTime(ms) {
  const text = new Date(Number(ms) + offset).toISOString();
  return (ms % 1000n === 0n ? text.slice(0, 19) : text.slice(0, 23)) + "+08:00";
}

/**
 * Writes yyyymmdd as 2006-01-02.
 * @param {bigint} day
 */
export function formatDay(day) {
  const text = day.toString().padStart(8, "0");
  return `${text.slice(0, -4)}-${text.slice(-4, -2)}-${text.slice(-2)}`;
}
