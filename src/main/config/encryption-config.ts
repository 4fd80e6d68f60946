import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CliError } from '#cli/errors.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { type FieldError, FieldPath, fieldError, fieldErrorsText } from '#machinery/field.ts';
import { storageKeyPrefix } from '#apiserver/resources/storage-key.ts';
import type { Seal } from '#store/sealed/sealer.ts';
import { type Nonces, type SealKey, aescbc, aesgcm, identity, secretbox } from '#store/sealed/seals.ts';
import type { ApiServerConfig } from './api-server-options.ts';
import { ReloadMetrics } from './reload-metrics.ts';
import { ReloadedFile } from './reloaded-file.ts';
import { anyText, fields, listOf, mapping, number, only, text } from './shape.ts';
import { readYamlShape } from './yaml-file.ts';

interface KeyConfig {
  readonly name: string;
  readonly secret: string;
}

interface ProviderConfig {
  readonly aesgcm?: { readonly keys: readonly KeyConfig[] };
  readonly aescbc?: { readonly keys: readonly KeyConfig[] };
  readonly secretbox?: { readonly keys: readonly KeyConfig[] };
  readonly identity?: object;
  readonly kms?: KmsConfig;
}

interface KmsConfig {
  readonly name: string;
  readonly endpoint: string;
  readonly apiVersion?: string;
  readonly timeout?: string;
  readonly cachesize?: number;
}

/** A KMS plug-in, at a Unix socket; `@` before its name: an abstract one. */
export interface KmsSettings {
  readonly name: string;
  readonly socket: string;
  readonly timeoutMs: number;
}

/** What an EncryptionConfiguration says, checked. */
export interface EncryptionSettings {
  readonly rules: readonly {
    readonly keyPrefixes: readonly string[];
    readonly ways: readonly (Seal | KmsSettings)[];
  }[];
}

interface ResourceConfig {
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfig[];
}

const keys = fields({ keys: listOf(fields({ name: text, secret: text }, ['name', 'secret'])) }, ['keys']);

const kms = fields({
  name: anyText,
  endpoint: anyText,
  apiVersion: anyText,
  timeout: anyText,
  cachesize: number(),
});

const shape = fields(
  {
    apiVersion: only('apiserver.config.k8s.io/v1'),
    kind: only('EncryptionConfiguration'),
    resources: listOf(
      fields(
        {
          resources: listOf(anyText),
          providers: listOf(fields({ aesgcm: keys, aescbc: keys, secretbox: keys, identity: mapping, kms })),
        },
        ['resources', 'providers'],
      ),
    ),
  },
  ['apiVersion', 'kind', 'resources'],
);

const aesKeyBytes = [16, 24, 32];
const kmsTimeout = '3s';

type Keyed = 'aesgcm' | 'aescbc' | 'secretbox';

const ways: Readonly<
  Record<Keyed, { make: (key: SealKey, nonces: Nonces) => Seal; keyBytes: readonly number[] }>
> = {
  aesgcm: { make: aesgcm, keyBytes: aesKeyBytes },
  aescbc: { make: aescbc, keyBytes: aesKeyBytes },
  secretbox: { make: secretbox, keyBytes: [32] },
};

/** An EncryptionConfiguration's file; `reloads`: it is followed while the server runs. */
export interface EncryptionFile {
  readonly file: ReloadedFile<EncryptionSettings>;
  readonly reloads: boolean;
}

/** Undefined where none is named. Throws CliError with all that is wrong. */
export async function openEncryption({
  encryption,
  apiServer: { encryptionProviderConfig, encryptionProviderConfigAutomaticReload: reloads = false } = {},
  folder = '.',
}: {
  readonly encryption?: string | undefined;
  readonly apiServer?: ApiServerConfig | undefined;
  readonly folder?: string | undefined;
}): Promise<EncryptionFile | undefined> {
  const file = encryptionProviderConfig ? resolve(folder, encryptionProviderConfig) : encryption;
  if (file) {
    return { file: await ReloadedFile.open(file, readEncryption, new ReloadMetrics('encryption')), reloads };
  }
  if (!reloads) return undefined;
  throw new CliError(
    'error: apiServer.encryptionProviderConfigAutomaticReload must be set with encryptionProviderConfig',
  );
}

