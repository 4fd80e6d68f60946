/** A boolean of a query as upstream reads it: whatever is there and does not say no, so also True and nothing at all. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** What a pair of a query has in it that Go's parser throws away, without a word: semicolons, and escapes that are none. */
const unreadable = /;|%(?![0-9a-f]{2})/i;

/** A URL's query as upstream reads it. */
export function parseQuery(text: string): URLSearchParams {
  if (!unreadable.test(text)) return new URLSearchParams(text);
  const pairs = text.split('&').filter(pair => !unreadable.test(pair));
  return new URLSearchParams(pairs.join('&'));
}
