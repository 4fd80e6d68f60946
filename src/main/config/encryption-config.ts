import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '#cli/errors.ts';
import { type FieldError, FieldPath, fieldError, fieldErrorsText } from '#machinery/field.ts';
import { storageKeyPrefix } from '#apiserver/resources/storage-key.ts';
import type { Seal, SealRule } from '#store/sealed/sealer.ts';
import { type Nonces, type SealKey, aescbc, aesgcm, identity, secretbox } from '#store/sealed/seals.ts';
import { anyText, fields, listOf, mapping, only, text } from './shape.ts';
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
  readonly kms?: object;
}

interface ResourceConfig {
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfig[];
}

const keys = fields({ keys: listOf(fields({ name: text, secret: text }, ['name', 'secret'])) }, ['keys']);

const shape = fields(
  {
    apiVersion: only('apiserver.config.k8s.io/v1'),
    kind: only('EncryptionConfiguration'),
    resources: listOf(
      fields(
        {
          resources: listOf(anyText),
          providers: listOf(
            fields({ aesgcm: keys, aescbc: keys, secretbox: keys, identity: mapping, kms: mapping }),
          ),
        },
        ['resources', 'providers'],
      ),
    ),
  },
  ['apiVersion', 'kind', 'resources'],
);

const aesKeyBytes = [16, 24, 32];

type Keyed = 'aesgcm' | 'aescbc' | 'secretbox';

const ways: Readonly<
  Record<Keyed, { make: (key: SealKey, nonces: Nonces) => Seal; keyBytes: readonly number[] }>
> = {
  aesgcm: { make: aesgcm, keyBytes: aesKeyBytes },
  aescbc: { make: aescbc, keyBytes: aesKeyBytes },
  secretbox: { make: secretbox, keyBytes: [32] },
};

/** Reads an EncryptionConfiguration (apiserver.config.k8s.io/v1), YAML or JSON. Throws CliError with all that is wrong. */
export async function readEncryption(file: string): Promise<readonly SealRule[]> {
  const { resources } = (await readYamlShape(file, shape)) as { resources: readonly ResourceConfig[] };
  const path = FieldPath.of('resources');
  const errors = resources.flatMap((one, i) => resourceErrors(one, path.index(i)));
  if (resources.length === 0) errors.push(fieldError.required(path, 'at least one resources is required'));
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  return resources.map(one => ({
    keyPrefixes: one.resources.map(keyPrefixOf),
    seals: one.providers.flatMap(sealsOf),
  }));
}

function keyPrefixOf(resource: string): string {
  if (resource === '*.*') return storageKeyPrefix();
  const dot = resource.indexOf('.');
  const [name, group] = dot < 0 ? [resource, ''] : [resource.slice(0, dot), resource.slice(dot + 1)];
  return storageKeyPrefix(group, name === '*' ? undefined : name);
}

function sealsOf(provider: ProviderConfig): Seal[] {
  if (provider.identity) return [identity];
  return (Object.keys(ways) as Keyed[]).flatMap(way =>
    (provider[way]?.keys ?? []).map(({ name, secret }) =>
      ways[way].make({ name, secret: Buffer.from(secret, 'base64') }, randomBytes),
    ),
  );
}

function resourceErrors({ resources, providers }: ResourceConfig, path: FieldPath): FieldError[] {
  const resourcesPath = path.child('resources');
  const providersPath = path.child('providers');
  const needed = (at: FieldPath) => fieldError.required(at, `at least one ${at} is required`);
  return [
    ...(resources.length === 0 ? [needed(resourcesPath)] : []),
    ...overlapErrors(resources, resourcesPath),
    ...resources.flatMap((name, i) => nameErrors(name, resourcesPath.index(i))),
    ...(providers.length === 0 ? [needed(providersPath)] : []),
    ...providers.flatMap((one, i) => providerErrors(one, providersPath.index(i))),
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

function providerErrors(provider: ProviderConfig, path: FieldPath): FieldError[] {
  const named = Object.keys(provider);
  if (named.length !== 1) {
    const why =
      named.length === 0
        ? 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'
        : 'more than one provider specified in a single element, should split into different list elements';
    return [fieldError.invalid(path, provider, why)];
  }
  if (provider.kms) return [fieldError.notSupported(path, 'kms', [...Object.keys(ways), 'identity'])];
  return (Object.keys(ways) as Keyed[]).flatMap(way =>
    provider[way] ? keysErrors(provider[way].keys, path.child(way).child('keys'), ways[way].keyBytes) : [],
  );
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
export async function ensureEncryption(file: string): Promise<readonly SealRule[]> {
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
