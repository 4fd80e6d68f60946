import { familyOf } from '#machinery/ip.ts';
import { ipBlock } from '#machinery/ip-block.ts';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '#cli/errors.ts';
import type { ClusterPaths } from './paths.ts';

/** What is decided when a cluster is made and stays as it is. */
export interface ClusterRecord {
  readonly name: string;
  /** Real containers on this machine, or simulated nodes. */
  readonly mode: 'real' | 'hollow';
  readonly hollowNodes: number;
  readonly nodeName: string;
  readonly port: number;
  /** Addresses of all pods: a network of each IP family of the Services, in their order, with a comma between. */
  readonly podCidr: string;
  /** A network of the Services, or one of each IP family with a comma between. */
  readonly serviceCidr: string;
}

/** Who serves a cluster now. */
export interface ServerRecord {
  readonly pid: number;
  /** Clock ticks since boot, from /proc, so that a reused process id is not taken for ours. '' where unknown. */
  readonly startTime: string;
  /** 0 until it listens. */
  readonly port: number;
}

/** Undefined where there is no such cluster; throws where it is damaged or another's. */
export async function readRecord(paths: ClusterPaths): Promise<ClusterRecord | undefined> {
  const record = await readJson<ClusterRecord>(paths.record);
  checkName(paths, record);
  if (record && isWhole(record)) return record;
  if (!record && !(await exists(paths.record))) return undefined;
  throw new CliError(
    `error: ${paths.record} is damaged: restore it from a copy, or remove the cluster with 'down --purge'`,
  );
}

/** What one cluster runs by its name is not another's to adopt or to remove. */
export function checkName({ name, dataDir }: ClusterPaths, record: ClusterRecord | undefined): void {
  if (typeof record?.name !== 'string' || record.name === name) return;
  throw new CliError(
    `error: ${dataDir} is the data folder of cluster ${record.name}, not of ${name}: choose that --name, or another --data-dir`,
  );
}

const fieldTypes: Readonly<Record<keyof ClusterRecord, 'string' | 'number'>> = {
  name: 'string',
  mode: 'string',
  hollowNodes: 'number',
  nodeName: 'string',
  port: 'number',
  podCidr: 'string',
  serviceCidr: 'string',
};

function isWhole(record: ClusterRecord): boolean {
  const fields = Object.entries(fieldTypes) as [keyof ClusterRecord, string][];
  return fields.every(([name, type]) => typeof record[name] === type);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Undefined where there is no such file, or something else in it. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A reader finds the old file or the new one. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.tmp`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.tmp`, path);
}

/** The address at `offset` of a CIDR. */
export function addressIn(cidr: string, offset: number): string {
  return ipBlock(cidr).addressAt(offset);
}

export function podCidrsOf({ podCidr }: Pick<ClusterRecord, 'podCidr'>): readonly string[] {
  return podCidr.split(',');
}

/** The node's share of the pods' addresses: the first /24 of IPv4, the first /64 of IPv6. */
export function nodePodCidrs(record: Pick<ClusterRecord, 'podCidr'>): string[] {
  return podCidrsOf(record).map(cidr => `${cidr.split('/')[0]}/${familyOf(cidr) === 'IPv6' ? 64 : 24}`);
}
