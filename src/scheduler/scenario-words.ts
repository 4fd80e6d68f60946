/** What stands behind the name in a script's line: 'key=value' words, and lists and pairs in their values. */
export type Words = Readonly<Record<string, string>>;

export const list = (text: string | undefined): string[] => (text ? text.split(',') : []);

export function pairs(text: string | undefined): Record<string, string> {
  return Object.fromEntries(
    list(text).map(pair => {
      const colon = pair.indexOf(':');
      return [pair.slice(0, colon), pair.slice(colon + 1)];
    }),
  );
}
