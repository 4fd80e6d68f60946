import { urlHost } from '#machinery/ip.ts';
import { own } from '#base/members.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import { allContainers } from '../lifecycle/spec.ts';
import type { ContainerSpec, EnvVar, Pod } from '../types.ts';
import { type DownwardFacts, podFieldValue, resourceFieldValue } from './downward.ts';
import { expand } from './expansion.ts';

/** A container cannot be configured as its spec asks: the API shows CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** What an environment is made from beside the pod. undefined: there is no such object. */
export interface EnvSources extends DownwardFacts {
  configMap(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Values decoded. */
  secret(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Contents of a file of one of the pod's volumes; undefined where it is missing. */
  volumeFile(volumeName: string, path: string): Promise<string | undefined>;
  /** Services of the pod's namespace, and `kubernetes` of the default one. */
  services(): readonly Service[];
}

export interface EnvEntry {
  readonly key: string;
  readonly value: string;
}

/** The environment of a container, in upstream's order: envFrom, env, then service variables not yet set. */
export async function containerEnv(
  pod: Pod,
  container: ContainerSpec,
  sources: EnvSources,
): Promise<EnvEntry[]> {
  const service = serviceEnv(pod, sources.services());
  const env = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    const data = await bulkData(from, sources);
    for (const [key, value] of Object.entries(data)) env.set((from.prefix ?? '') + key, value);
  }
  for (const entry of container.env ?? []) {
    const lookup = (name: string) => env.get(name) ?? service.get(name);
    const value = entry.valueFrom
      ? await valueFrom(pod, container, entry, sources)
      : expand(entry.value ?? '', lookup);
    if (value !== undefined) env.set(entry.name, value);
  }
  for (const [key, value] of service) if (!env.has(key)) env.set(key, value);
  return [...env].map(([key, value]) => ({ key, value }));
}

async function bulkData(
  from: NonNullable<ContainerSpec['envFrom']>[number],
  sources: EnvSources,
): Promise<Readonly<Record<string, string>>> {
  const isSecret = from.secretRef !== undefined;
  const ref = from.secretRef ?? from.configMapRef;
  if (!ref) return {};
  const name = ref.name ?? '';
  const data = isSecret ? await sources.secret(name) : await sources.configMap(name);
  if (data) return data;
  if (ref.optional) return {};
  throw new ContainerConfigError(`${isSecret ? 'secret' : 'configmap'} "${name}" not found`);
}

async function valueFrom(
  pod: Pod,
  container: ContainerSpec,
  entry: EnvVar,
  sources: EnvSources,
): Promise<string | undefined> {
  const from = entry.valueFrom!;
  if (from.fieldRef) {
    const value = podFieldValue(pod, from.fieldRef.fieldPath, sources);
    if (value === undefined) {
      throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    }
    return value;
  }
  if (from.resourceFieldRef) {
    const { containerName, resource, divisor } = from.resourceFieldRef;
    const named = containerName ? allContainers(pod).find(c => c.name === containerName) : container;
    if (!named) throw new ContainerConfigError(`container ${containerName} not found`);
    return resourceFieldValue(named, resource, divisor, sources);
  }
  if (from.fileKeyRef) return fileValue(from.fileKeyRef, sources);
  return keyValue(pod, from, sources);
}

async function keyValue(
  pod: Pod,
  from: NonNullable<EnvVar['valueFrom']>,
  sources: EnvSources,
): Promise<string | undefined> {
  const ref = from.configMapKeyRef ?? from.secretKeyRef;
  if (!ref) return undefined;
  const isSecret = from.secretKeyRef !== undefined;
  const name = ref.name ?? '';
  const data = isSecret ? await sources.secret(name) : await sources.configMap(name);
  const value = own(data, ref.key);
  if (value !== undefined || ref.optional) return value;
  if (!data) throw new ContainerConfigError(`${isSecret ? 'secret' : 'configmap'} "${name}" not found`);
  const what = isSecret ? 'Secret' : 'ConfigMap';
  throw new ContainerConfigError(`couldn't find key ${ref.key} in ${what} ${pod.metadata.namespace}/${name}`);
}

async function fileValue(
  ref: { volumeName: string; path: string; key: string; optional?: boolean },
  sources: EnvSources,
): Promise<string | undefined> {
  const text = await sources.volumeFile(ref.volumeName, ref.path);
  const value = text === undefined ? undefined : parseEnvFile(text).get(ref.key);
  if (value !== undefined || ref.optional) return value;
  const why = text === undefined ? 'file' : `environment variable key "${ref.key}" in file`;
  throw new ContainerConfigError(`couldn't find ${why} "${ref.path}" of volume "${ref.volumeName}"`);
}

/** `KEY='value'` lines (KEP-3721): single quotes, comments and blank lines. */
export function parseEnvFile(text: string): Map<string, string> {
  const env = new Map<string, string>();
  for (const match of text.matchAll(/^[ \t]*([^\s=#]+)='([^']*)'[ \t]*(?:#.*)?$/gm))
    env.set(match[1]!, match[2]!);
  return env;
}

/** Docker-link style variables of the services that the pod may see. */
export function serviceEnv(pod: Pod, services: readonly Service[]): Map<string, string> {
  const env = new Map<string, string>();
  const links = pod.spec?.enableServiceLinks ?? true;
  for (const service of services) {
    const { name, namespace } = service.metadata;
    const ip = service.spec?.clusterIP;
    if (!ip || ip === 'None') continue;
    const isMaster = namespace === 'default' && name === 'kubernetes';
    if (!isMaster && (!links || namespace !== pod.metadata.namespace)) continue;
    addServiceEnv(env, service, ip);
  }
  return env;
}

function addServiceEnv(env: Map<string, string>, service: Service, ip: string): void {
  const ports = service.spec?.ports ?? [];
  const first = ports[0];
  if (!first) return;
  const prefix = service.metadata.name!.toUpperCase().replaceAll('-', '_');
  const host = urlHost(ip);
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) {
    if (port.name) {
      env.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
    }
  }
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
    const portPrefix = `${prefix}_PORT_${port.port}_${protocol}`;
    if (index === 0) env.set(`${prefix}_PORT`, url);
    env.set(portPrefix, url);
    env.set(`${portPrefix}_PROTO`, protocol.toLowerCase());
    env.set(`${portPrefix}_PORT`, String(port.port));
    env.set(`${portPrefix}_ADDR`, ip);
  }
}
