import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, sourceFiles } from './sources.ts';

/** What must not be left lying about, with why. */
const clutter: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TODO|FIXME|XXX|HACK)\b/, 'finish it or say it in an issue'],
  [/\bdescribe\.only\(|\btest\.only\(|\bit\.only\(/, 'runs one test alone'],
  [/\bdebugger;/, 'left from debugging'],
];
const linesMax = 600;

/** Files that are too long, clutter, and files that nothing imports; one line each. */
export function checkTidy(): string[] {
  const files = sourceFiles().filter(
    file => !file.includes('/generated/') && !file.startsWith('tools/check-tidy'),
  );
  return [...files.flatMap(checkFile), ...deadFiles()];
}

function checkFile(file: string): string[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const problems = lines.flatMap((line, i) =>
    clutter
      .filter(([pattern, why]) => why !== '' && pattern.test(line))
      .map(([, why]) => `${file}:${i + 1}: ${line.trim()} (${why})`),
  );
  if (lines.length > linesMax)
    problems.push(`${file}: ${lines.length} lines (at most ${linesMax}): it is two things, or a table`);
  return problems;
}

/** Entry points that the launcher, package.json or a worker names rather than an import. */
const roots =
  /^(?:tools|bench|sim|test|examples)\/|^src\/main\/(?:bin|index|daemon)\.ts$|\.test\.ts$|\.conformance\.ts$|\/generated\//;

function deadFiles(): string[] {
  const all = sourceFiles();
  const texts = all.map(file => readFileSync(join(root, file), 'utf8'));
  const mentioned = new Set<string>();
  for (const text of texts) {
    for (const match of text.matchAll(/['"]([^'"\n]+\.ts)['"]/g)) mentioned.add(match[1]!.split('/').pop()!);
  }
  return all
    .filter(file => !roots.test(file) && !mentioned.has(file.split('/').pop()!))
    .map(file => `${file}: nothing imports it`);
}
