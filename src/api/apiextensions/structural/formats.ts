import { parseDuration } from '#machinery/go-values.ts';
import { parseCidrSloppy, parseIp, parseIpSloppy } from '#machinery/ip.ts';

/** Formats of strings that are checked, by their name without dashes; others are taken for no format at all. */
const stringFormats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matcher(/^[0-9a-fA-F]{24}$/),
  byte: matcher(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  cidr: text => parseCidrSloppy(text) !== undefined,
  creditcard: isCreditCard,
  date: isDate,
  datetime: isDateTime,
  duration: isDuration,
  email: isEmail,
  hexcolor: matcher(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  hostname: isHostname,
  ipv4: text => text.includes('.') && parseIpSloppy(text) !== undefined,
  ipv6: text => text.includes(':') && parseIp(text) !== undefined,
  isbn: text => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  k8slongname: text =>
    text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text),
  k8sshortname: text => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  mac: isMac,
  password: () => true,
  rgbcolor: isRgbColor,
  ssn: text => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: isRequestUri,
  uuid: uuid(''),
  uuid3: uuid('3'),
  uuid4: uuid('4'),
  uuid5: uuid('5'),
};

/** Whether a format says something of values of the type ('' for any). */
export function isKnownFormat(format: string, type: string): boolean {
  if (type === 'integer') return format === 'int32' || format === 'int64';
  if (type === 'number') return format === 'float' || format === 'double';
  return (type === '' || type === 'string') && Object.hasOwn(stringFormats, format.replaceAll('-', ''));
}

/** True as well where the format is unknown. */
export function hasFormat(text: string, format: string): boolean {
  const name = format.replaceAll('-', '');
  return !Object.hasOwn(stringFormats, name) || stringFormats[name]!(text);
}

function matcher(pattern: RegExp): (text: string) => boolean {
  return text => pattern.test(text);
}

function uuid(version: string): (text: string) => boolean {
  const third = version === '' ? '[0-9a-f]{4}' : `${version}[0-9a-f]{3}`;
  const fourth = version === '4' || version === '5' ? '[89ab][0-9a-f]{3}' : '[0-9a-f]{4}';
  return matcher(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${third}-?${fourth}-?[0-9a-f]{12}$`, 'i'));
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date!)) return false;
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}

const durationUnits =
  /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** Go's durations, and Scala's ('3 days'). */
function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return [...text.matchAll(/(?<!\d)(\d+)\s*([A-Za-zµ]+)/g)].some(match => durationUnits.test(match[2]!));
  }
}

/** An address as RFC 5322 has it, alone or in brackets behind a name. */
function isEmail(text: string): boolean {
  const characters = "A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\u{10ffff}-";
  const atom = `[${characters}]+`;
  const quoted = '"(?:[^"\\\\\\r\\n]|\\\\.)*"';
  const address = `(?:${atom}(?:\\.${atom})*|${quoted})@(?:${atom}(?:\\.${atom})*|\\[[^\\[\\]\\\\]*\\])`;
  // There is one way to read each character, so that what is no address is told at once.
  const phrase = `(?:[.\\s${characters}]|${quoted})*`;
  return new RegExp(`^(?:\\s*${address}|${phrase}<${address}>)\\s*$`, 'u').test(text);
}

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;

function isHostname(text: string): boolean {
  return text.length <= 255 && text.split('.').every(label => label.length <= 63) && hostname.test(text);
}

function isMac(text: string): boolean {
  const byte = '[0-9a-fA-F]{2}';
  const counts = '(?:{5}|{7}|{19})';
  const pairs = (separator: string) =>
    counts.replaceAll(/\{(\d+)\}/g, (_, count: string) => `(?:${separator}${byte}){${count}}`);
  const quads = [2, 3, 9].map(count => `(?:\\.[0-9a-fA-F]{4}){${count}}`).join('|');
  const bare = [6, 8, 20].map(count => `(?:${byte}){${count}}`).join('|');
  const forms = [byte + pairs(':'), byte + pairs('-'), `[0-9a-fA-F]{4}(?:${quads})`, bare];
  return new RegExp(`^(?:${forms.join('|')})$`).test(text);
}

function isRgbColor(text: string): boolean {
  const part = '(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])';
  return new RegExp(`^rgb\\(\\s*${part}\\s*,\\s*${part}\\s*,\\s*${part}\\s*\\)$`).test(text);
}

/** An absolute URI or an absolute path (net/url's ParseRequestURI). */
function isRequestUri(text: string): boolean {
  if (text === '*') return true;
  const hasControls = [...text].some(char => char < ' ' || char === '\x7f');
  if (text === '' || hasControls || /%(?![0-9a-fA-F]{2})/.test(text)) return false;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text);
  const rest = text.slice(scheme ? scheme[0].length : 0);
  if (!rest.startsWith('/')) return scheme !== null;
  if (!rest.startsWith('//') || rest.startsWith('///')) return true;
  const authority = /^\/\/([^/?]*)/.exec(rest)![1]!;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return /^(?:\[[^[\]]*\]|[^[\]:\s<>"\\^`{|}]*)(?::\d*)?$/.test(host);
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  const known =
    /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
  if (!known.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const code = text.replace(/[\s-]+/g, '');
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(code)) return false;
  const sum = [...code].reduce((total, char, i) => total + (i + 1) * (char === 'X' ? 10 : Number(char)), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const code = text.replace(/[\s-]+/g, '');
  if (!/^[0-9]{13}$/.test(code)) return false;
  const sum = [...code.slice(0, 12)].reduce(
    (total, char, i) => total + (i % 2 === 0 ? 1 : 3) * Number(char),
    0,
  );
  return Number(code[12]) === (10 - (sum % 10)) % 10;
}
