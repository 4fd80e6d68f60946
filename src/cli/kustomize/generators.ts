import { CliError } from '../errors.ts';
import type { KustomizationFiles } from './files.ts';
import type { JsonMap } from './json.ts';
import type { GeneratorOptions, GeneratorRule, Kustomization } from './kustomization.ts';
import { type Behavior, Resource } from './resource.ts';

/** The ConfigMaps and Secrets that a kustomization makes of files, variables and literals. */
export async function generate(kustomization: Kustomization, files: KustomizationFiles): Promise<Resource[]> {
  const { configMapGenerator, secretGenerator, generatorOptions } = kustomization;
  const made: Resource[] = [];
  for (const rule of configMapGenerator) made.push(await one('ConfigMap', rule, generatorOptions, files));
  for (const rule of secretGenerator) made.push(await one('Secret', rule, generatorOptions, files));
  return made;
}

type Bytes = Uint8Array;

async function one(
  kind: 'ConfigMap' | 'Secret',
  rule: GeneratorRule,
  general: GeneratorOptions | undefined,
  files: KustomizationFiles,
): Promise<Resource> {
  if (!rule.name) throw new CliError('a configmap must have a name');
  const values = await valuesOf(rule, files);
  const object: JsonMap = {
    apiVersion: 'v1',
    kind,
    metadata: { name: rule.name, ...(rule.namespace ? { namespace: rule.namespace } : {}) },
    ...(kind === 'Secret' ? { type: rule.type || 'Opaque', data: secretData(values) } : configData(values)),
  };
  const { options = {} } = rule;
  const resource = new Resource(object);
  resource.setTexts('labels', { ...general?.labels, ...options.labels });
  resource.setTexts('annotations', { ...general?.annotations, ...options.annotations });
  if (general?.immutable || options.immutable) object.immutable = true;
  resource.needsHash = !(general?.disableNameSuffixHash || options.disableNameSuffixHash);
  resource.behavior = behaviorOf(rule.behavior);
  return resource;
}

function behaviorOf(text: string | undefined): Behavior {
  return text === 'create' || text === 'merge' || text === 'replace' ? text : 'unspecified';
}

async function valuesOf(rule: GeneratorRule, files: KustomizationFiles): Promise<Map<string, Bytes>> {
  const values = new Map<string, Bytes>();
  const sources: [
    what: string,
    list: readonly string[],
    read: (source: string) => Promise<[string, Bytes][]>,
  ][] = [
    [
      'env source files:',
      [...(rule.envs ?? []), ...(rule.env ? [rule.env] : [])],
      path => variables(path, files),
    ],
    ['literal sources', rule.literals ?? [], async source => [literal(source)]],
    ['file sources:', rule.files ?? [], async source => [await file(source, files)]],
  ];
  for (const [what, list, read] of sources) {
    for (const source of list) {
      const pairs = await read(source).catch(error => {
        throw new CliError(`loading KV pairs: ${what} [${list.join(' ')}]: ${(error as Error).message}`);
      });
      for (const [key, value] of pairs) {
        if (values.has(key))
          throw new CliError(`configmap ${rule.name} illegally repeats the key \`${key}\``);
        values.set(key, value);
      }
    }
  }
  return values;
}

const encoder = new TextEncoder();

/** `key=value`; quotes around the value are the shell's. */
function literal(source: string): [string, Bytes] {
  const equals = source.indexOf('=');
  if (equals < 1) throw new CliError(`invalid literal source ${source}, expected key=value`);
  const value = source.slice(equals + 1);
  const [, , inner = value] = /^(["'])(.*)\1$/s.exec(value) ?? [];
  return [source.slice(0, equals), encoder.encode(inner)];
}

/** `path`, or `key=path`. */
async function file(source: string, files: KustomizationFiles): Promise<[string, Bytes]> {
  const [key, path, ...more] = source.split('=');
  if (path === undefined) return [source.split('/').at(-1)!, await files.read(source)];
  const quoted = (text: string) => JSON.stringify(text);
  if (more.length > 0) throw new CliError(`source ${quoted(source)} key name or file path contains '='`);
  if (key === '')
    throw new CliError(`missing key name for file path ${quoted(path)} in source ${quoted(source)}`);
  if (path === '')
    throw new CliError(`missing file path for key name ${quoted(key!)} in source ${quoted(source)}`);
  return [key!, await files.read(path)];
}

/** Lines of `NAME=value`. */
async function variables(path: string, files: KustomizationFiles): Promise<[string, Bytes][]> {
  const lines = (await files.readText(path)).split(/\r?\n/);
  return lines
    .map(line => line.trimStart())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const equals = line.indexOf('=');
      const key = equals < 0 ? line : line.slice(0, equals);
      return [key, encoder.encode(equals < 0 ? '' : line.slice(equals + 1))];
    });
}

function configData(values: ReadonlyMap<string, Bytes>): JsonMap {
  const data: JsonMap = {};
  const binaryData: JsonMap = {};
  for (const [key, bytes] of values) {
    const text = utf8(bytes);
    if (text === undefined) binaryData[key] = base64Lines(bytes);
    else data[key] = text;
  }
  return {
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
  };
}

function secretData(values: ReadonlyMap<string, Bytes>): JsonMap {
  return Object.fromEntries(Array.from(values, ([key, bytes]) => [key, base64Lines(bytes)]));
}

function utf8(bytes: Bytes): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const lineLength = 70;

/** In lines, each ended, where there is more than one. */
function base64Lines(bytes: Bytes): string {
  const text = bytes.toBase64();
  if (text.length < lineLength) return text;
  return text.replace(new RegExp(`.{1,${lineLength}}`, 'g'), '$&\n');
}