/** Reads an EncryptionConfiguration (apiserver.config.k8s.io/v1), YAML or JSON. Throws CliError with all that is wrong. */
export async function readEncryption(file: string): Promise<EncryptionSettings> {
  const { resources } = (await readYamlShape(file, shape)) as { resources: readonly ResourceConfig[] };
  const path = FieldPath.of('resources');
  const kmsNames = new Set<string>();
  const errors = resources.flatMap((one, i) => resourceErrors(one, path.index(i), kmsNames));
  if (resources.length === 0) errors.push(fieldError.required(path, 'at least one resources is required'));
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  return {
    rules: resources.map(one => ({
      keyPrefixes: one.resources.map(keyPrefixOf),
      ways: one.providers.flatMap(waysOf),
    })),
  };
}

function keyPrefixOf(resource: string): string {
  if (resource === '*.*') return storageKeyPrefix();
  const dot = resource.indexOf('.');
  const [name, group] = dot < 0 ? [resource, ''] : [resource.slice(0, dot), resource.slice(dot + 1)];
  return storageKeyPrefix(group, name === '*' ? undefined : name);
}

function waysOf(provider: ProviderConfig): (Seal | KmsSettings)[] {
  if (provider.identity) return [identity];
  if (provider.kms) {
    const { name, endpoint, timeout = kmsTimeout } = provider.kms;
    const timeoutMs = Number(parseDuration(timeout)) / 1e6;
    return [{ name, socket: decodeURIComponent(new URL(endpoint).pathname).replace(/^\/@/, '@'), timeoutMs }];
  }
  return (Object.keys(ways) as Keyed[]).flatMap(way =>
    (provider[way]?.keys ?? []).map(({ name, secret }) =>
      ways[way].make({ name, secret: Buffer.from(secret, 'base64') }, randomBytes),
    ),
  );
}

function resourceErrors(
  { resources, providers }: ResourceConfig,
  path: FieldPath,
  kmsNames: Set<string>,
): FieldError[] {
  const resourcesPath = path.child('resources');
  const providersPath = path.child('providers');
  const needed = (at: FieldPath) => fieldError.required(at, `at least one ${at} is required`);
  return [
    ...(resources.length === 0 ? [needed(resourcesPath)] : []),
    ...overlapErrors(resources, resourcesPath),
    ...resources.flatMap((name, i) => nameErrors(name, resourcesPath.index(i))),
    ...(providers.length === 0 ? [needed(providersPath)] : []),
    ...providers.flatMap((one, i) => providerErrors(one, providersPath.index(i), kmsNames)),
  ];
}

