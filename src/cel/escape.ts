/** Names of fields as CEL identifiers and back. */

const keywords = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return ' +
    'var void while'
  ).split(' '),
);

const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The identifier for a field, undefined where none can name it. */
export function escapeName(name: string): string | undefined {
  if (keywords.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[./-]/g, part => escapes[part]!);
}

/** Whether there is an escape in it. */
export function isEscaped(name: string): boolean {
  return /__[^_](?:_?[^_])*__/.test(name);
}

export function isKeyword(name: string): boolean {
  return keywords.has(name);
}
