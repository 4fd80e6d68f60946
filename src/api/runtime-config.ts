import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { parseApiVersion } from '#machinery/object.ts';
import type { ResourceDefinition, ServedVersion } from './definition.ts';
import type { GroupVersion } from './schemas.ts';

/** Which group versions, and resources of them, are served: 'apps/v1', 'api/beta', 'apps/v1/deployments', each true or false. */
export type RuntimeConfig = Readonly<Record<string, string>>;

/** Those of many group versions, in the order in which they count; what names one alone counts more. */
const matchers: readonly (readonly [string, RegExp])[] = [
  ['api/all', /^/],
  ['api/ga', /^v\d+$/],
  ['api/beta', /^v\d+beta\d+$/],
  ['api/alpha', /^v\d+alpha\d+$/],
];

/** Without these group versions there is no cluster: its own parts ask for kinds of them. */
const needed: ReadonlySet<string> = new Set([
  'v1',
  'admissionregistration.k8s.io/v1',
  'apiextensions.k8s.io/v1',
  'apiregistration.k8s.io/v1',
  'apps/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'events.k8s.io/v1',
  'flowcontrol.apiserver.k8s.io/v1',
  'networking.k8s.io/v1',
  'node.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'resource.k8s.io/v1',
  'scheduling.k8s.io/v1',
  'storage.k8s.io/v1',
]);

/** The core group has several names, and one that means nothing any more has none. */
function keyOf(key: string): string {
  return key.replace(/^(api)?\/?v1(?=\/|$)/, 'v1');
}

/** Looks up what is said of a version of a definition, most of all of its resource, least of all of all versions. */
function switchOf(
  config: RuntimeConfig,
): (definition: ResourceDefinition, version: ServedVersion) => boolean {
  const named = new Map(Object.entries(config).map(([key, value]) => [keyOf(key), isOn(value)]));
  return ({ group, resource, versions }, version) => {
    const groupVersion = group === '' ? version.version : `${group}/${version.version}`;
    const own = named.get(`${groupVersion}/${resource}`) ?? named.get(groupVersion);
    if (own !== undefined) return own;
    const matching = matchers.filter(([key, pattern]) => named.has(key) && pattern.test(version.version));
    const last = matching.at(-1);
    return last ? named.get(last[0])! : versions.includes(version);
  };
}

/** As upstream reads one: nothing is true. */
function isOn(value: string): boolean {
  return value === '' || truths.has(value);
}

const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falsehoods: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/**
 * The definitions with the versions that are served, newest and most stable first. What objects are stored in stays the same,
 * whether it is served or not.
 */
export function enabledResources(
  definitions: readonly ResourceDefinition[],
  config: RuntimeConfig,
): readonly ResourceDefinition[] {
  const isServed = switchOf(config);
  return definitions.flatMap(definition => {
    const { versions, optionalVersions = [], storageVersion } = definition;
    const served = [...versions, ...optionalVersions].filter(version => isServed(definition, version));
    if (served.length === 0) return [];
    const stored = versions.find(({ version }) => version === storageVersion) ?? versions[0]!;
    return [{ ...definition, versions: served, storageVersion: stored.version, storedIn: stored }];
  });
}

/** What is wrong with a configuration; `registered` are the group versions that there are types of. */
export function validateRuntimeConfig(
  config: RuntimeConfig,
  path: FieldPath,
  registered: readonly GroupVersion[],
  definitions: readonly ResourceDefinition[],
): FieldError[] {
  if (config['api/all'] === 'false' && Object.keys(config).length === 1)
    return [fieldError.invalid(path, config, 'invalid runtime-config with only api/all=false')];
  const errors = Object.entries(config).flatMap(([key, value]) => {
    const problem = keyProblem(keyOf(key), value, registered, definitions);
    return problem === undefined ? [] : [fieldError.invalid(path.key(key), value, problem)];
  });
  if (errors.length > 0) return errors;
  const served = enabledResources(definitions, config);
  const isWhole = ({ group, versions, resource }: ResourceDefinition) =>
    versions.every(
      ({ version }) =>
        !needed.has(group === '' ? version : `${group}/${version}`) ||
        served.some(
          one =>
            one.group === group &&
            one.resource === resource &&
            one.versions.some(other => other.version === version),
        ),
    );
  const missing = definitions.find(one => !isWhole(one));
  if (!missing) return [];
  const { group, resource } = missing;
  const name = group === '' ? resource : `${resource}.${group}`;
  return [fieldError.forbidden(path, `the cluster's own parts need ${name}`)];
}

function keyProblem(
  key: string,
  value: string,
  registered: readonly GroupVersion[],
  definitions: readonly ResourceDefinition[],
): string | undefined {
  if (key === 'api/legacy') return undefined;
  if (matchers.some(([name]) => name === key))
    return value === 'true' || value === 'false' ? undefined : `invalid value ${key}=${value}`;
  const [apiVersion, resource] = apiVersionOf(key);
  const { group, version } = parseApiVersion(apiVersion);
  if (!registered.some(one => one.group === group)) return `unknown api groups ${apiVersion}`;
  if (!registered.some(one => one.group === group && one.version === version))
    return `group version ${apiVersion} that has not been registered`;
  if (resource !== undefined && resource !== resource.toLowerCase()) {
    const lower = 'group/version/resource and resource is always lowercase plural';
    return `invalid key ${key}: ${lower}, not ${JSON.stringify(resource)}`;
  }
  if (value !== '' && !truths.has(value) && !falsehoods.has(value)) {
    const why = `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
    return `invalid value of ${key}: ${value}, err: ${why}`;
  }
  const has = definitions.some(
    one =>
      one.group === group &&
      (resource === undefined || one.resource === resource) &&
      [...one.versions, ...(one.optionalVersions ?? [])].some(other => other.version === version),
  );
  return has || !isOn(value) ? undefined : 'this server has no kinds of it';
}

/** A key's group version, and its resource, if any. */
function apiVersionOf(key: string): [string, string | undefined] {
  const parts = key.split('/');
  if (parts[0] === 'v1') return ['v1', parts[1]];
  return [parts.slice(0, 2).join('/'), parts[2]];
}