function overlapErrors(resources: readonly string[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (new Set(resources).size < resources.length) {
    errors.push(fieldError.invalid(path, resources, 'the same resource cannot be specified multiple times'));
  }
  const prefixes = [...new Set(resources)].map(keyPrefixOf);
  if (prefixes.some((a, i) => prefixes.some((b, j) => i !== j && b.startsWith(a)))) {
    const why =
      "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    errors.push(fieldError.invalid(path, resources, why));
  }
  return errors;
}

function nameErrors(name: string, path: FieldPath): FieldError[] {
  const why = nameProblem(name);
  return why === undefined ? [] : [fieldError.invalid(path, name, why)];
}

function nameProblem(name: string): string | undefined {
  if (name !== name.toLowerCase()) return 'resource name should not contain capital letters';
  if (name === '*') {
    return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  }
  if (name.endsWith('.*') && name !== '*.*') {
    return 'encrypting the same resource across groups is not supported';
  }
  if (name.endsWith('.events.k8s.io')) {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  }
  return name === '' ? 'a resource has a name' : undefined;
}

function providerErrors(provider: ProviderConfig, path: FieldPath, kmsNames: Set<string>): FieldError[] {
  const named = Object.keys(provider);
  if (named.length !== 1) {
    const why =
      named.length === 0
        ? 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
        : 'more than one provider specified in a single element, should split into different list elements';
    return [fieldError.invalid(path, provider, why)];
  }
  if (provider.kms) return kmsErrors(provider.kms, path.child('kms'), kmsNames);
  return (Object.keys(ways) as Keyed[]).flatMap(way =>
    provider[way] ? keysErrors(provider[way].keys, path.child(way).child('keys'), ways[way].keyBytes) : [],
  );
}

/** `names`: of the providers before; this one's is added. */
function kmsErrors(
  { name = '', endpoint = '', apiVersion = 'v1', timeout = kmsTimeout, cachesize }: Partial<KmsConfig>,
  path: FieldPath,
  names: Set<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const invalid = (field: string, value: unknown, why: string) => {
    errors.push(fieldError.invalid(path.child(field), value, why));
  };
  if (name === '')
    errors.push(fieldError.required(path.child('name'), 'name is a mandatory field for a provider'));
  if (name.includes(':')) invalid('name', name, `invalid KMS provider name ${name}, must not contain ':'`);
  if (names.has(name)) invalid('name', name, `duplicate KMS provider name ${name}, names must be unique`);
  names.add(name);
  const ofTimeout = durationProblem(timeout);
  if (ofTimeout) invalid('timeout', timeout, ofTimeout);
  const ofEndpoint = endpointProblem(endpoint);
  if (ofEndpoint) invalid('endpoint', endpoint, ofEndpoint);
  if (cachesize !== undefined) invalid('cachesize', cachesize, 'cachesize is not supported in v2');
  if (apiVersion === 'v1') {
    const why = 'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead';
    invalid('apiVersion', apiVersion, why);
  } else if (apiVersion !== 'v2') {
    const why = 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported';
    invalid('apiVersion', apiVersion, why);
  }
  return errors;
}

function durationProblem(text: string): string | undefined {
  try {
    return parseDuration(text) > 0n ? undefined : 'timeout should be a positive value';
  } catch (error) {
    return (error as Error).message;
  }
}

function endpointProblem(endpoint: string): string | undefined {
  if (endpoint === '') return 'endpoint is a mandatory field for a kms';
  const url = URL.parse(endpoint);
  if (!url) return 'invalid endpoint for kms provider';
  if (url.protocol === 'unix:') return undefined;
  return `unsupported scheme ${JSON.stringify(url.protocol.slice(0, -1))} for KMS provider, only unix is supported`;
}

function keysErrors(list: readonly KeyConfig[], path: FieldPath, lengths: readonly number[]): FieldError[] {
  if (list.length === 0) return [fieldError.required(path, 'at least one keys is required')];
  return list.flatMap(({ name, secret }, i) => {
    const errors: FieldError[] = [];
    const secretPath = path.index(i).child('secret');
    if (name.includes(':'))
      errors.push(fieldError.invalid(path.index(i).child('name'), name, "must not contain ':'"));
    const { length } = Buffer.from(secret, 'base64');
    // Whatever is wrong with a secret, no message says what it is.
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) {
      errors.push(fieldError.invalid(secretPath, 'REDACTED', 'secrets must be base64 encoded'));
    } else if (!lengths.includes(length)) {
      const why = `secret is not of the expected length, got ${length}, expected one of [${lengths.join(' ')}]`;
      errors.push(fieldError.invalid(secretPath, 'REDACTED', why));
    }
    return errors;
  });
}

/** How Secrets are encrypted where nobody has said how: by a key in `file`, which is made with the cluster. */
export async function ensureEncryption(file: string): Promise<EncryptionSettings> {
  const secret = randomBytes(32).toString('base64');
  const made = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ secretbox: { keys: [{ name: 'key1', secret }] } }, { identity: {} }],
      },
    ],
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, `${JSON.stringify(made, undefined, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readEncryption(file);
}
