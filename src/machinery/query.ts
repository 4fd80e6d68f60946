/** A boolean of a query as upstream reads it: whatever is there and does not say no, so also True and nothing at all. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** What a pair of a query has in it that Go's parser throws away, without a word: semicolons, and escapes that are none. */
const unreadable = /;|%(?![0-9a-f]{2})/i;

/** Go's urlmaxqueryparams. */
const pairsMax = 10_000;

/** Whether a URL's query says more than Go's parser reads. */
export function isQueryTooLong(text: string): boolean {
  let pairs = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) pairs++;
  return pairs > pairsMax;
}

/** A URL's query as upstream reads it; nothing of one that is too long. */
export function parseQuery(text: string): URLSearchParams {
  if (text.length > pairsMax && isQueryTooLong(text)) return new URLSearchParams();
  if (!unreadable.test(text)) return new URLSearchParams(text);
  const pairs = text.split('&').filter(pair => !unreadable.test(pair));
  return new URLSearchParams(pairs.join('&'));
}
