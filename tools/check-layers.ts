import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Layer, bans, layers } from './layers.ts';
import { root, sourceFiles } from './sources.ts';

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

/** Every breach of the layer table and of the bans, and every circle of imports, one line each; empty when all is well. */
export function checkLayers(files: readonly string[] = sourceFiles()): string[] {
  const importsOf = new Map<string, readonly string[]>();
  const problems = files.flatMap(file => {
    const layer = layerOf(file);
    if (!layer) return [`${file}: no rule in tools/layers.ts names this file`];
    const text = readFileSync(join(root, file), 'utf8');
    importsOf.set(file, importedFiles(file, text));
    return [...checkImports(file, layer, text), ...checkBans(file, layer, text)];
  });
  return [...problems, ...circles(importsOf)];
}

function targetsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].map(match => match[1] ?? match[2] ?? match[3]!);
}

/** The project's own files that a file imports, types too. */
function importedFiles(file: string, text: string): string[] {
  return targetsOf(text).flatMap(target => {
    if (target.startsWith('.')) return [normalize(join(dirname(file), target))];
    if (!target.startsWith('#')) return [];
    const path = target.slice(1);
    return [outside.has(path.split('/')[0]!) ? path : `src/${path}`];
  });
}

/** Rooms beside src/. */
const outside = new Set(['sim', 'test', 'tools']);

/** Files that import each other in a circle, one line for each circle that a walk of all imports closes. */
function circles(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push(`imports run in a circle: ${[...way.slice(at), file].join(' -> ')}`);
    if (at >= 0 || done.has(file)) return;
    way.push(file);
    for (const target of importsOf.get(file) ?? []) visit(target);
    way.pop();
    done.add(file);
  };
  for (const file of importsOf.keys()) visit(file);
  return found;
}

function layerOf(file: string): Layer | undefined {
  return layers
    .filter(layer => file === layer.path || file.startsWith(`${layer.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** 'store' for src/store/x.ts, 'sim' for sim/x.ts. */
function roomOf(file: string): string {
  const parts = file.split('/');
  return parts[0] === 'src' ? parts[1]! : parts[0]!;
}

/** Tests, and what only tests import. */
const testPattern = /\.(?:test|conformance)\.ts$|\/testing\/|\/(?:testing|test-[a-z-]+)\.ts$/;

function checkImports(file: string, layer: Layer, text: string): string[] {
  const problems: string[] = [];
  const own = roomOf(file);
  for (const target of targetsOf(text)) {
    const why = importProblem(file, own, layer, target);
    if (why) problems.push(`${file}: imports ${target}: ${why}`);
  }
  return problems;
}

function importProblem(file: string, own: string, layer: Layer, target: string): string | undefined {
  const isTest = testPattern.test(file);
  if (target.startsWith('.')) {
    const path = normalize(join(dirname(file), target));
    return roomOf(path) === own ? undefined : 'a relative import leaves its room';
  }
  if (target.startsWith('#')) {
    const room = target.slice(1, target.indexOf('/'));
    if (room === own || layer.rooms.includes('*') || layer.rooms.includes(room) || isTest) return undefined;
    return `${own} may not import ${room}`;
  }
  if (target.startsWith('node:')) {
    return isTest || layer.adapter || layer.node?.includes(target)
      ? undefined
      : 'not an adapter (tools/layers.ts)';
  }
  const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!;
  if (isTest || layer.packages?.includes('*') || layer.packages?.includes(name)) return undefined;
  return 'this package is not allowed here (tools/layers.ts)';
}

function checkBans(file: string, layer: Layer, text: string): string[] {
  if (layer.adapter || testPattern.test(file)) return [];
  return text.split('\n').flatMap((line, i) => {
    if (/^\s*(?:\*|\/\/)/.test(line)) return [];
    return bans
      .filter(([pattern]) => pattern.test(line))
      .map(([pattern, instead]) => `${file}:${i + 1}: ${pattern.source} is banned here; use ${instead}`);
  });
}
