import {
  type Document,
  type DocumentOptions,
  type ParseOptions,
  parseAllDocuments,
  type SchemaOptions,
} from 'yaml';
import { exactInt64, fitsInt64 } from '#machinery/int64.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import type { KubeObject } from '#machinery/object.ts';
import { endAsWritten } from './yaml-ends.ts';
import { CliError, messageOf } from '../errors.ts';
import type { CliFs, CliIo } from '../io.ts';
import { toCompactJson } from '../print/json.ts';

/** An object that a file holds. `source` is the file, for messages. */
export interface Manifest {
  readonly object: KubeObject;
  readonly source: string;
}

/** YAML 1.1 as Go's library reads it: dates and sexagesimal numbers stay strings. */
const yamlOptions: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  // Of a key that stands twice, the last counts.
  uniqueKeys: false,
  intAsBigInt: true,
  customTags: tags =>
    tags
      .filter(
        tag =>
          typeof tag === 'string' ||
          (!tag.tag.endsWith(':timestamp') && !('format' in tag && tag.format === 'TIME')),
      )
      .map(tag => (typeof tag === 'string' || !tag.tag.endsWith(':float') ? tag : withDigits(tag))),
};

/** A float has a digit or a name: the library takes '.' and 'e0' for one. */
function withDigits<T extends object>(tag: T): T {
  const { test } = tag as { test?: RegExp };
  if (!test) return tag;
  return { ...tag, test: new RegExp(`^(?=[-+]?(?:[0-9]|\\.[0-9nNiI]))${test.source.replace(/^\^/, '')}`) };
}

const extensions = ['.json', '.yaml', '.yml'];

export interface ReadOptions {
  readonly recursive?: boolean;
  /** What is no object is told of as kubectl's validation does, which can be turned off. */
  readonly validated?: boolean;
  /** Takes what fails for one object or file, so that the others are read; without it the first failure is thrown. */
  readonly onError?: (error: unknown) => void;
}

/** Every object of the files, directories and '-' (standard input) named; lists are taken apart. */
export async function readManifests(
  io: CliIo,
  names: readonly string[],
  options: ReadOptions = {},
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  const add = (text: string, source: string) => manifests.push(...parseManifests(text, source, options));
  for (const name of names)
    await continuing(options, async () => {
      if (name === '-') add(new TextDecoder().decode(await io.stdin.readAll()), 'STDIN');
      else if (/^https?:\/\//.test(name)) add(await download(io, name), name);
      else manifests.push(...(await readManifestFiles(io.fs, name, options)));
    });
  return manifests;
}

/** Every object of a file, or of a directory's files. */
export async function readManifestFiles(
  fs: CliFs,
  path: string,
  options: ReadOptions = {},
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of await filesOf(fs, path, options.recursive ?? false))
    await continuing(options, async () => {
      manifests.push(...parseManifests(new TextDecoder().decode(await fs.read(file)), file, options));
    });
  return manifests;
}

/** Goes on after a failure where somebody takes it. */
async function continuing({ onError }: ReadOptions, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!onError || !(error instanceof CliError)) throw error;
    onError(error);
  }
}

