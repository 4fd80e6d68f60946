import {
  type Document,
  type DocumentOptions,
  type ParseOptions,
  parseAllDocuments,
  parseDocument,
  Scalar,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import { endAsWritten } from '../core/yaml-ends.ts';
import { jsonValue } from '../core/manifests.ts';
import { CliError } from '../errors.ts';
import { isMap, isScalar, type JsonMap, mapIn, textOf, textsIn } from './json.ts';
import { Resource } from './resource.ts';

/** YAML as kyaml reads it: 1.1, but that only true and false are booleans. */
const options: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  uniqueKeys: true,
  intAsBigInt: true,
  customTags: tags => tags.flatMap(narrowed),
};

type Tag = Tags[number];

function narrowed(tag: Tag): Tag[] {
  if (typeof tag === 'string') return [tag];
  if ('format' in tag && tag.format === 'TIME') return [];
  const test = 'test' in tag ? tag.test : undefined;
  const as = (narrow: RegExp, more: object = {}) => [{ ...tag, test: narrow, ...more } as Tag];
  if (tag.tag.endsWith(':bool'))
    return as(test?.test('true') ? /^(?:true|True|TRUE)$/ : /^(?:false|False|FALSE)$/);
  // A float has a digit or a name: the library takes '.' and 'e0' for one.
  if (tag.tag.endsWith(':float') && test)
    return as(new RegExp(`^(?=[-+]?(?:[0-9]|\\.[0-9nNiI]))${test.source.replace(/^\^/, '')}`));
  if (tag.tag.endsWith(':null'))
    return [{ ...tag, resolve: (text: string) => new Scalar(text === '' ? undefined : null) } as Tag];
  if (tag.tag.endsWith(':timestamp')) return as(test!, { resolve: wholeTime });
  return [tag];
}

/** A time stays a text, with all its parts. */
function wholeTime(text: string): string {
  const [, date, time] = /^(\d+-\d+-\d+)(?:(?:[Tt]|[ \t]+)(.+))?$/.exec(text) ?? [];
  if (date === undefined) return text;
  const days = date.split('-').map(part => part.padStart(2, '0'));
  const hours = time ?? '00:00:00';
  return `${days.join('-')}T${/(?:[Zz]|[-+]\d.*)$/.test(hours) ? hours : `${hours}Z`}`;
}

/**
 * What a text of YAML or JSON holds, lists taken apart. A null that is not written, but follows from there being no value, is
 * undefined: a strategic merge takes it away. Throws CliError.
 */
export function readResources(text: string): Resource[] {
  const pending = documentsOf(text);
  const resources: Resource[] = [];
  for (let value = pending.shift(); value !== undefined; value = pending.shift()) {
    if (value === null || (isMap(value) && Object.keys(value).length === 0)) continue;
    const object = checked(value);
    const { items } = object;
    if (!textOf(object.kind).endsWith('List') || items === undefined) resources.push(new Resource(object));
    else if (Array.isArray(items)) pending.push(...items);
    else if (items !== null)
      throw new CliError(`expected array in ${textOf(object.kind)}/items, but found ${typeof items}`);
  }
  return resources;
}

/** What a text stands for as a plain scalar. */
export function readScalar(text: string): unknown {
  const value = jsonValue(parseDocument(text, options).toJS());
  return isScalar(value) ? value : text;
}

function documentsOf(text: string): unknown[] {
  const documents = parseAllDocuments(text, options);
  if (!Array.isArray(documents)) return [];
  return documents.map(document => {
    const [error] = (document as Document).errors;
    if (error) {
      const line = error.linePos?.[0].line;
      throw new CliError(
        `MalformedYAMLError: yaml: ${line ? `line ${line}: ` : ''}${error.message.split('\n')[0]!.replace(/ at line .*/, '')}`,
      );
    }
    endAsWritten(document as Document, text);
    // Whatever an alias repeats is a value of its own from here on.
    return jsonValue((document as Document).toJS({ maxAliasCount: 100 })) ?? null;
  });
}

function checked(value: unknown): JsonMap {
  if (!isMap(value)) throw new CliError('missing Resource metadata');
  const kind = textOf(value.kind);
  const metadata = mapIn(value, 'metadata');
  const missing = kind === '' ? 'kind' : textOf(metadata.name) === '' ? 'metadata.name' : '';
  if (missing === '' || (missing === 'metadata.name' && kind.endsWith('List'))) return value;
  const [name, namespace] = [textOf(metadata.name), textOf(metadata.namespace)];
  const maps = ['labels', 'annotations'].map(field => goMap(textsIn(metadata, field)));
  throw new CliError(
    `missing ${missing} in object {{${textOf(value.apiVersion)} ${kind}} {{${name} ${namespace}} ${maps.join(' ')}}}`,
  );
}

/** As Go's %v shows one. */
function goMap(texts: Record<string, string>): string {
  const entries = Object.entries(texts).map(([key, text]) => `${key}:${text}`);
  return `map[${entries.sort().join(' ')}]`;
}
