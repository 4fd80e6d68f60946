/** A boolean of a query as upstream reads it: whatever is there and does not say no, so also True and nothing at all. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