async function download(io: CliIo, url: string): Promise<string> {
  const { status, statusText, text } = await io.download(url);
  if (status >= 300)
    throw new CliError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${status} ${statusText}, status code=${status}`,
    );
  return text;
}

async function filesOf(fs: CliFs, path: string, recursive: boolean): Promise<string[]> {
  const stat = await fs.stat(path);
  if (!stat) throw new CliError(`the path ${JSON.stringify(path)} does not exist`);
  if (stat.kind !== 'directory') return [path];
  const files = await directoryFiles(fs, path, recursive);
  if (files.length === 0)
    throw new CliError(`error reading [${path}]: recognized file extensions are [.json .yaml .yml]`);
  return files;
}

async function directoryFiles(fs: CliFs, path: string, recursive: boolean): Promise<string[]> {
  const base = path.replace(/(.)\/+$/, '$1');
  const files: string[] = [];
  for (const name of await fs.list(base)) {
    const full = `${base}/${name}`;
    const stat = await fs.stat(full);
    if (stat?.kind === 'directory') {
      if (recursive) files.push(...(await directoryFiles(fs, full, true)));
    } else if (extensions.some(extension => name.endsWith(extension))) files.push(full);
  }
  return files;
}

/** The objects of a YAML or JSON text of any number of documents. */
export function parseManifests(text: string, source: string, options: ReadOptions = {}): Manifest[] {
  return parseDocuments(text, source).flatMap(value => {
    try {
      if (options.validated) checkHead(value, source);
      return flatten(value, source);
    } catch (error) {
      if (!options.onError) throw error;
      options.onError(error);
      return [];
    }
  });
}

/** Refuses what does not say of which kind it is. */
function checkHead(value: unknown, source: string): void {
  if (typeof value !== 'object' || value === null) return;
  const { apiVersion, kind } = value as Partial<KubeObject>;
  const problems = [apiVersion ? '' : 'apiVersion not set', kind ? '' : 'kind not set'].filter(Boolean);
  if (problems.length === 0) return;
  const text = problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
  throw new CliError(
    `error validating ${JSON.stringify(source)}: error validating data: ${text}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

/** The documents of a YAML or JSON text that hold anything. */
export function parseDocuments(text: string, source: string): unknown[] {
  if (/^\s*\{/.test(text)) return parseJsonDocuments(text, source);
  const documents = parseAllDocuments(text, yamlOptions);
  return (Array.isArray(documents) ? documents : [])
    .map(document => documentValue(document as Document, source, text))
    .filter(value => value !== null && value !== undefined);
}

function documentValue(document: Document, source: string, text: string): unknown {
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new CliError(
      `error parsing ${source}: error converting YAML to JSON: yaml: ${line ? `line ${line}: ` : ''}${error.message.split(' at line')[0]!.split('\n')[0]}`,
    );
  }
  endAsWritten(document, text);
  return jsonValue(document.toJS({ maxAliasCount: 100 }));
}

/** What JSON can hold; keys become strings. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return fitsInt64(value) ? exactInt64(value) : Number(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, jsonValue(part)]));
}

function parseJsonDocuments(text: string, source: string): unknown[] {
  try {
    return [parseExactJson(text)];
  } catch (error) {
    const parts = splitJson(text);
    if (parts.length > 1) return parts.flatMap(part => parseJsonDocuments(part, source));
    if (/^\s*\{[^"}]/.test(text)) {
      // Flow YAML, or several documents that begin with JSON.
      const documents = parseAllDocuments(text, yamlOptions);
      if (Array.isArray(documents) && documents.every(document => document.errors.length === 0))
        return documents.map(document => jsonValue((document as Document).toJS()));
    }
    throw new CliError(`error parsing ${source}: json parse error: ${messageOf(error)}`);
  }
}

/** Top-level JSON values that stand one after the other. */
function splitJson(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = -1;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') {
      if (depth++ === 0) start = at;
    } else if (char === '}' && --depth === 0) parts.push(text.slice(start, at + 1));
  }
  return parts;
}

function flatten(value: unknown, source: string): Manifest[] {
  const object = value as KubeObject & { items?: unknown };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliError(
      `error validating data: invalid object to validate: ${JSON.stringify(value)} in ${source}`,
    );
  if (!object.kind)
    throw new CliError(
      `unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${toCompactJson(value)}'`,
    );
  if (!object.apiVersion)
    throw new CliError(
      `unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${toCompactJson(value)}'`,
    );
  if (object.kind.endsWith('List') && Array.isArray(object.items))
    return object.items.flatMap(item => flatten(withKind(item as Partial<KubeObject>, object), source));
  return [{ object: { ...object, metadata: object.metadata ?? {} }, source }];
}

/** Items of a typed list may leave their kind out. */
function withKind(item: Partial<KubeObject>, list: KubeObject): unknown {
  if (item.kind || list.kind === 'List') return item;
  return { apiVersion: list.apiVersion, kind: list.kind.slice(0, -4), ...item };
}
