import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ambiguityOf } from './ambiguity.ts';
import { regExpLiterals } from './regexp-literals.ts';
import { root, sourceFiles } from './sources.ts';

/** Where the text is the user's own: there a matcher may take the square of its length. */
const local = /^src\/(?:cli|why)\//;

/** Expressions that read a text in many ways and are quick all the same, with why. */
const accepted: readonly (readonly [file: string, pattern: RegExp, why: string])[] = [
  ['src/api/core/pod/validate-env.ts', /^(?=.*'\]$)(.+?)\['(.*)'\]$/s, 'looks for the end first'],
  ['src/api/schemas.ts', /^ (\S+) (\S+) (\S+) ?(.*)$/, 'reads our own facts'],
  [
    'src/apiserver/proxy/rewrite-html.ts',
    /<([a-zA-Z][a-zA-Z0-9]*)([^'">]*(?:(?:"[^"]*"|'[^']*')[^'">]*)*)(>?)/g,
    'takes whatever follows a name',
  ],
  [
    'src/apiserver/proxy/rewrite-location.ts',
    /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is,
    'takes every text',
  ],
  [
    'src/machinery/quantity.ts',
    /^([+-]?)0*(?!0)([0-9]*)(?![0-9])(?:\.([0-9]*)(?![0-9]))?([eEinumkKMGTP]*[-+]?[0-9]*)$/,
    'each part looks ahead for its end',
  ],
  ['src/machinery/selectors.ts', /^(.*?)(!=|==|=)(.*)$/s, 'takes every text that has an operator'],
];

/** Expressions over which a matcher may take too long, one line each. */
export function checkPatterns(): string[] {
  const files = sourceFiles().filter(file => /^src\/(?!.*(?:\/generated\/|\.test\.ts$))/.test(file));
  const unused = new Set(accepted);
  const problems = files.flatMap(file => checkFile(file, unused));
  return [
    ...problems,
    ...[...unused].map(([file, pattern]) => `${file}: accepted, and not there: ${pattern}`),
  ];
}

function checkFile(file: string, unused: Set<(typeof accepted)[number]>): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return regExpLiterals(source).flatMap(({ text, line }) => {
    const end = text.lastIndexOf('/');
    const ambiguity = ambiguityOf(text.slice(1, end), text.slice(end + 1));
    if (ambiguity === 'none' || (ambiguity === 'polynomial' && local.test(file))) return [];
    const entry = accepted.find(([where, pattern]) => where === file && String(pattern) === text);
    if (!entry) return [`${file}:${line}: ${text} may take ${ambiguity} time: it reads a text in many ways`];
    unused.delete(entry);
    return [];
  });
}
